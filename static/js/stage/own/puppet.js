/**
 * Brings a file's nodes into the order that the stage moves: one skeleton, each bone hanging on the next one above, nothing left behind.
 * @module
 */
import { Matrix4, SkinnedMesh } from "../../../vendor/three.js";
import { BONES, parentIn } from "../rig.js";

/** @typedef {import("../../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("../../../vendor/three.js").Bone} Bone */
/** @typedef {import("../skeleton.js").Nodes} Nodes */

/** three.js and Blender number what has the same name: Hips, Hips_1, Hips.001. */
const COPY = /(?:[._]\d{1,3})$/;

/**
 * Files with clothes or levels of detail often hold a skeleton for each. All skins are bound to the bones that are moved.
 * @param {Object3D} scene at rest, world matrices up to date @param {Nodes} nodes
 */
export function joinSkeletons(scene, nodes) {
  const main = Object.values(nodes);
  const moved = new Set();
  nodes.Hips?.traverse((node) => moved.add(node));
  for (const node of main) node.traverse((below) => moved.add(below));
  /** @type {Map<string, Object3D>} */
  const byName = new Map();
  for (const node of main) {
    byName.set(node.name, node);
    if (!byName.has(node.name.replace(COPY, ""))) byName.set(node.name.replace(COPY, ""), node);
  }
  scene.traverse((mesh) => {
    if (!(mesh instanceof SkinnedMesh)) return;
    const { bones, boneInverses } = mesh.skeleton;
    bones.forEach((joint, k) => {
      if (!joint || moved.has(joint)) return;
      const bone = originalOf(joint, byName) ?? /** @type {Object3D} */ (nodes.Hips);
      // As at rest: joint * inverse = bone * (bone^-1 * joint * inverse).
      const way = new Matrix4().copy(bone.matrixWorld).invert().multiply(joint.matrixWorld);
      boneInverses[k] = way.multiply(boneInverses[k]);
      bones[k] = /** @type {Bone} */ (bone);
    });
  });
}

/** @param {Object3D} joint of a copy @param {Map<string, Object3D>} byName @returns {Object3D | null} the bone that it, or what it hangs on, copies */
function originalOf(joint, byName) {
  for (let at = /** @type {Object3D | null} */ (joint); at; at = at.parent) {
    const bone = byName.get(at.name) ?? byName.get(at.name.replace(COPY, ""));
    if (bone) return bone;
  }
  return null;
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
  scene.traverse((node) => { finest ||= FINEST.test(node.name); });
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
