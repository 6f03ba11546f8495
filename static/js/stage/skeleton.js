/**
 * A file's bones, held in the T-pose form of `rig.js`: whatever the file's rest pose is and however its bones' axes
 * are turned, poses are
 * taken in that form and turned back into the file's own axes.
 * @module
 */
import { Quaternion, Vector3 } from "../../vendor/three.js";
import spec from "../../spec/rig.json" with { type: "json" };
import { BONES, createRig, forward, parentIn } from "./rig.js";
import { add, between, conjugate, IDENTITY, multiply, normalize, rotate, subtract } from "./vectors.js";

/** @typedef {import("../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("./vectors.js").Vec3} Vec3 */
/** @typedef {import("./vectors.js").Quat} Quat */
/** @typedef {import("./rig.js").Rig} Rig */
/** @typedef {import("./rig.js").Pose} Pose */
/** @typedef {import("./rig.js").BoneName} BoneName */
/** @typedef {Partial<Record<BoneName, Object3D>>} Nodes */
/** @typedef {{towards?: BoneName, along?: Vec3, level?: boolean}} Rest   see rig.json */

/**
 * The turn, per bone, that brings a skeleton as it rests to the T-pose; see `rest` in rig.json.
 * @param {Partial<Record<BoneName, Vec3>>} heads stage frame, m @returns {Partial<Record<BoneName, Quat>>}
 */
function turnsToTPose(heads) {
  /** @type {Partial<Record<BoneName, Quat>>} from the T-pose to the rest */
  const bent = {};
  for (const name of BONES) {
    const head = heads[name];
    if (!head) continue;
    const parent = parentIn(heads, name);
    const above = (parent && bent[parent]) || IDENTITY;
    const rest = /** @type {{rest?: Rest}} */ (spec.bones[name]).rest;
    const end = rest?.towards && heads[rest.towards];
    if (!rest?.along || !end) {
      bent[name] = above;
      continue;
    }
    const way = subtract(end, head);
    bent[name] = rest.level
      ? between(rest.along, normalize([way[0], 0, way[2]], rest.along))
      : multiply(between(rotate(above, rest.along), normalize(way)), above);
  }
  return Object.fromEntries(Object.entries(bent).map(([name, turn]) => [name, conjugate(turn)]));
}

/**
 * Bones' heads in the T-pose, standing where the file stands.
 * @param {Partial<Record<BoneName, Vec3>>} heads at rest @param {Partial<Record<BoneName, Quat>>} turns
 * @returns {Partial<Record<BoneName, Vec3>>}
 */
function straighten(heads, turns) {
  /** @type {Partial<Record<BoneName, Vec3>>} */
  const straight = {};
  for (const name of BONES) {
    const head = heads[name];
    if (!head) continue;
    const parent = parentIn(heads, name);
    if (!parent) {
      straight[name] = head;
      continue;
    }
    const way = subtract(head, /** @type {Vec3} */ (heads[parent]));
    straight[name] = add(/** @type {Vec3} */ (straight[parent]), rotate(/** @type {Quat} */ (turns[parent]), way));
  }
  const [before, after] = [heads.LeftFoot, straight.LeftFoot];
  // Straightened legs are longer or shorter in height: the soles stay where they were.
  const lift = before && after ? before[1] - after[1] : 0;
  return Object.fromEntries(Object.entries(straight).map(([name, [x, y, z]]) => [name, [x, y + lift, z]]));
}

export class Skeleton {
  /** @type {Rig} */ rig;
  /** @type {{name: BoneName, node: Object3D, parent: BoneName | null, axes: Quat, above: Quat}[]} */ #bones = [];
  /** Stage to the frame of the root bone's parent. @type {import("../../vendor/three.js").Matrix4} */ #toRoot;

  /**
   * @param {Nodes} nodes as the file rests, each hanging on the next bone above, directly or by nodes that only move
   *   along; world
   *   matrices up to date; the object that holds them not yet placed
   * @throws {RangeError} when bones are missing, naming them
   */
  constructor(nodes) {
    const heads = Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [name, plain(node.getWorldPosition(new Vector3()))]),
    );
    const turns = turnsToTPose(heads);
    this.rig = createRig(straighten(heads, turns));
    for (const name of BONES) {
      const node = nodes[name];
      if (node) this.#bones.push({ name, node, parent: parentIn(nodes, name), ...axesOf(nodes, name, turns) });
    }
    const root = /** @type {Object3D} */ (nodes.Hips).parent;
    this.#toRoot = /** @type {Object3D} */ (root).matrixWorld.clone().invert();
  }

  /**
   * Take a pose.
   * @param {Pose} [pose] as `solve` returns it; at rest (T-pose) when absent
   */
  apply(pose) {
    const frames = forward(this.rig, pose);
    for (const { name, node, parent, axes, above } of this.#bones) {
      const world = multiply(frames[name].quaternion, axes);
      const outer = parent ? multiply(frames[parent].quaternion, above) : above;
      node.quaternion.set(...multiply(conjugate(outer), world));
      if (!parent) node.position.set(...frames[name].position).applyMatrix4(this.#toRoot);
    }
  }
}

/** @param {Vector3} v @returns {Vec3} */
const plain = ({ x, y, z }) => [x, y, z];

/** @param {Object3D} node @returns {Quat} */
function worldTurn(node) {
  const { x, y, z, w } = node.getWorldQuaternion(new Quaternion());
  return [x, y, z, w];
}

/**
 * The file's own axes, in the T-pose.
 * @param {Nodes} nodes @param {BoneName} name @param {Partial<Record<BoneName, Quat>>} turns
 * @returns {{axes: Quat, above: Quat}} axes: of the bone; above: of the node that it hangs on, from the next bone
 *   above in the T-pose (or
 *   from the stage, for the root)
 */
function axesOf(nodes, name, turns) {
  const node = /** @type {Object3D} */ (nodes[name]);
  const parent = parentIn(nodes, name);
  const hangsOn = node.parent ? worldTurn(node.parent) : IDENTITY;
  return {
    axes: multiply(/** @type {Quat} */ (turns[name]), worldTurn(node)),
    above: parent ? multiply(/** @type {Quat} */ (turns[parent]), hangsOn) : hangsOn,
  };
}
