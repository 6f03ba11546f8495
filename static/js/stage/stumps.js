/**
 * Showing a character without a limb: the bones of what is missing shrink, so that skin and cloth close over the joint.
 * @module
 */
import { landmarksOf } from "../pose/limbs.js";

/** @typedef {import("../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("./rig.js").BoneName} BoneName */
/** @typedef {Partial<Record<BoneName, Object3D>>} Nodes */

/** The bone at whose head each limb begins. */
const PARTS = { hand: "Hand", forearm: "ForeArm", arm: "Arm", foot: "Foot", lower_leg: "Leg", leg: "UpLeg" };
/** How much of the length and thickness of a missing forearm or lower leg stays, as the rounded end of the stump. */
const LEFT_OVER = { along: 0.13, across: 0.75 };
/** The same where a whole arm or leg is missing: little stands out from the trunk. */
const AT_TRUNK = { along: 0.04, across: 0.5 };
/** What hangs on it shrinks to next to nothing: not to zero, where normals would have no direction. */
const NOTHING = 1e-3;

/** @param {string} limb as in pose/limbs.js @returns {BoneName} */
function boneOf(limb) {
  const [, side, part] = /** @type {RegExpMatchArray} */ (/^(left|right)_(\w+)$/.exec(limb));
  const name = /** @type {Record<string, string>} */ (PARTS)[part];
  return /** @type {BoneName} */ (`${side === "left" ? "Left" : "Right"}${name}`);
}

/**
 * Shrink what is missing; the rest gets back its size.
 * @param {Nodes} nodes by bone
 * @param {Map<Object3D, import("../../vendor/three.js").Vector3>} sizes the nodes' own scales, as the file has them
 * @param {string[]} limbs as in pose/limbs.js
 * @throws {RangeError} when there is no such limb
 */
export function shrinkLimbs(nodes, sizes, limbs) {
  landmarksOf(limbs);
  for (const [node, scale] of sizes) node.scale.copy(scale);
  for (const limb of limbs) {
    const node = nodes[boneOf(limb)];
    if (!node) continue;
    const next = node.children.find((child) => sizes.has(child));
    if (!next || /hand|foot/.test(limb)) {
      node.scale.multiplyScalar(NOTHING); // no length to keep the end of
      continue;
    }
    const left = /forearm|lower/.test(limb) ? LEFT_OVER : AT_TRUNK;
    const way = next.position.toArray().map(Math.abs);
    const along = way.indexOf(Math.max(...way));
    const kept = way.map((_, axis) => (axis === along ? left.along : left.across));
    node.scale.set(node.scale.x * kept[0], node.scale.y * kept[1], node.scale.z * kept[2]);
    next.scale.multiplyScalar(NOTHING);
  }
}
