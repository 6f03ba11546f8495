/**
 * Runs a TensorFlow.js graph model for benchmark_pose_movenet.py: crops in, numbers out.
 *
 *     node benchmarks/benchmark_pose_movenet.mjs MODEL.json
 *
 * stdin: for each crop height and width (two little-endian u32) and its levels, height x width x 3 bytes. stdout: a line
 * for each, a JSON list of the output's numbers. Runs until stdin ends.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
const converter = require("@tensorflow/tfjs-converter");
const wasm = require("@tensorflow/tfjs-backend-wasm");

const HEADER_BYTES = 8;

/** @param {string} path of the model's JSON; its weights lie beside it */
function stored(path) {
  const said = JSON.parse(readFileSync(path, "utf-8"));
  const manifest = said.weightsManifest[0];
  const parts = manifest.paths.map((/** @type {string} */ name) => readFileSync(join(dirname(path), name)));
  const whole = Buffer.concat(parts);
  const weightData = whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.byteLength);
  return { load: async () => ({ ...said, weightSpecs: manifest.weights, weightData }) };
}

async function main() {
  const root = dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"));
  wasm.setWasmPaths(join(root, "dist") + "/");
  await tf.setBackend("wasm");
  await tf.ready();
  const model = await converter.loadGraphModel(stored(process.argv[2]));
  let buffered = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    buffered = Buffer.concat([buffered, chunk]);
    for (;;) {
      if (buffered.length < HEADER_BYTES) break;
      const [height, width] = [buffered.readUInt32LE(0), buffered.readUInt32LE(4)];
      const end = HEADER_BYTES + height * width * 3;
      if (buffered.length < end) break;
      const levels = Int32Array.from(buffered.subarray(HEADER_BYTES, end));
      const numbers = tf.tidy(() => {
        const output = model.execute(tf.tensor4d(levels, [1, height, width, 3], "int32"));
        return Array.from(output.dataSync());
      });
      process.stdout.write(JSON.stringify(numbers) + "\n");
      buffered = buffered.subarray(end);
    }
  }
}

await main();
