/**
 * The networks, on TensorFlow.js. The only module that knows it: the rest of the tracker sees a {@link Runtime}, so
 * that another engine can take its place.
 * @module
 */
import * as tf from "../../vendor/tf.js";
import { fetchOrTell } from "./answers.js";
import { labelOf } from "./names.js";
import { INPUT_SIDE as DETECTOR_SIDE } from "../pose/detection.js";
import { HEATMAP_SIDE, INPUT_SIDE as LANDMARK_SIDE } from "../pose/projection.js";
import { RAW_COUNT } from "../pose/landmarks.js";

/** @typedef {"wasm" | "webgl" | "webgpu"} Backend */
/**
 * Networks ready to run. One call at a time; images are read before the call gives way, so their memory may be reused.
 * @typedef {object} Runtime
 * @property {Backend} backend
 * @property {number} threads that WASM runs on; 1 on a GPU
 * @property {(image: Float32Array) => Promise<RawDetections>} detect [224, 224, 3], -1..1
 * @property {(image: Float32Array) => Promise<RawPoseWithFlag>} locate [256, 256, 3], 0..1
 * @property {() => number} tensors alive; the same after each frame
 * @property {() => void} dispose
 */
/** @typedef {{boxes: Float32Array, scores: Float32Array}} RawDetections [2254, 12] px and [2254] logits */
/** @typedef {import("../pose/projection.js").RawPose & {flag: number}} RawPoseWithFlag flag: P(somebody is there) */
/**
 * @typedef {object} RuntimeOptions
 * @property {Record<"landmarks" | "detector", Place>} networks
 * @property {Backend} backend
 * @property {number} threads wanted; WASM only, above 1 only where the page is cross-origin isolated
 * @property {boolean} allowSoftware whether a GPU back end may run on a renderer in software
 */
/** @typedef {Pick<import("./catalogue.js").Model, "name" | "address">} Place where a network lies */
/** @typedef {(loaded: number, total: number) => void} OnProgress bytes of weights, or shares of 1 */

const WASM = new URL("../../vendor/wasm/", import.meta.url);
/** Values of each output that a network must have; without a heat map landmarks are not refined. */
const DETECTOR = { side: DETECTOR_SIDE, outputs: { boxes: 2254 * 12, scores: 2254 }, optional: [] };
const LANDMARKS = {
  side: LANDMARK_SIDE,
  outputs: { landmarks: 5 * RAW_COUNT, flag: 1, heatmap: HEATMAP_SIDE ** 2 * RAW_COUNT, world: 3 * RAW_COUNT },
  optional: ["heatmap"],
};
/** Names of renderers that draw on the CPU; the networks take 13 to 114 times as long there as in WASM. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** A back end that cannot run here, with a reason for people. */
export class BackendError extends Error {
  /** @override */
  name = "BackendError";
}

/** A network that is not there, damaged, or another one than its place wants; with its name, for people. */
export class ModelError extends Error {
  /** @override */
  name = "ModelError";
  /** @param {string} network @param {string} reason */
  constructor(network, reason) {
    super(`“${labelOf(network)}” cannot be used: ${reason}`);
    this.network = network;
  }
}

/**
 * Start a back end and load person detector and landmark network on it. Once per worker: TensorFlow.js has one back
 * end and one number of threads for its life.
 * @param {RuntimeOptions} options
 * @param {OnProgress} onProgress
 * @returns {Promise<Runtime>}
 * @throws {BackendError} when the back end is missing here or runs in software only
 * @throws {ModelError} when a network cannot be loaded
 */
export async function openRuntime({ networks, backend, threads, allowSoftware }, onProgress) {
  const { isLost } = await startBackend(backend, threads, allowSoftware);
  const shares = [0, 0];
  const progressOf = (/** @type {number} */ place) => (/** @type {number} */ share) => {
    shares[place] = share;
    onProgress((shares[0] + shares[1]) / shares.length, 1);
  };
  const [detector, landmarker] = await Promise.all([
    loadNetwork(networks.detector, DETECTOR, progressOf(0)),
    loadNetwork(networks.landmarks, LANDMARKS, progressOf(1)),
  ]);
  const refined = landmarker.outputs.some(({ name }) => name === "heatmap");

  /**
   * @param {tf.GraphModel} network
   * @param {Float32Array} image
   * @param {string[]} names of the outputs
   */
  async function run(network, image, names) {
    const side = network.inputs[0].shape?.[1] ?? 0;
    const input = tf.tensor(image, [1, side, side, 3]);
    const outputs = /** @type {tf.Tensor[]} */ (network.execute({ image: input }, names));
    try {
      const values = await Promise.all(outputs.map((output) => output.data()));
      if (isLost()) throw new BackendError(`${backend}: the graphics device was lost`);
      return /** @type {Float32Array[]} */ (values);
    } finally {
      tf.dispose([input, ...outputs]);
    }
  }

  return {
    backend,
    threads: backend === "wasm" ? tf.getThreadsCount() : 1,
    async detect(image) {
      const [boxes, scores] = await run(detector, image, ["boxes", "scores"]);
      return { boxes, scores };
    },
    async locate(image) {
      const names = ["landmarks", "flag", "world"];
      const [landmarks, flag, world, heatmap] = await run(landmarker, image, refined ? [...names, "heatmap"] : names);
      return { landmarks, flag: flag[0], heatmap: heatmap ?? [], world };
    },
    tensors: () => tf.memory().numTensors,
    dispose() {
      detector.dispose();
      landmarker.dispose();
    },
  };
}

/**
 * @param {Place} place
 * @param {{side: number, outputs: Record<string, number>, optional: string[]}} wanted
 * @param {(share: number) => void} onProgress
 * @returns {Promise<tf.GraphModel>}
 * @throws {ModelError}
 */
async function loadNetwork({ name, address }, wanted, onProgress) {
  try {
    const handler = tf.io.http(address, { fetchFunc: fetchOrTell, onProgress });
    const artifacts = await /** @type {Required<tf.io.IOHandler>} */ (handler).load();
    const flaw = flawOf(/** @type {Graph} */ (artifacts), wanted);
    if (flaw !== null) throw new Error(flaw);
    return await tf.loadGraphModel({ load: async () => artifacts });
  } catch (error) {
    throw new ModelError(name, error instanceof Error ? error.message : String(error));
  }
}

/** @typedef {Record<string, {tensorShape?: {dim?: {size: string}[]}}>} Tensors by name */
/** @typedef {{modelTopology?: {node?: {name: string}[]}, signature?: {inputs?: Tensors, outputs?: Tensors}}} Graph */

/**
 * @param {Graph} graph as model.json describes it; its signature may leave out outputs that can be asked for
 * @param {{side: number, outputs: Record<string, number>, optional: string[]}} wanted
 * @returns {string | null} what it lacks to be such a network
 */
function flawOf({ modelTopology, signature }, { side, outputs, optional }) {
  const sizeOf = (/** @type {Tensors | undefined} */ tensors, /** @type {string} */ name) =>
    tensors?.[name]?.tensorShape?.dim?.reduce((product, { size }) => product * Number(size), 1);
  const input = sizeOf(signature?.inputs, "image");
  if (input !== 3 * side * side) return `expected an input "image" of ${side} x ${side} x 3 values, found ${input ?? "none"}`;
  const nodes = new Set(modelTopology?.node?.map(({ name }) => name));
  for (const [name, size] of Object.entries(outputs)) {
    if (!nodes.has(name) && !optional.includes(name)) return `it has no output "${name}"`;
    const found = sizeOf(signature?.outputs, name) ?? size;
    if (found !== size) return `expected ${size} values of its output "${name}", found ${found}`;
  }
  return null;
}

/**
 * @param {Backend} backend
 * @param {number} threads
 * @param {boolean} allowSoftware
 * @returns {Promise<{isLost: () => boolean}>} tells whether the graphics device has gone away
 */
async function startBackend(backend, threads, allowSoftware) {
  if (backend === "wasm") return startWasm(threads);
  return backend === "webgl" ? startWebgl(allowSoftware) : startWebgpu(allowSoftware);
}

/** @param {number} threads */
async function startWasm(threads) {
  const many = threads > 1 && globalThis.crossOriginIsolated;
  if (!many) tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  tf.setWasmPaths(WASM.href);
  tf.setThreadsCount(many ? threads : 1);
  await activate("wasm");
  return { isLost: () => false };
}

/** @param {boolean} allowSoftware */
async function startWebgl(allowSoftware) {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  if (!gl) throw new BackendError("webgl: this browser has no WebGL 2 in workers");
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  refuseSoftware("webgl", renderer, allowSoftware);
  await tf.registerWebgl();
  await activate("webgl");
  const context = /** @type {{gpgpu: {gl: WebGL2RenderingContext}}} */ (/** @type {unknown} */ (tf.backend())).gpgpu.gl;
  return { isLost: () => context.isContextLost() };
}

/** @param {boolean} allowSoftware */
async function startWebgpu(allowSoftware) {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new BackendError("webgpu: this browser offers no adapter");
  const { vendor, architecture, description } = adapter.info;
  refuseSoftware("webgpu", `${vendor} ${architecture} ${description}`, allowSoftware);
  await tf.registerWebgpu();
  await activate("webgpu");
  let lost = false;
  const { device } = /** @type {{device: GPUDevice}} */ (/** @type {unknown} */ (tf.backend()));
  device.lost.then(() => {
    lost = true;
  });
  return { isLost: () => lost };
}

/**
 * @param {Backend} backend
 * @param {string} renderer
 * @param {boolean} allowSoftware
 */
function refuseSoftware(backend, renderer, allowSoftware) {
  if (!allowSoftware && SOFTWARE.test(renderer)) {
    throw new BackendError(`${backend}: drawn in software (${renderer.trim()}), which is slower than WASM`);
  }
}

/** @param {Backend} backend */
async function activate(backend) {
  if (!(await tf.setBackend(backend))) throw new BackendError(`${backend}: it did not start`);
  await tf.ready();
}
