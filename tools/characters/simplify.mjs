/**
 * Fewer triangles for simplify.py: a mesh comes in by the standard input, the indices that stay go out.
 *
 * In: a line of JSON {indices, vertices, attributes, weights, target, error}: how many indices, vertices and attributes
 * per vertex there are, what an attribute's change costs, how many indices may stay, how far the surface may move (share
 * of the mesh's extent). Then uint32 indices, float32 positions [vertices, 3], float32 attributes [vertices, attributes].
 * Out: uint32 indices. All little-endian.
 */
import { readFileSync, writeSync } from "node:fs";
import { MeshoptSimplifier } from "meshoptimizer/simplifier";

const input = readFileSync(0);
const end = input.indexOf("\n");
const { indices, vertices, attributes, weights, target, error } = JSON.parse(input.subarray(0, end).toString());
let at = end + 1;

/** @param {number} count @returns {ArrayBuffer} the next numbers of 4 bytes; copied, as they may lie anywhere */
function next(count) {
  const bytes = Uint8Array.from(input.subarray(at, (at += 4 * count)));
  if (bytes.length !== 4 * count) throw new Error(`expected ${count} numbers more, got ${bytes.length / 4}`);
  return bytes.buffer;
}

const faces = new Uint32Array(next(indices));
const points = new Float32Array(next(3 * vertices));
const others = new Float32Array(next(attributes * vertices));
await MeshoptSimplifier.ready;
const [kept] = MeshoptSimplifier.simplifyWithAttributes(
  faces,
  points,
  3,
  others,
  attributes,
  weights,
  null,
  target,
  error,
  ["LockBorder"],
);
const output = new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
for (let written = 0; written < output.length; ) written += writeSync(1, output, written);
