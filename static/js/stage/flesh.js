/**
 * Measures of a character's mesh that its bones do not tell: how it sits, how long its feet are.
 *
 * For sitting, the mesh itself is seated once (thighs level, pelvis tilted as `motion/seated.js` does) and its lowest and rearmost parts are read.
 */
import { SkinnedMesh, Vector3 } from "../../vendor/three.js";
import { bone, hipCentre } from "./rig.js";
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
/** Too few vertices to measure anything by. */
const FEW = 60;

/**
 * Vertices as posed, by the bone that moves them most.
 * @param {Object3D} object world matrices up to date @param {Map<Object3D, BoneName>} wanted
 * @returns {Map<BoneName, Vec3[]>} stage frame, m
 */
function fleshOf(object, wanted) {
  /** @type {Map<BoneName, Vec3[]>} */
  const found = new Map([...wanted.values()].map((name) => [name, []]));
  const point = new Vector3();
  object.traverse((mesh) => {
    if (!(mesh instanceof SkinnedMesh)) return;
    const { skinIndex, skinWeight, position } = mesh.geometry.attributes;
    for (let k = 0; k < position.count; k++) {
      let best = 0;
      for (let slot = 1; slot < 4; slot++) if (skinWeight.getComponent(k, slot) > skinWeight.getComponent(k, best)) best = slot;
      const name = wanted.get(mesh.skeleton.bones[skinIndex.getComponent(k, best)]);
      if (!name) continue;
      mesh.getVertexPosition(k, point).applyMatrix4(mesh.matrixWorld);
      found.get(name)?.push([point.x, point.y, point.z]);
    }
  });
  return found;
}

/** @param {number[]} values @param {number} share @returns {number} the value below which that share of them lies */
function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/**
 * @param {Posable} character its pose is changed @param {Partial<Record<BoneName, Object3D>>} nodes @param {Body} typical measures by the skeleton alone
 * @returns {Partial<Body>} what the mesh tells; nothing where there is too little of it
 */
export function measureMesh(character, nodes, typical) {
  return { ...feet(character, nodes, typical), ...seat(character, nodes, typical) };
}

/** @param {Posable} character @param {Partial<Record<BoneName, Object3D>>} nodes @param {Body} typical @returns {Partial<Body>} */
function feet({ rig, object, apply }, nodes, typical) {
  apply();
  object.updateMatrixWorld(true);
  const wanted = new Map();
  for (const name of /** @type {BoneName[]} */ (["LeftFoot", "LeftToeBase"])) if (nodes[name]) wanted.set(nodes[name], name);
  const points = [...fleshOf(object, wanted).values()].flat();
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
  const wanted = new Map();
  for (const name of /** @type {BoneName[]} */ (["Hips", bone("left", "UpLeg"), bone("right", "UpLeg")])) {
    if (nodes[name]) wanted.set(nodes[name], name);
  }
  const points = [...fleshOf(object, wanted).values()].flat();
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

