/** Draws a show while the page is seen: as large as what it fills, as the device can, one frame at a time. */
import { Resolution } from "./resolution.js";
import { element } from "../common/dom.js";

/** @typedef {import("../../stage/show.js").Show} Show */

/** Where the processor draws, no picture is larger than this, px: it has the tracker's work to do, too. */
const SOFTWARE_PX = 640;

export class ShowLoop {
  #show;
  #canvas;
  #area;
  #after;
  #resolution = new Resolution(softwareGraphics() ? SOFTWARE_PX : undefined);
  #observer;
  #gl;
  /** Passed by the graphics processor when the last frame is drawn. @type {WebGLSync | null} */
  #fence = null;
  #request = 0;
  /** When the last frame of a moving show was drawn, ms; NaN: it stood still before. */
  #drawn = NaN;
  #held = false;

  /**
   * @param {{show: Show, canvas: HTMLCanvasElement, area: HTMLElement}} parts   canvas: the show's own; area: what the
   *   picture is to fill
   * @param {(now: number, drawn: boolean) => void} [after]   each animation frame that the show is asked to draw, ms;
   *   drawn: there was something new
   */
  constructor({ show, canvas, area }, after = () => {}) {
    this.#show = show;
    this.#canvas = canvas;
    this.#area = area;
    this.#after = after;
    this.#observer = new ResizeObserver(() => this.#fit());
    // The show's own context, which is there: only its fences are used here.
    this.#gl = canvas.getContext("webgl2");
  }

  start() {
    this.#observer.observe(this.#area);
    this.#request = requestAnimationFrame(this.#step);
  }

  /** The show is over: its graphics memory is free, and the canvas of no more use. */
  stop() {
    cancelAnimationFrame(this.#request);
    this.#observer.disconnect();
    this.#show.dispose();
    loseGraphics(this.#canvas);
  }

  /** @param {boolean} on   keep the picture's size, as while it is recorded */
  hold(on) {
    if (this.#held === on) return;
    this.#held = on;
    this.#fit();
  }

  #fit() {
    if (this.#held) return;
    const { clientWidth, clientHeight } = this.#area;
    if (clientWidth > 0 && clientHeight > 0) {
      this.#show.resize(this.#resolution.size([clientWidth, clientHeight], devicePixelRatio));
    }
  }

  #step = (/** @type {number} */ now) => {
    this.#request = requestAnimationFrame(this.#step);
    // One frame at a time: what queues up on a slow device is seen, and tracked, seconds late.
    if (this.#drawing()) return;
    const before = this.#canvas.width * this.#canvas.height;
    const drawn = this.#show.render(now);
    if (drawn) {
      this.#fence = this.#gl?.fenceSync(this.#gl.SYNC_GPU_COMMANDS_COMPLETE, 0) ?? null;
      if (this.#resolution.frame(now - this.#drawn)) this.#fit();
    }
    this.#drawn = drawn ? now : NaN;
    this.#after(now, drawn || before !== this.#canvas.width * this.#canvas.height);
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
}

/** Free a canvas's graphics now, not when it is collected: a page has few. @param {HTMLCanvasElement} canvas of no more use */
export function loseGraphics(canvas) {
  canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
}

/**
 * A canvas that had a show has lost its graphics for good: each show gets one of its own.
 * @param {string} id @returns {HTMLCanvasElement} in the place of the last one
 */
export function freshCanvas(id) {
  const last = element(id, HTMLCanvasElement);
  const canvas = /** @type {HTMLCanvasElement} */ (last.cloneNode());
  last.replaceWith(canvas);
  return canvas;
}

/** @type {boolean | null} */
let software = null;

/** @returns {boolean} whether graphics are drawn by the processor: smooth edges would take twice the time there */
export function softwareGraphics() {
  if (software !== null) return software;
  const gl = document.createElement("canvas").getContext("webgl2");
  const names = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = String(names && gl?.getParameter(names.UNMASKED_RENDERER_WEBGL));
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  software = /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
  return software;
}
