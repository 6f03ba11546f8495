/**
 * The nodes of a glTF file as plain numbers: names, parents, and where they stand as the file rests.
 * @module
 */
import { cross, dot, scale } from "../vectors.js";
import { list } from "./container.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {number[]} Matrix   4x4 by columns, as glTF writes it */
/**
 * @typedef {object} TreeNode
 * @property {number} index in the file
 * @property {string} name
 * @property {number} parent -1: none
 * @property {number} depth
 * @property {boolean} joint of a skin
 * @property {Vec3} position in the file's frame and unit
 * @property {Matrix} matrix to the file's frame
 */

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** Axes whose lengths differ by more than this share are scaled unevenly: rounding stays well below. */
const EVEN = 0.02;

/** @param {Matrix} a @param {Matrix} b @returns {Matrix} b first, then a */
export function multiplyMatrices(a, b) {
  const result = new Array(16).fill(0);
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      for (let k = 0; k < 4; k++) result[4 * column + row] += a[4 * k + row] * b[4 * column + k];
    }
  }
  return result;
}

/** @param {Matrix} matrix of a place: its last row is 0, 0, 0, 1 @returns {Matrix | null} null: it has none */
export function inverseMatrix(matrix) {
  const [a, b, c] = [0, 4, 8].map((k) => /** @type {Vec3} */ (/** @type {unknown} */ (matrix.slice(k, k + 3))));
  const volume = dot(a, cross(b, c));
  if (!(Math.abs(volume) > 0)) return null;
  const rows = [cross(b, c), cross(c, a), cross(a, b)].map((row) => scale(row, 1 / volume));
  const place = /** @type {Vec3} */ (/** @type {unknown} */ (matrix.slice(12, 15)));
  return [
    ...[0, 1, 2].flatMap((k) => [rows[0][k], rows[1][k], rows[2][k], 0]),
    ...rows.map((row) => -dot(row, place)),
    1,
  ];
}

/** @param {any} node as in the file @returns {Matrix} */
export function localMatrix({ matrix, translation = [0, 0, 0], rotation = [0, 0, 0, 1], scale: size = [1, 1, 1] }) {
  if (matrix) return matrix;
  const [x, y, z, w] = rotation;
  const turn = [
    1 - 2 * (y * y + z * z),
    2 * (x * y + z * w),
    2 * (x * z - y * w),
    2 * (x * y - z * w),
    1 - 2 * (x * x + z * z),
    2 * (y * z + x * w),
    2 * (x * z + y * w),
    2 * (y * z - x * w),
    1 - 2 * (x * x + y * y),
  ];
  const columns = [0, 1, 2].flatMap((k) => [...turn.slice(3 * k, 3 * k + 3).map((value) => value * size[k]), 0]);
  return [...columns, ...translation, 1];
}

/**
 * @param {import("./container.js").Gltf} json checked
 * @returns {TreeNode[]} those of the scene that is shown, parents first, each tree together
 */
export function readTree(json) {
  const nodes = list(json.nodes);
  const joints = new Set(list(json.skins).flatMap((skin) => list(skin.joints)));
  const scene = list(json.scenes)[json.scene ?? 0];
  const children = new Set(nodes.flatMap((node) => list(node.children)));
  const roots = scene ? list(scene.nodes) : nodes.map((_, k) => k).filter((k) => !children.has(k));
  /** @type {TreeNode[]} */
  const tree = [];
  const waiting = roots.toReversed().map((index) => ({ index, parent: -1, depth: 0, above: IDENTITY }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { index, parent, depth, above } = next;
    const matrix = multiplyMatrices(above, localMatrix(nodes[index]));
    const position = /** @type {Vec3} */ (/** @type {unknown} */ (matrix.slice(12, 15)));
    tree.push({
      index,
      name: String(nodes[index].name ?? `node ${index}`),
      parent,
      depth,
      joint: joints.has(index),
      position,
      matrix,
    });
    for (const child of list(nodes[index].children).toReversed()) {
      waiting.push({ index: child, parent: index, depth: depth + 1, above: matrix });
    }
  }
  return tree;
}

/**
 * @param {Matrix} matrix
 * @returns {boolean} whether it keeps shapes: moved, turned and scaled alike along all axes, not mirrored
 */
export function keepsShape(matrix) {
  const [x, y, z] = [0, 4, 8].map((k) => matrix.slice(k, k + 3));
  const lengths = [x, y, z].map((axis) => Math.hypot(...axis));
  const volume =
    x[0] * (y[1] * z[2] - y[2] * z[1]) + x[1] * (y[2] * z[0] - y[0] * z[2]) + x[2] * (y[0] * z[1] - y[1] * z[0]);
  const [low, high] = [Math.min(...lengths), Math.max(...lengths)];
  return low > 0 && high / low < 1 + EVEN && volume > 0.9 * low ** 3;
}

/** Questions about who hangs on whom. */
export class Family {
  /** @param {TreeNode[]} tree */
  constructor(tree) {
    /** @type {Map<number, TreeNode>} */ this.nodes = new Map(tree.map((node) => [node.index, node]));
    /** @type {Map<number, number[]>} */ this.children = new Map(tree.map(({ index }) => [index, []]));
    for (const { index, parent } of tree) this.children.get(parent)?.push(index);
  }

  /** @param {number} index @returns {TreeNode} */
  at(index) {
    return /** @type {TreeNode} */ (this.nodes.get(index));
  }

  /** @param {number} index @returns {number[]} itself, its parent, … up to the root */
  lineage(index) {
    const line = [];
    for (let at = index; this.nodes.has(at); at = this.at(at).parent) line.push(at);
    return line;
  }

  /** @param {number} above @param {number} below @returns {boolean} also when they are the same */
  holds(above, below) {
    return this.lineage(below).includes(above);
  }

  /** @param {number[]} indices @returns {number | null} the lowest node on which all of them hang */
  meeting(indices) {
    const [first, ...others] = indices.map((index) => this.lineage(index));
    return first?.find((index) => others.every((line) => line.includes(index))) ?? null;
  }

  /** @param {number} index @returns {number[]} it and all below it, parents first */
  below(index) {
    return [index, ...(this.children.get(index) ?? []).flatMap((child) => this.below(child))];
  }
}
