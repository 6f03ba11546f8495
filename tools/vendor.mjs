// Turn npm packages into browser modules: node_modules/ -> static/vendor/.
// Our own sources are served as written; only third-party code passes through esbuild.
import { build } from "esbuild";
import { cp, rm, writeFile } from "node:fs/promises";

const OUT = "static/vendor";
const ENTRIES = { tf: "tools/tf.js", "socket.io": "socket.io-client", idb: "idb", sha256: "tools/sha256.js" };
// Built apart, so that all of it lies below three-addons/ or is called three.js: pages that show no character do without.
const STAGE_ENTRIES = { three: "three" };
const THREE_ADDONS = [
  "geometries/RoundedBoxGeometry",
  "libs/meshopt_decoder.module",
  "loaders/GLTFLoader",
  "loaders/HDRLoader",
  "objects/GroundedSkybox",
  "utils/BufferGeometryUtils",
];
// Without these, tsc would take the bundles for our own untyped sources.
const TYPES = {
  tf: `export * from "@tensorflow/tfjs-core";
export { loadGraphModel, GraphModel } from "@tensorflow/tfjs-converter";
export { setWasmPaths, setThreadsCount, getThreadsCount } from "@tensorflow/tfjs-backend-wasm";
export function registerWebgl(): Promise<unknown>;
export function registerWebgpu(): Promise<unknown>;
`,
  "socket.io": `export * from "socket.io-client";\n`,
  idb: `export * from "idb";\n`,
  sha256: `export { createSHA256 } from "hash-wasm";\n`,
  three: `export * from "three";\n`,
};
for (const addon of THREE_ADDONS) {
  STAGE_ENTRIES[`three-addons/${addon}`] = `three/addons/${addon}.js`;
  TYPES[`three-addons/${addon}`] = `export * from "three/addons/${addon}.js";\n`;
}
const WASM = ["", "-simd", "-threaded-simd"].map((variant) => `tfjs-backend-wasm${variant}.wasm`);

await rm(OUT, { recursive: true, force: true });
const OPTIONS = {
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
};
await build({ ...OPTIONS, entryPoints: ENTRIES, chunkNames: "chunk-[hash]" });
await build({ ...OPTIONS, entryPoints: STAGE_ENTRIES, chunkNames: "three-addons/chunk-[hash]" });
for (const [name, text] of Object.entries(TYPES)) await writeFile(`${OUT}/${name}.d.ts`, text);
for (const file of WASM) await cp(`node_modules/@tensorflow/tfjs-backend-wasm/dist/${file}`, `${OUT}/wasm/${file}`);
