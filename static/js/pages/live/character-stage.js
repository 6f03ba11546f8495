/**
 * A show as a source: drawn while the page is seen, as large as this device can, each picture offered with its truth.
 * A show that stands still is drawn when something changes, and tracked until the joints settle.
 */
import { settled } from "./frames.js";
import { Resolution } from "./resolution.js";

/** @typedef {import("./frames.js").Offer} Offer */
/** @typedef {import("../../stage/show.js").Show} Show */
/** @typedef {import("../../stage/wishes.js").ShowOptions} ShowOptions */
/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {(offer: Offer) => Promise<Result | null>} Take */

/** Passes over a picture that stands still: the filters need about ten. */
const PASSES = 40;

/** Events: `seam` (the next picture does not follow from the last one), `tick` (a picture was drawn). */
export class CharacterStage extends EventTarget {
  show;
  canvas;
  #area;
  #resolution = new Resolution();
  #observer;
  #detach;
  /** @type {Take | null} */
  #take = null;
  #request = 0;
  /** When the last frame of a moving show was drawn, ms; NaN: it stood still before. */
  #drawn = NaN;
  #looking = false;
  /** Passes over the picture that stands still. */
  #passes = 0;
  /** @type {Result | null} */
  #before = null;
  #waits = false;
  #held = false;
  #gl;
  /** Passed by the graphics processor when the last frame is drawn. @type {WebGLSync | null} */
  #fence = null;

  /**
   * @param {Show} show   taken over @param {HTMLCanvasElement} canvas   its own, also to be turned on
   * @param {HTMLElement} area   what the picture is to fill
   */
  constructor(show, canvas, area) {
    super();
    this.show = show;
    this.canvas = canvas;
    this.#area = area;
    this.#observer = new ResizeObserver(() => this.#fit());
    this.#detach = show.orbit(canvas);
    // The show's own context, which is there: only its fences are used here.
    this.#gl = canvas.getContext("webgl2");
  }

  /** @param {Take} take */
  start(take) {
    this.#take = take;
    this.#observer.observe(this.#area);
    this.#request = requestAnimationFrame(this.#step);
  }

  /** The show is over: its graphics memory is free, and the canvas of no more use. */
  stop() {
    cancelAnimationFrame(this.#request);
    this.#take = null;
    this.#observer.disconnect();
    this.#detach();
    this.show.dispose();
    this.#gl?.getExtension("WEBGL_lose_context")?.loseContext(); // now, not when the canvas is collected
  }

  again() {
    this.#passes = 0;
    this.#before = null;
  }

  hide() {
    this.#waits = this.show.playing;
    this.show.pause();
  }

  seen() {
    if (this.#waits) this.show.play();
    this.#waits = false;
    this.again();
  }

  /** @param {boolean} on   keep the picture's size, as while it is recorded */
  hold(on) {
    if (this.#held === on) return;
    this.#held = on;
    this.#fit();
  }

  /** @param {Partial<ShowOptions>} change @returns {Promise<void>} rejects if it cannot be; then all stays as it was */
  async set(change) {
    await this.show.set(change);
    this.#jumped();
  }

  /** @param {number} time_s */
  seek(time_s) {
    this.show.seek(time_s);
    this.#jumped();
  }

  play() {
    this.show.play();
    this.again();
  }

  pause() {
    this.show.pause();
    this.again();
  }

  #jumped() {
    this.again();
    this.#emit("seam");
  }

  #fit() {
    if (this.#held || this.#take === null) return;
    const { clientWidth, clientHeight } = this.#area;
    if (clientWidth === 0 || clientHeight === 0) return;
    const [width, height] = this.#resolution.size([clientWidth, clientHeight], devicePixelRatio);
    if (width === this.canvas.width && height === this.canvas.height) return;
    this.show.resize([width, height]);
    this.again();
  }

  #step = (/** @type {number} */ now) => {
    this.#request = requestAnimationFrame(this.#step);
    // One frame at a time: what queues up on a slow device is seen, and tracked, seconds late.
    if (this.#drawing()) return;
    const { playing } = this.show;
    if (this.show.render(now)) {
      this.#fence = this.#gl?.fenceSync(this.#gl.SYNC_GPU_COMMANDS_COMPLETE, 0) ?? null;
      this.#passes = 0;
      this.#emit("tick");
    }
    if (playing) {
      if (this.#resolution.frame(now - this.#drawn)) this.#fit();
      void this.#look(now);
    } else if (!this.#looking && this.#passes < PASSES) {
      void this.#lookOnce(now);
    }
    this.#drawn = playing ? now : NaN;
  };

  /** @returns {boolean} whether the last frame is still being drawn */
  #drawing() {
    const gl = this.#gl;
    if (gl === null || this.#fence === null) return false;
    // A lost context never tells of its fences.
    if (!gl.isContextLost() && gl.clientWaitSync(this.#fence, 0, 0) === gl.TIMEOUT_EXPIRED) return true;
    gl.deleteSync(this.#fence);
    this.#fence = null;
    return false;
  }

  /** @param {number} now   ms @returns {Promise<Result | null>} */
  async #look(now) {
    const take = this.#take;
    if (take === null) return null;
    return take({ grab: () => this.show.capture(), time: now / 1000, captured: now });
  }

  /** One pass over a picture that stands still. @param {number} now   ms */
  async #lookOnce(now) {
    this.#looking = true;
    this.#passes += 1;
    const after = await this.#look(now);
    this.#looking = false;
    if (after === null || this.show.playing) return;
    // A picture that was drawn meanwhile has its own passes to come.
    if (this.#passes > 1 && settled(this.#before, after)) this.#passes = PASSES;
    this.#before = after;
  }

  /** @param {string} name */
  #emit(name) {
    this.dispatchEvent(new Event(name));
  }
}
