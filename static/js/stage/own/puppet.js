/**
 * Brings a file's nodes into the order that the stage moves: one skeleton, each bone hanging on the next one above,
 * nothing left behind.
 * @module
 */
import { Bone, Matrix4, SkinnedMesh, Vector3 } from "../../../vendor/three.js";
import { bone, BONES, parentIn, SIDES } from "../rig.js";

/** @typedef {import("../../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("../skeleton.js").Nodes} Nodes */

/** Tools number what has the same name: Hips.001, Hips_1. */
const COPY = /(?:[._]\d{1,3})$/;

/**
 * As in the file: three.js takes out dots and colons, and numbers what comes twice.
 * @param {Object3D} node
 * @returns {string}
 */
const nameOf = (node) => node.userData.name ?? node.name;

/**
 * Files with clothes or levels of detail often hold a skeleton for each. All skins are bound to the bones that are
 * moved.
 * @param {Object3D} scene at rest, world matrices up to date @param {Nodes} nodes
 */
export function joinSkeletons(scene, nodes) {
  const main = Object.values(nodes);
  const moved = new Set();
  nodes.Hips?.traverse((node) => moved.add(node));
  for (const node of main) node.traverse((below) => moved.add(below));
  /** @type {Map<string, Object3D>} */
  const byName = new Map();
  for (const node of main) byName.set(nameOf(node), node);
  for (const node of main) {
    const plain = nameOf(node).replace(COPY, "");
    if (!byName.has(plain)) byName.set(plain, node);
  }
  scene.traverse((mesh) => {
    if (!(mesh instanceof SkinnedMesh)) return;
    const { bones, boneInverses } = mesh.skeleton;
    bones.forEach((joint, k) => {
      if (!joint || moved.has(joint)) return;
      const original = originalOf(joint, byName) ?? nearest(main, joint);
      // As at rest: joint * inverse = original * (original^-1 * joint * inverse).
      const way = new Matrix4().copy(original.matrixWorld).invert().multiply(joint.matrixWorld);
      boneInverses[k] = way.multiply(boneInverses[k]);
      bones[k] = /** @type {Bone} */ (original);
    });
  });
}

/**
 * @param {Object3D} joint of a copy
 * @param {Map<string, Object3D>} byName
 * @returns {Object3D | null} the bone that it, or what it hangs on, copies
 */
function originalOf(joint, byName) {
  for (let at = /** @type {Object3D | null} */ (joint); at; at = at.parent) {
    const original = byName.get(nameOf(at)) ?? byName.get(nameOf(at).replace(COPY, ""));
    if (original) return original;
  }
  return null;
}

/**
 * Hair that hangs on the root, twist bones of flat skeletons: what has no bone above it goes along with the bone
 * beside it.
 * @param {Object3D[]} bones
 * @param {Object3D} joint world matrices up to date
 * @returns {Object3D}
 */
function nearest(bones, joint) {
  const place = new Vector3().setFromMatrixPosition(joint.matrixWorld);
  const away = (/** @type {Object3D} */ one) => new Vector3().setFromMatrixPosition(one.matrixWorld).distanceTo(place);
  return bones.reduce((best, one) => (away(one) < away(best) ? one : best));
}

/**
 * Lets each bone hang on the next one above, where it hangs elsewhere (Biped's thighs on the spine, flat skeletons).
 * @param {Nodes} nodes world matrices up to date
 */
export function rehang(nodes) {
  const bones = new Set(Object.values(nodes));
  for (const name of BONES) {
    const node = nodes[name];
    const parent = parentIn(nodes, name);
    if (!node || !parent) continue;
    let above = node.parent;
    while (above && !bones.has(above)) above = above.parent;
    if (above !== nodes[parent]) nodes[parent]?.attach(node);
  }
}

/** A collar bone starts this share of the way from the breast bone to the shoulder joint. */
const COLLAR_START = 0.2;

/**
 * Gives shoulders that have none a collar bone: arms reach a few centimetres less far without.
 * @param {Nodes} nodes world matrices up to date; the collar bones are added
 */
export function supplyCollars(nodes) {
  const chest = nodes.Spine2 ?? nodes.Spine1 ?? nodes.Spine;
  const [left, right] = SIDES.map((side) =>
    /** @type {Object3D} */ (nodes[bone(side, "Arm")]).getWorldPosition(new Vector3()),
  );
  if (!chest) return;
  for (const side of SIDES) {
    const [own, other] = side === "left" ? [left, right] : [right, left];
    if (nodes[bone(side, "Shoulder")]) continue;
    const collar = new Bone();
    collar.name = `${side} collar bone`;
    chest.add(collar);
    collar.position.copy(chest.worldToLocal(own.clone().add(other).divideScalar(2).lerp(own, COLLAR_START)));
    collar.updateWorldMatrix(true, false);
    nodes[bone(side, "Shoulder")] = collar;
  }
}

/** Levels of detail lie on top of each other: all but the finest are hidden. */
const COARSE = /(?:^|[_\s.-])lod[_\s.-]?([1-9])/i;
const FINEST = /(?:^|[_\s.-])lod[_\s.-]?0/i;

/**
 * Takes out what would stay behind when the figure moves, such as floors, backdrops and coarser copies.
 * @param {Object3D} scene @param {Object3D} hips
 */
export function dropStrays(scene, hips) {
  /** @type {any[]} */
  const strays = [];
  let finest = false;
  scene.traverse((node) => {
    finest ||= FINEST.test(node.name);
  });
  const moved = new Set();
  hips.traverse((node) => moved.add(node));
  scene.traverse((node) => {
    const drawn = /** @type {any} */ (node);
    if (!(drawn.isMesh || drawn.isLine || drawn.isPoints)) return;
    const coarse = finest && [node.name, node.parent?.name ?? ""].some((name) => COARSE.test(name));
    if (coarse || !(moved.has(node) || drawn.isSkinnedMesh)) strays.push(drawn);
  });
  for (const stray of strays) {
    stray.removeFromParent();
    stray.geometry.dispose();
    stray.skeleton?.dispose();
  }
}
