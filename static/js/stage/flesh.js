/**
 * Measures of a character's mesh that its bones do not tell: how it sits, how long its feet are.
 *
 * For sitting, the mesh itself is seated once (thighs level, pelvis tilted as `motion/seated.js` does) and its lowest and rearmost parts are read.
 */
import { SkinnedMesh, Vector3 } from "../../vendor/three.js";
import { bone, BONES, hipCentre } from "./rig.js";
import { add, axisAngle, conjugate, multiply, rotate, X } from "./vectors.js";
import { PELVIC_TILT } from "./motion/seated.js";

/** @typedef {import("../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("./rig.js").Body} Body */
/** @typedef {import("./rig.js").BoneName} BoneName */
/** @typedef {import("./rig.js").Pose} Pose */
/** @typedef {import("./vectors.js").Vec3} Vec3 */
/** @typedef {{rig: import("./rig.js").Rig, object: Object3D, apply: (pose?: Pose) => void}} Posable */

/** This share of the outermost vertices is soft: seats press them in, and single vertices are no body. */
const SOFT = 0.02;
/** Thighs give way by this much at the seat's edge, m. */
const GIVES_M = 0.012;
/**
 * Measures per stature beyond which it is no body that was measured but a skirt, a tail or a coat: the smallest child's and the
 * stoutest adult's (Pheasant, "Bodyspace", seated) with a third to spare.
 */
const PLAUSIBLE = /** @type {Record<string, [number, number]>} */ ({
  foot_back_m: [0.005, 0.08], foot_tip_m: [0.05, 0.2], buttock_clearance_m: [0.025, 0.11], knee_clearance_m: [0, 0.09],
  buttock_depth_m: [0.03, 0.16], thigh_clearance_m: [0.05, 0.19], hip_width_m: [0.14, 0.38],
});
/** Too few vertices to measure anything by. */
const FEW = 60;

/**
 * @param {Map<Object3D, BoneName>} known
 * @param {Map<Object3D, BoneName | null>} owners what was found before
 * @param {Object3D | null} joint @returns {BoneName | null} the next bone above it, or itself: twist bones, hair and jaws are that bone's flesh
 */
function ownerOf(known, owners, joint) {
  if (!joint) return null;
  let owner = owners.get(joint);
  if (owner === undefined) {
    owner = known.get(joint) ?? ownerOf(known, owners, joint.parent);
    owners.set(joint, owner);
  }
  return owner;
}

/** So many points tell a body's measures to the millimetre; more would only hold up the page. */
const ENOUGH = 40_000;

/** @param {Object3D} object @returns {SkinnedMesh[]} that are seen */
function skinsOf(object) {
  /** @type {SkinnedMesh[]} */
  const skins = [];
  object.traverse((mesh) => { if (mesh instanceof SkinnedMesh && mesh.visible) skins.push(mesh); });
  return skins;
}

/**
 * Vertices as posed, by the bone that moves them most; evenly fewer where a mesh is very fine.
 * @param {Object3D} object world matrices up to date
 * @param {Partial<Record<BoneName, Object3D>>} nodes all bones of the character
 * @param {BoneName[]} [wanted] all when absent
 * @returns {Map<BoneName, Vec3[]>} stage frame, m
 */
export function fleshOf(object, nodes, wanted = BONES) {
  /** @type {Map<BoneName, Vec3[]>} */
  const found = new Map(wanted.filter((name) => nodes[name]).map((name) => [name, []]));
  const known = new Map(Object.entries(nodes).map(([name, node]) => [node, /** @type {BoneName} */ (name)]));
  const owners = new Map();
  const point = new Vector3();
  const skins = skinsOf(object);
  const step = Math.ceil(skins.reduce((sum, { geometry }) => sum + geometry.attributes.position.count, 0) / ENOUGH);
  for (const mesh of skins) {
    const { skinIndex, skinWeight, position } = mesh.geometry.attributes;
    const lists = mesh.skeleton.bones.map((joint) => found.get(/** @type {BoneName} */ (ownerOf(known, owners, joint))));
    for (let k = 0; k < position.count; k += step) {
      let best = 0;
      for (let slot = 1; slot < 4; slot++) if (skinWeight.getComponent(k, slot) > skinWeight.getComponent(k, best)) best = slot;
      const list = lists[skinIndex.getComponent(k, best)];
      if (!list) continue;
      mesh.getVertexPosition(k, point).applyMatrix4(mesh.matrixWorld);
      list.push([point.x, point.y, point.z]);
    }
  }
  return found;
}

/** @param {number[]} values @param {number} share @returns {number} the value below which that share of them lies */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/**
 * @param {Posable} character its pose is changed @param {Partial<Record<BoneName, Object3D>>} nodes @param {Body} typical measures by the skeleton alone
 * @returns {Partial<Body>} what the mesh tells; nothing where there is too little of it
 */
export function measureMesh(character, nodes, typical) {
  const measured = Object.entries({ ...feet(character, nodes, typical), ...seat(character, nodes, typical) });
  const isBody = (/** @type {string} */ name, /** @type {number} */ value) => {
    const [low, high] = PLAUSIBLE[name].map((share) => share * typical.stature_m);
    return value >= low && value <= high;
  };
  return Object.fromEntries(measured.filter(([name, value]) => isBody(name, /** @type {number} */ (value))));
}

/** @param {Posable} character @param {Partial<Record<BoneName, Object3D>>} nodes @param {Body} typical @returns {Partial<Body>} */
function feet({ rig, object, apply }, nodes, typical) {
  apply();
  object.updateMatrixWorld(true);
  const points = [...fleshOf(object, nodes, ["LeftFoot", "LeftToeBase"]).values()].flat();
  if (points.length < FEW) return {};
  const level = points.filter(([, y]) => y < typical.ankle_height_m).map(([, , z]) => z - rig.heads.LeftFoot[2]);
  return level.length < FEW ? {} : { foot_back_m: -Math.min(...level), foot_tip_m: Math.max(...level) };
}

/** @param {Posable} character @param {Partial<Record<BoneName, Object3D>>} nodes @param {Body} typical @returns {Partial<Body>} */
function seat({ rig, object, apply }, nodes, typical) {
  const tilt = axisAngle(X, -PELVIC_TILT);
  const thigh = multiply(conjugate(tilt), axisAngle(X, -Math.PI / 2));
  const knee = axisAngle(X, Math.PI / 2);
  apply({
    hips: rig.heads.Hips,
    rotations: { Hips: tilt, Spine: conjugate(tilt), LeftUpLeg: thigh, RightUpLeg: thigh, LeftLeg: knee, RightLeg: knee },
  });
  object.updateMatrixWorld(true);
  const [, y, z] = add(rig.heads.Hips, rotate(tilt, hipCentre(rig)));
  const points = [...fleshOf(object, nodes, ["Hips", bone("left", "UpLeg"), bone("right", "UpLeg")]).values()].flat();
  const reach = 0.3 * typical.thigh_m;
  const below = points.filter((p) => p[1] < y && p[2] < z + reach);
  const knees = points.filter((p) => Math.abs(p[2] - z - 0.72 * typical.thigh_m) < 0.08 * typical.thigh_m && p[1] < y);
  const thighs = points.filter((p) => Math.abs(p[2] - z - 0.5 * typical.thigh_m) < 0.15 * typical.thigh_m);
  if (Math.min(below.length, thighs.length, knees.length) < FEW / 2) return {};
  const clearance = y - quantile(below.map((p) => p[1]), SOFT);
  const wide = quantile(below.map((p) => Math.abs(p[0])), 1 - SOFT);
  return {
    buttock_clearance_m: clearance,
    knee_clearance_m: y - quantile(knees.map((p) => p[1]), SOFT) - GIVES_M,
    buttock_depth_m: z - quantile(below.map((p) => p[2]), SOFT),
    thigh_clearance_m: clearance + quantile(thighs.map((p) => p[1]), 1 - SOFT) - y,
    hip_width_m: 2 * wide,
  };
}

