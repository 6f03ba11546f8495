/**
 * Arms and legs as rotations, from the directions of their bones: proportions stay the character's.
 *
 * A straight elbow or knee has no plane. There an arm keeps the plane it had, carried along without twist, and a leg
 * takes the
 * plane that pelvis and foot suggest; the more the joint bends, the more the measured plane counts. So no joint flips
 * over when a limb
 * is stretched, hangs, or points up.
 * @module
 */
import { hang, LIMITS, sign } from "../angles.js";
import { armFrame, hinged, limitHand } from "../kinematics.js";
import { bone } from "../rig.js";
import {
  add, addScaled, axisAngle, between, clamp, conjugate, cross, DEGREE, dot, fromAxes, fromRotationVector, IDENTITY,
  length, multiply,
  normalize, perpendicular, rotate, scale, subtract, swingTwist, toRotationVector, unrotate, wrapAngle, X, Y,
} from "../vectors.js";
import { approach, smoothstep } from "./smooth.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Rig} Rig */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {{upper: Quat, elbow: number}} ArmTurns   upper: in the chest's frame; elbow: radians */
/** @typedef {{thigh: Quat, knee: number}} LegTurns   thigh: in the pelvis' frame; knee: radians */

/** Bend at which a limb's plane begins to be seen, and at which it is seen well: sine of the angle. */
const PLANE = { arm: [0.12, 0.45], leg: [0.2, 0.55] };
/** How fast the plane of a straight arm goes back to how an arm hangs, s. */
const PLANE_EASE_S = 2;
/** Nearer to straight up than this the plane of a hanging arm says nothing. */
const OVERHEAD = 140 * DEGREE;

/** From this bend on a knee is as bent as it seems. */
const KNEE_SURE = 60 * DEGREE;
/** How much the foot's direction counts for the plane of a straight leg, against the pelvis'. */
const FOOT_SHARE = 0.8;

/** @param {readonly number[]} range @param {number} value @returns {number} */
const seen = ([low, high], value) => smoothstep((value - low) / (high - low));

/** @param {Points["at"]} at @param {Side} side @param {string} from @param {string} to @returns {Vec3} unit */
export const way = (at, side, from, to) =>
  normalize(subtract(
    /** @type {Vec3} */ (at[`${side}_${to}`]), /** @type {Vec3} */ (at[`${side}_${from}`])), [0, -1, 0]);

/** @param {Vec3} from @param {Vec3} to @param {Vec3} axis unit @returns {number} signed angle about the axis */
const angleAbout = (from, to, axis) => Math.atan2(dot(cross(from, to), axis), dot(from, to));

/**
 * Flexion and abduction within their limits.
 * @param {Vec3} along unit, in the trunk's frame @param {Side} side
 * @param {readonly [number, number]} flexions @param {readonly [number, number]} abductions @returns {Vec3} unit
 */
function limitDirection([x, y, z], side, flexions, abductions) {
  const s = sign(side);
  const around = Math.atan2(z, -y);
  // Overhead the arm may go a little to the rear: that is more flexion, not less.
  const beyond = around < (flexions[0] + flexions[1]) / 2 - Math.PI;
  const flexion = clamp(beyond ? around + 2 * Math.PI : around, ...flexions);
  const abduction = clamp(Math.asin(clamp(s * x, -1, 1)), abductions[0], Math.min(abductions[1], Math.PI / 2));
  return [s * Math.sin(abduction), -Math.cos(abduction) * Math.cos(flexion), Math.cos(abduction) * Math.sin(flexion)];
}

/** Measures one arm; remembers the plane of its elbow. */
export class Arm {
  /** @type {Quat | null} */ #upper = null;
  #pronation = 0;
  /** How the fingers' roots lie at rest against the hand's axes. @type {Quat} */ #palm;

  /** @param {Side} side @param {Rig} rig */
  constructor(side, rig) {
    this.side = side;
    const [wrist, index, pinky] = ["Hand", "HandIndex1", "HandPinky1"].map((part) => rig.heads[bone(side, part)]);
    this.#palm = index && pinky ? palmFrame(side, wrist, index, pinky) : IDENTITY;
  }

  reset() {
    this.#upper = null;
    this.#pronation = 0;
  }

  /**
   * @param {Vec3} along upper arm in the chest's frame, unit @param {Vec3 | null} fore forearm, unit; null: not seen
   * @param {number} dt s @returns {ArmTurns & {forearm: Quat}} forearm: its frame without pronation, in the chest's
   */
  measure(along, fore, dt) {
    const s = sign(this.side);
    const direction = limitDirection(along, this.side, LIMITS.shoulder_flexion, LIMITS.shoulder_abduction);
    let upper = this.#carried(direction, dt);
    let hinge = scale(rotate(upper, Y), -s);
    if (fore) {
      const normal = cross(along, fore);
      const angle = angleAbout(hinge, perpendicular(normal, direction, hinge), direction);
      hinge = rotate(axisAngle(direction, angle * seen(PLANE.arm, length(normal))), hinge);
    }
    upper = limitTwist(armFrame(direction, hinge, this.side), this.side);
    hinge = scale(rotate(upper, Y), -s);
    this.#upper = upper;
    const elbow = fore ? clamp(angleAbout(direction, fore, hinge), ...LIMITS.elbow_flexion) : 0;
    return { upper, elbow, forearm: multiply(upper, axisAngle(Y, -s * elbow)) };
  }

  /**
   * The last frame, swung to a new direction without twist.
   * @param {Vec3} direction
   * @param {number} dt
   * @returns {Quat}
   */
  #carried(direction, dt) {
    const s = sign(this.side);
    const x = scale(direction, s);
    const hanging = hang(this.side);
    const natural = multiply(between(rotate(hanging, X), x), hanging);
    if (!this.#upper) return natural;
    const carried = multiply(between(rotate(this.#upper, X), x), this.#upper);
    const raised = Math.acos(clamp(-direction[1], -1, 1));
    if (raised > OVERHEAD) return carried;
    const back = angleAbout(rotate(carried, Y), rotate(natural, Y), x);
    return multiply(axisAngle(x, back * approach(PLANE_EASE_S, dt)), carried);
  }

  /**
   * @param {Quat} forearm without pronation @param {Points["at"]} at @param {Quat} chest
   * @returns {Quat} the hand, local to the forearm without pronation, within its limits
   */
  hand(forearm, at, chest) {
    const s = this.side;
    const [wrist, index, pinky] = ["wrist", "index", "pinky"].map((name) => /** @type {Vec3} */ (at[`${s}_${name}`]));
    const stage = multiply(palmFrame(s, wrist, index, pinky), conjugate(this.#palm));
    const wish = multiply(conjugate(chest), stage);
    const { swing, twist } = swingTwist(conjugate(multiply(conjugate(forearm), wish)), X);
    // A turn by half a circle has no sign: it goes on on the side where it was.
    const pronation = this.#pronation + wrapAngle(-twist - this.#pronation);
    this.#pronation = clamp(pronation, ...LIMITS.pronation);
    const local = conjugate(multiply(swing, axisAngle(X, -this.#pronation)));
    const limited = limitHand(forearm, multiply(forearm, local), s);
    return multiply(axisAngle(X, limited.pronation), limited.wrist);
  }
}

/**
 * @param {Side} side
 * @param {Vec3} wrist
 * @param {Vec3} index
 * @param {Vec3} pinky
 * @returns {Quat} x along the hand, z to the index' side
 */
function palmFrame(side, wrist, index, pinky) {
  const knuckles = subtract(scale(add(index, pinky), 0.5), wrist);
  const x = scale(normalize(knuckles, X), sign(side));
  const z = perpendicular(subtract(index, pinky), x);
  return fromAxes(x, cross(z, x), z);
}

/** Turn about the upper arm's own axis within its limits. @param {Quat} upper @param {Side} side @returns {Quat} */
function limitTwist(upper, side) {
  const hanging = hang(side);
  const { swing, twist } = swingTwist(multiply(upper, conjugate(hanging)), Y);
  const raised = Math.acos(clamp(rotate(swing, Y)[1], -1, 1));
  if (raised > OVERHEAD) return upper;
  const s = sign(side);
  const limited = -s * clamp(-s * twist, ...LIMITS.shoulder_rotation);
  return limited === twist ? upper : multiply(multiply(swing, axisAngle(Y, limited)), hanging);
}

/**
 * @param {Side} side
 * @param {{thigh: Vec3, shank: Vec3 | null, foot: Vec3 | null}} ways unit, in the pelvis' frame; null: not seen
 * @param {number} seems bend of a straight knee, radians, see habits.js
 * @returns {LegTurns}
 */
export function measureLeg(side, { thigh, shank, foot }, seems) {
  const along = limitDirection(thigh, side, LIMITS.hip_flexion, LIMITS.hip_abduction);
  const own = hipPlane(along);
  const across = foot && shank ? normalize(cross(scale(shank, -1), foot), own) : own;
  const suggested = perpendicular(addScaled(own, across, FOOT_SHARE), along, own);
  let turn = angleAbout(own, suggested, along);
  if (shank) {
    const normal = cross(thigh, shank);
    const plane = perpendicular(normal, along, suggested);
    const sees = seen(PLANE.leg, length(normal)) * smoothstep((dot(plane, suggested) + 0.2) / 0.7);
    turn += angleAbout(suggested, plane, along) * sees;
  }
  turn = clamp(wrapAngle(turn), ...LIMITS.hip_rotation);
  const hinge = rotate(axisAngle(along, turn), own);
  const bent = shank ? angleAbout(along, shank, hinge) : 0;
  const knee = clamp(bent - seems * clamp(1 - bent / KNEE_SURE, 0, 1), ...LIMITS.knee_flexion);
  return { thigh: hinged(scale(along, -1), hinge), knee };
}

/** The knee's axis of a thigh that swings from hanging without twist. @param {Vec3} along unit @returns {Vec3} */
const hipPlane = (along) => rotate(between([0, -1, 0], along), X);

/**
 * @param {Quat} shank frame @param {Vec3} foot heel to toes, unit, same frame as the shank's
 * @param {number} slope of a flat foot, radians down, see habits.js
 * @returns {Quat} local to the shank, within its limits
 */
export function measureFoot(shank, foot, slope) {
  const local = unrotate(shank, foot);
  const z = rotate(axisAngle(perpendicular(X, local), -slope), local);
  const x = perpendicular(X, z);
  const [pitch, twist, roll] = toRotationVector(fromAxes(x, cross(z, x), z));
  const most = LIMITS.ankle_tilt[1];
  const tilt = Math.hypot(twist, roll);
  const less = tilt > most ? most / tilt : 1;
  return fromRotationVector([-clamp(-pitch, ...LIMITS.ankle_dorsiflexion), twist * less, roll * less]);
}

/** @param {Quat} pelvis @param {Quat} thigh local @param {number} knee @returns {Quat} the shank's frame, stage */
export const shankFrame = (pelvis, thigh, knee) => multiply(multiply(pelvis, thigh), axisAngle(X, knee));

/**
 * The knee of a shank that is not seen: it hangs from the thigh.
 * @param {Quat} pelvis @param {Quat} thigh local @returns {number} radians
 */
export function hangingKnee(pelvis, thigh) {
  const frame = multiply(pelvis, thigh);
  return clamp(angleAbout(rotate(frame, [0, -1, 0]), [0, -1, 0], rotate(frame, X)), ...LIMITS.knee_flexion);
}

/** @param {Quat} local of a hinge joint about x (knee) or y (elbow) @param {Vec3} axis @returns {number} radians */
export const hingeAngle = (local, axis) => dot(toRotationVector(local), axis);

