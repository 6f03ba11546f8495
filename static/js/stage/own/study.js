/**
 * What there is in somebody's file, before it is drawn: its nodes, which of them are which bones, and what is wrong
 * with them.
 * @module
 */
import { BONES, parentIn } from "../rig.js";
import { betterPose, posedAs } from "./bind.js";
import { MAPPABLE } from "./error.js";
import { guessBones } from "./guess.js";
import { isMirrored, missingBones, problemsOf, swapSides } from "./posture.js";
import { recognise } from "./recognise.js";
import { Family, keepsShape, readTree } from "./tree.js";

/** @typedef {import("../rig.js").BoneName} BoneName */
/** @typedef {import("./recognise.js").BoneMap} BoneMap */
/** @typedef {import("./posture.js").Problem} Problem */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/**
 * @typedef {object} Found
 * @property {import("./recognise.js").Kind} kind by what the bones were known
 * @property {import("./tree.js").TreeNode[]} nodes parents first, each tree together; `index` is what a mapping names
 * @property {Map<number, import("./tree.js").Matrix> | null} bound joint -> place, where the pose of binding is better
 *   than the file's own
 * @property {BoneMap} guess bones that were recognised, and suggestions for the others
 * @property {BoneName[]} missing needed, and not recognised: a suggestion in `guess` is to be confirmed
 * @property {Problem[]} problems with what was recognised; empty: the file opens without a question
 * @property {import("./recognise.js").Eyes} eyes
 */

/**
 * @param {import("./container.js").Container} container checked @returns {Found}
 */
export function study(container) {
  const tree = readTree(container.json);
  const { kind, bones: named, eyes } = recognise(container.json, tree);
  const bound = missingBones(named).length === 0 ? betterPose(container, tree, named) : null;
  const nodes = bound ? posedAs(tree, bound) : tree;
  let bones = named;
  const swapped =
    kind !== "vrm1" && kind !== "vrm0" && missingBones(bones).length === 0 && isMirrored(headsOf(nodes, bones));
  if (swapped) bones = swapSides(bones);
  const problems = examine(nodes, bones);
  const missing = missingBones(bones);
  const guess = missing.length > 0 ? { ...guessBones(nodes, bones), ...bones } : bones;
  return {
    kind,
    nodes,
    bound,
    guess,
    missing,
    problems,
    eyes: swapped ? { left: eyes.right, right: eyes.left } : eyes,
  };
}

/**
 * @param {Found} found @returns {boolean} whether another choice of bones may help, so that its owner is asked
 */
export const isMappable = ({ problems }) => problems.some(({ code }) => MAPPABLE.has(code));

/**
 * @param {import("./tree.js").TreeNode[]} nodes
 * @param {BoneMap} bones
 * @returns {Partial<Record<BoneName, Vec3>>} in the file's frame
 */
export function headsOf(nodes, bones) {
  const places = new Map(nodes.map(({ index, position }) => [index, position]));
  return Object.fromEntries(
    Object.entries(bones).flatMap(([name, index]) => (places.has(index) ? [[name, places.get(index)]] : [])),
  );
}

/**
 * Do these nodes make a person?
 * @param {import("./tree.js").TreeNode[]} nodes @param {BoneMap} bones bone -> index of its node
 * @returns {Problem[]} what is in the way, for the eyes of whoever chose the bones; empty: nothing
 */
export function examine(nodes, bones) {
  const family = new Family(nodes);
  const strange = BONES.filter(
    (name) => bones[name] !== undefined && !family.nodes.has(/** @type {number} */ (bones[name])),
  );
  if (strange.length > 0)
    return [{ code: "missing-bones", words: "The nodes of these bones are not in the file", bones: strange }];
  const problems = problemsOf(headsOf(nodes, bones));
  const twice = Object.entries(bones).filter(([name, index]) =>
    Object.entries(bones).some(([other, same]) => same === index && other !== name),
  );
  if (twice.length > 0) {
    const names = /** @type {BoneName[]} */ (twice.map(([name]) => name));
    problems.push({ code: "bones-in-disorder", words: "The same node is chosen twice", bones: names });
  }
  const inverted = BONES.filter((name) => {
    const parent = parentIn(bones, name);
    const [own, above] = [bones[name], parent ? bones[parent] : undefined];
    return own !== undefined && above !== undefined && own !== above && family.holds(own, above);
  });
  if (inverted.length > 0)
    problems.push({ code: "bones-in-disorder", words: "These bones hold what should hold them", bones: inverted });
  const uneven = BONES.filter(
    (name) => bones[name] !== undefined && !keepsShape(family.at(/** @type {number} */ (bones[name])).matrix),
  );
  if (uneven.length > 0) {
    const words =
      "These bones are mirrored, or stretched along one axis. " +
      "Apply scale before the export (in Blender: Object, Apply, All Transforms)";
    problems.push({ code: "uneven-scale", words, bones: uneven });
  }
  return problems;
}
