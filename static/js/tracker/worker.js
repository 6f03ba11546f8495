/**
 * The tracker's own thread: opens networks, estimates frames, answers by message. See `client.js` for the other end.
 * @module
 */
import { INPUT_SIDE } from "../pose/projection.js";
import { Estimator } from "./estimator.js";
import { ModelError, openRuntime } from "./models.js";

/** @typedef {import("./models.js").Runtime} Runtime */
/** @typedef {import("./models.js").RuntimeOptions} RuntimeOptions */
/** @typedef {import("./estimator.js").Settings} Settings */
/** @typedef {import("./people.js").State} State */

/** Runs before and during a measurement; the first ones compile shaders and fill caches. */
const WARM_UP_RUNS = 2;
const MEASURED_RUNS = 5;
/** ms; a measurement stops after the run that passes this. */
const MEASURING_LIMIT_MS = 1000;

/** A frame that cannot be looked at; the back end is not to blame. `client.js` knows it by its name. */
class FrameError extends Error {
  /** @override */
  name = "FrameError";
}

/** @type {Runtime} */
let runtime;
/** @type {Estimator} */
let estimator;
/** Where each frame is drawn, to read pixels from whatever it was. */
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });

/** What the other end may call. */
const calls = {
  /** @param {RuntimeOptions & {settings: Settings}} options */
  async open({ settings, ...options }) {
    runtime = await openRuntime(options, (loaded, total) => postMessage({ progress: { loaded, total } }));
    estimator = new Estimator(runtime, settings);
    const picture = syntheticImage();
    for (let run = 0; run < WARM_UP_RUNS; run += 1) await runtime.locate(picture);
    return { backend: runtime.backend, threads: runtime.threads, tensors: runtime.tensors() };
  },
  /** Median ms of one landmark estimate, with upload and download. */
  async measure() {
    const picture = syntheticImage();
    const started = performance.now();
    const runs = [];
    for (let run = 0; run < MEASURED_RUNS && performance.now() - started < MEASURING_LIMIT_MS; run += 1) {
      const begin = performance.now();
      await runtime.locate(picture);
      runs.push(performance.now() - begin);
    }
    return runs.sort((a, b) => a - b)[Math.floor(runs.length / 2)];
  },
  /** @param {{frame: ImageBitmap | VideoFrame, time: number}} frame */
  async track({ frame, time }) {
    try {
      draw(frame);
    } finally {
      frame.close();
    }
    const result = await estimator.estimate({ size: [canvas.width, canvas.height], pixels }, time);
    return { result, tensors: runtime.tensors() };
  },
  /** @param {Settings} settings */
  settings(settings) {
    estimator.settings = settings;
  },
  /** @returns {State} */
  state: () => estimator.state,
  /** @param {State} state */
  restore(state) {
    estimator.state = state;
  },
};

/** @param {ImageBitmap | VideoFrame} frame */
function draw(frame) {
  const [width, height] =
    "displayWidth" in frame ? [frame.displayWidth, frame.displayHeight] : [frame.width, frame.height];
  if (width === 0 || height === 0) throw new FrameError("the frame is empty: it was closed or has no picture");
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  context?.drawImage(frame, 0, 0, width, height);
}

/** @param {import("./crop.js").Box} box @returns {import("./crop.js").Pixels} */
function pixels({ left, top, width, height }) {
  if (!context) throw new Error("this browser has no 2D canvas in workers");
  const { data } = context.getImageData(left, top, width, height);
  return { data, width, height, left, top };
}

/** @returns {Float32Array} [256, 256, 3] a pattern without meaning; speed does not depend on what is seen */
function syntheticImage() {
  return Float32Array.from({ length: 3 * INPUT_SIDE * INPUT_SIDE }, (_, i) => (i % 251) / 251);
}

addEventListener("message", async ({ data: { call, name, payload } }) => {
  try {
    postMessage({ call, value: await calls[/** @type {keyof typeof calls} */ (name)](payload) });
  } catch (error) {
    const { name: kind, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    postMessage({ call, error: { kind, message, network: error instanceof ModelError ? error.network : undefined } });
  }
});
