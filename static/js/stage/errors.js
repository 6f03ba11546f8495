/** What can go wrong on the stage. */

/** For programs (`code`) and for people (`message`). */
export class StageError extends Error {
  /** @override */
  name = "StageError";
  /**
   * @param {"webgl" | "lost" | "character" | "capture" | "disposed"} code
   *   webgl: the browser gives no WebGL2; lost: the graphics device was taken away; character: one cannot be loaded;
   *   capture: no picture can be taken; disposed: `dispose` was called
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
}
