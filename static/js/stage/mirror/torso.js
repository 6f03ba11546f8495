/**
 * Pelvis, spine and head from hips, shoulders and face.
 *
 * Only the line through the hips and the way from hips to shoulders are seen of the pelvis, so how far it tips is a
 * rule: a share of
 * the trunk's bend (lumbopelvic rhythm; about half each, Esola et al., Spine 1996). The spine then bends until the
 * character's
 * own shoulders stand over its own hips as the person's do.
 * @module
 */
import { LIMITS } from "../angles.js";
import { collar } from "../kinematics.js";
import { bone, hipCentre, SIDES, spineShares } from "../rig.js";
import {
  add, axisAngle, clamp, conjugate, cross, distance, dot, fromAxes, fromRotationVector, IDENTITY, multiply, normalize,
  perpendicular, rotate, scale, subtract, toRotationVector, unrotate, X, Y, Z,
} from "../vectors.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Rig} Rig */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {Record<Side, Vec3 | null>} Ways   from shoulder to wrist in lengths of the straight arm, stage axes */

/** Share of the trunk's bend that the pelvis makes, standing. */
export const PELVIS_SHARE = 0.5;
/** Rounds of fitting the spine, and what is left over that does not matter, radians. */
const ROUNDS = 8;
const SETTLED = 1e-4;

/** @param {Points["at"]} at @param {string} name @returns {Vec3} of a landmark that is known to be there */
const point = (at, name) => /** @type {Vec3} */ (at[name]);

/** @param {Points["at"]} at @param {string} name @returns {Vec3} middle of the left and the right one */
export const middle = (at, name) => scale(add(point(at, `left_${name}`), point(at, `right_${name}`)), 0.5);

/** @param {Points["at"]} at @param {string} name @returns {Vec3} from the right to the left one */
const across = (at, name) => subtract(point(at, `left_${name}`), point(at, `right_${name}`));

/**
 * Way up the trunk. Without hips people are taken to be upright.
 * @param {Points["at"]} at @param {boolean} hips whether the hips are believed @returns {Vec3} unit
 */
export function trunkUp(at, hips) {
  if (hips) return normalize(subtract(middle(at, "shoulder"), middle(at, "hip")));
  return perpendicular(Y, normalize(across(at, "shoulder"), X));
}

/**
 * @param {Vec3} x   to the left, need not be at right angles @param {Vec3} up   unit, kept @returns {Quat}
 */
function frameUp(x, up) {
  const side = perpendicular(x, up, perpendicular(X, up));
  return fromAxes(side, up, cross(side, up));
}

/** @param {Points["at"]} at @param {Vec3} up @returns {Quat} the frame of shoulders and trunk */
export const trunkFrame = (at, up) => frameUp(across(at, "shoulder"), up);

/**
 * The pelvis of somebody who stands.
 * @param {Points["at"]} at @param {Vec3} up of the trunk @returns {Quat}
 */
export function standingPelvis(at, up) {
  const x = normalize(across(at, "hip"), X);
  const whole = perpendicular(up, x);
  const upright = perpendicular(Y, x, whole);
  const bend = Math.atan2(dot(cross(upright, whole), x), dot(upright, whole));
  const y = rotate(axisAngle(x, PELVIS_SHARE * bend), upright);
  return fromAxes(x, y, cross(x, y));
}

/**
 * Where the trunk faces, of hips and shoulders together: the shoulders are the longer lever.
 * @param {Points["at"]} at @param {boolean} hips whether the hips are believed @returns {number} radians, to the left
 */
export function heading(at, hips) {
  const line = add(scale(across(at, "shoulder"), 1), hips ? across(at, "hip") : [0, 0, 0]);
  return Math.atan2(-line[2], line[0]);
}

/**
 * @param {Quat} q
 * @returns {number} where a frame's z axis points, radians to the left; where it points up or down, its x axis tells
 */
export function yawOf(q) {
  const ahead = rotate(q, Z);
  if (Math.hypot(ahead[0], ahead[2]) > 0.3) return Math.atan2(ahead[0], ahead[2]);
  const left = rotate(q, X);
  return Math.atan2(-left[2], left[0]);
}

/**
 * @param {Points["at"]} at with nose, eyes and ears @param {number} slope of the face, radians down, see habits.js
 * @returns {Quat} of the head, stage
 */
export function headTurn(at, slope) {
  const x = normalize(add(across(at, "ear"), across(at, "eye")), X);
  const front = scale(add(middle(at, "eye"), point(at, "nose")), 0.5);
  const z = rotate(axisAngle(x, -slope), perpendicular(subtract(front, middle(at, "ear")), x, perpendicular(Z, x)));
  return fromAxes(x, cross(z, x), z);
}

/** The character's trunk: which bend of the spine brings its shoulders where they shall be. */
export class Spine {
  /** Length of the left arm to the wrist, m. */ arm_m;
  #rig;
  /** @type {{offset: Vec3, share: number}[]} */ #chain;

  /** @param {Rig} rig */
  constructor(rig) {
    this.#rig = rig;
    const { heads } = rig;
    this.arm_m = distance(heads.LeftArm, heads.LeftForeArm) + distance(heads.LeftForeArm, heads.LeftHand);
    /** @type {Vec3} */
    let below = add(heads.Hips, hipCentre(rig));
    this.#chain = spineShares(rig).map(([name, share]) => {
      const offset = subtract(heads[name], below);
      below = heads[name];
      return { offset, share };
    });
  }

  /**
   * @param {Quat} pelvis @param {Vec3} bend rotation vector in the pelvis' frame @returns {{position: Vec3, quaternion:
   *   Quat}} of the chest's
   *   bone, from the hip centre
   */
  chest(pelvis, bend) {
    /** @type {Vec3} */
    let position = [0, 0, 0];
    let quaternion = pelvis;
    for (const { offset, share } of this.#chain) {
      position = add(position, rotate(quaternion, offset));
      quaternion = multiply(quaternion, fromRotationVector(scale(bend, share)));
    }
    return { position, quaternion };
  }

  /**
   * A shoulder joint; the collar bone follows the arm.
   * @param {{position: Vec3, quaternion: Quat}} chest @param {Side} side @param {Vec3 | null} way shoulder to wrist,
   *   stage axes, in arm lengths
   * @returns {{position: Vec3, girdle: Quat}} girdle: of the collar bone, local
   */
  shoulder({ position, quaternion }, side, way) {
    const { heads, chest } = this.#rig;
    const clavicle = heads[bone(side, "Shoulder")];
    const arm = heads[bone(side, "Arm")];
    const hinge = clavicle ?? arm;
    const offset = subtract(arm, hinge);
    const elbow = heads[bone(side, "ForeArm")];
    const reach = distance(arm, elbow) + distance(elbow, heads[bone(side, "Hand")]);
    const girdle = clavicle && way ? collar(offset, scale(unrotate(quaternion, way), reach), reach, side) : IDENTITY;
    const local = add(subtract(hinge, heads[chest]), rotate(girdle, offset));
    return { position: add(position, rotate(quaternion, local)), girdle };
  }

  /**
   * @param {Quat} pelvis shown @param {Quat} goal the trunk's frame @param {Ways} ways
   * @returns {Vec3} bend of the spine within its limits, rotation vector in the pelvis' frame
   */
  fit(pelvis, goal, ways) {
    /** @type {Vec3} */
    let bend = [0, 0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const chest = this.chest(pelvis, bend);
      const [left, right] = SIDES.map((side) => this.shoulder(chest, side, ways[side]).position);
      const own = frameUp(subtract(left, right), normalize(scale(add(left, right), 0.5)));
      const missing = unrotate(pelvis, toRotationVector(multiply(goal, conjugate(own))));
      bend = limited(add(bend, missing));
      if (Math.hypot(...missing) < SETTLED) break;
    }
    return bend;
  }
}

/** @param {Vec3} bend @returns {Vec3} */
function limited([flexion, rotation, right]) {
  const { trunk_flexion, trunk_rotation, trunk_lateral } = LIMITS;
  return [clamp(flexion, ...trunk_flexion), clamp(rotation, ...trunk_rotation), -clamp(-right, ...trunk_lateral)];
}
