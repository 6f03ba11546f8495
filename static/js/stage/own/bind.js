/**
 * The pose in which the skin was bound to the bones. Files saved in the middle of an animation rest in whatever pose
 * that was; the pose of
 * binding, nearly always a T- or A-pose, is then the better start.
 * @module
 */
import { list } from "./container.js";
import { strainOf } from "./posture.js";
import { inverseMatrix, keepsShape, multiplyMatrices } from "./tree.js";
import { distance } from "../vectors.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./tree.js").TreeNode} TreeNode */
/** @typedef {import("./tree.js").Matrix} Matrix */
/** @typedef {import("./recognise.js").BoneMap} BoneMap */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../rig.js").BoneName} BoneName */

/**
 * The pose of binding must be straighter by this much, radians summed over the joints: else the file's own pose
 * counts.
 */
const STRAIGHTER = 0.5;
const FLOAT = 5126;
const MATRIX_BYTES = 64;

/**
 * @param {Container} container checked @param {TreeNode[]} tree @param {BoneMap} bones all that are needed
 * @returns {Map<number, Matrix> | null} joint -> where it was bound, in the skin's frame and the file's unit; null:
 *   the file's own pose is as good
 */
export function betterPose(container, tree, bones) {
  const nodes = new Map(tree.map((node) => [node.index, node]));
  const wanted = Object.values(bones);
  const bound = boundJoints(container, new Set(wanted));
  if (
    !bound ||
    !wanted.every((index) => bound.has(index) && keepsShape(/** @type {TreeNode} */ (nodes.get(index)).matrix))
  )
    return null;
  const own = headsBy(bones, (index) => /** @type {TreeNode} */ (nodes.get(index)).matrix);
  const other = headsBy(bones, (index) => /** @type {Matrix} */ (bound.get(index)));
  if (strainOf(other) > strainOf(own) - STRAIGHTER) return null;
  const unit = thighOf(own) / thighOf(other);
  return new Map(
    [...bound].map(([index, matrix]) => [index, matrix.map((value, k) => (k % 4 === 3 ? value : value * unit))]),
  );
}

/** @param {BoneMap} bones @param {(index: number) => Matrix} matrixOf @returns {Partial<Record<BoneName, Vec3>>} */
function headsBy(bones, matrixOf) {
  return Object.fromEntries(
    Object.entries(bones).map(([name, index]) => [name, /** @type {any} */ (matrixOf(index).slice(12, 15))]),
  );
}

/**
 * The skin's frame may have another unit; bones are as long in any pose.
 * @param {Partial<Record<BoneName, Vec3>>} heads
 */
const thighOf = ({ LeftUpLeg, LeftLeg }) => distance(/** @type {Vec3} */ (LeftUpLeg), /** @type {Vec3} */ (LeftLeg));

/**
 * @param {Container} container @param {Set<number>} wanted
 * @returns {Map<number, Matrix> | null} of the skin that holds most of the wanted bones; null: cannot be read as it is
 */
function boundJoints({ json, binary }, wanted) {
  const held = (/** @type {any} */ skin) => list(skin.joints).filter((joint) => wanted.has(joint)).length;
  const skin = list(json.skins).reduce((most, one) => (most && held(most) >= held(one) ? most : one), null);
  const accessor = list(json.accessors)[skin?.inverseBindMatrices];
  const view = list(json.bufferViews)[accessor?.bufferView];
  if (
    !accessor ||
    !view ||
    accessor.sparse ||
    view.extensions ||
    accessor.componentType !== FLOAT ||
    accessor.type !== "MAT4"
  )
    return null;
  const start = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
  if (accessor.count < skin.joints.length || start + MATRIX_BYTES * skin.joints.length > binary.length) return null;
  const data = new DataView(binary.buffer, binary.byteOffset + start, MATRIX_BYTES * skin.joints.length);
  const joints = list(skin.joints).map((/** @type {number} */ joint, k) => {
    const back = Array.from({ length: 16 }, (_, cell) => data.getFloat32(MATRIX_BYTES * k + 4 * cell, true));
    return /** @type {const} */ ([joint, inverseMatrix(back)]);
  });
  return joints.every(([, matrix]) => matrix?.every(Number.isFinite))
    ? new Map(/** @type {[number, Matrix][]} */ (joints))
    : null;
}

/**
 * @param {TreeNode[]} tree parents first @param {Map<number, Matrix>} bound
 * @returns {TreeNode[]} the same, posed so; what is no joint goes along with what it hangs on
 */
export function posedAs(tree, bound) {
  const before = new Map(tree.map((node) => [node.index, node.matrix]));
  /** @type {Map<number, Matrix>} */
  const after = new Map();
  return tree.map((node) => {
    const [was, is] = [before.get(node.parent), after.get(node.parent)];
    const carried =
      was && is ? multiplyMatrices(is, multiplyMatrices(inverseMatrix(was) ?? was, node.matrix)) : node.matrix;
    const matrix = bound.get(node.index) ?? carried;
    after.set(node.index, matrix);
    return { ...node, matrix, position: /** @type {Vec3} */ (/** @type {unknown} */ (matrix.slice(12, 15))) };
  });
}
