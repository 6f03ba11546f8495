/**
 * Pictures of a show with their truth: both of the same moment, also when the truth is read back later.
 * @module
 */
import { StageError } from "./errors.js";

/** @typedef {import("./scene.js").SceneTruth} SceneTruth */
/** @typedef {import("./scene.js").StageScene} StageScene */
/** @typedef {import("../../vendor/three.js").PerspectiveCamera} PerspectiveCamera */
/** @typedef {[number, number]} Size px */
/**
 * @typedef {object} Capture a picture, and what is true of it
 * @property {VideoFrame | ImageBitmap} frame to be closed by whoever takes it
 * @property {Size} image_size px
 * @property {number} time_s of the motion
 * @property {Promise<SceneTruth>} truth see truth.js; rejects with a StageError when the graphics device is lost meanwhile
 */
/** @template T @typedef {{promise: Promise<T>, resolve: (value: T) => void, reject: (error: unknown) => void}} Deferred */
/**
 * @typedef {object} Drawn what was drawn last, and stands in the scene as it was drawn
 * @property {HTMLCanvasElement | OffscreenCanvas} canvas @property {StageScene} stage
 * @property {PerspectiveCamera} camera @property {Size} size px
 */

/** The longer side of the id mask, px: docs/stage.md says what that costs in exactness. */
const MASK_PX = 320;

/** `Promise.withResolvers`, which browsers of 2023 do not have. @template T @returns {Deferred<T>} */
export function deferred() {
  /** @type {any} */
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

/** @param {Size} size px @returns {Size} of the id mask */
function maskSize(size) {
  const share = Math.min(1, MASK_PX / Math.max(...size));
  return /** @type {Size} */ (size.map((side) => Math.max(1, Math.round(side * share))));
}

/** @param {HTMLCanvasElement | OffscreenCanvas} canvas @returns {VideoFrame | Promise<ImageBitmap>} as it is now */
function picture(canvas) {
  if (typeof VideoFrame === "undefined") return createImageBitmap(canvas);
  try {
    return new VideoFrame(canvas, { timestamp: Math.round(performance.now() * 1000), alpha: "discard" });
  } catch {
    return createImageBitmap(canvas); // some browsers know VideoFrame, but not of every canvas
  }
}

/** Takes pictures, and ends those that can never be finished. */
export class Shots {
  /** @type {Set<(error: StageError) => void>} */ #pending = new Set();

  /**
   * @param {Drawn} drawn @param {{time_s: number, occlusion: boolean}} options
   * @returns {Promise<Capture>} of the moment of the call
   * @throws {StageError} with code `capture` when the browser gives no picture
   */
  async take(drawn, { time_s, occlusion }) {
    const { canvas, size } = drawn;
    const taken = picture(canvas);
    const truth = this.#truth(drawn, occlusion);
    truth.catch(() => undefined); // whoever does not ask for it is not to be told
    try {
      return { frame: await taken, image_size: size, time_s, truth };
    } catch (error) {
      throw new StageError("capture", "the browser gives no picture of the canvas", { cause: error });
    }
  }

  /** End what is not finished: a lost device never answers, Chromium's fences are just not passed. @param {StageError} error */
  fail(error) {
    for (const reject of this.#pending) reject(error);
  }

  /** @param {Drawn} drawn @param {boolean} occlusion @returns {Promise<SceneTruth>} */
  async #truth({ stage, camera, size }, occlusion) {
    const { promise: failed, reject } = /** @type {Deferred<never>} */ (deferred());
    this.#pending.add(reject);
    try {
      return await Promise.race([stage.truth(camera, size, { occlusion, mask_size: maskSize(size) }), failed]);
    } finally {
      this.#pending.delete(reject);
    }
  }
}
