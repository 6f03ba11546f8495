// Turn npm packages into browser modules: node_modules/ -> static/vendor/.
// Our own sources are served as written; only third-party code passes through esbuild.
import { build } from "esbuild";
import { cp, rm } from "node:fs/promises";

const OUT = "static/vendor";
const WASM = ["", "-simd", "-threaded-simd"].map((variant) => `tfjs-backend-wasm${variant}.wasm`);

await rm(OUT, { recursive: true, force: true });
await build({
  entryPoints: { tf: "tools/tf.js", "socket.io": "socket.io-client", idb: "idb" },
  outdir: OUT,
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[hash]",
  format: "esm",
  platform: "browser",
  target: "es2022",
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
});
for (const file of WASM) await cp(`node_modules/@tensorflow/tfjs-backend-wasm/dist/${file}`, `${OUT}/wasm/${file}`);
