// The part of TensorFlow.js that the tracker uses, as one module. Back ends register themselves when they are imported;
// WebGPU and WebGL are chunks of their own, fetched only when they are tried.
export * from "@tensorflow/tfjs-core";
export { loadGraphModel, GraphModel } from "@tensorflow/tfjs-converter";
export { setWasmPaths, setThreadsCount, getThreadsCount } from "@tensorflow/tfjs-backend-wasm";
export const registerWebgl = () => import("@tensorflow/tfjs-backend-webgl");
export const registerWebgpu = () => import("@tensorflow/tfjs-backend-webgpu");
