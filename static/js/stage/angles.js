/**
 * Joint angles as clinicians name them, and the ranges a healthy joint has.
 *
 * Zero is standing upright with hanging arms, palms to the thighs. Flexion, abduction, dorsiflexion, pronation, ulnar deviation
 * and internal rotation are positive; trunk and head bend forward, to the left, and turn to the left.
 * @module
 */
import { bone, SIDES } from "./rig.js";
import { add, axisAngle, clamp, conjugate, DEGREE, IDENTITY, multiply, rotate, swingTwist, toRotationVector, X, Y, Z } from "./vectors.js";

/** @typedef {import("./rig.js").Pose} Pose */
/** @typedef {import("./rig.js").Side} Side */
/** @typedef {import("./rig.js").BoneName} BoneName */
/** @typedef {import("./vectors.js").Vec3} Vec3 */
/** @typedef {import("./vectors.js").Quat} Quat */

/** @param {number} low   degrees @param {number} high @returns {readonly [number, number]} radians */
const range = (low, high) => [low * DEGREE, high * DEGREE];

/**
 * Lowest and highest angle of each joint, radians. Norkin and White, "Measurement of joint motion" (AAOS norms), rounded up
 * to what a supple adult reaches; the ankle's dorsiflexion is the weight-bearing one, the shoulder's include the girdle.
 */
export const LIMITS = /** @type {const} */ ({
  trunk_flexion: range(-25, 85),
  trunk_lateral: range(-35, 35),
  trunk_rotation: range(-45, 45),
  neck_flexion: range(-60, 50),
  neck_lateral: range(-45, 45),
  neck_rotation: range(-75, 75),
  shoulder_flexion: range(-65, 180),
  shoulder_abduction: range(-45, 180),
  shoulder_rotation: range(-90, 90),
  elbow_flexion: range(0, 150),
  pronation: range(-85, 85),
  wrist_flexion: range(-70, 80),
  wrist_deviation: range(-22, 38),
  hip_flexion: range(-30, 125),
  hip_abduction: range(-30, 45),
  hip_rotation: range(-45, 45),
  knee_flexion: range(0, 150),
  ankle_dorsiflexion: range(-55, 35),
  ankle_tilt: range(-35, 35),
  toe_extension: range(-30, 75),
});

/** @typedef {keyof typeof LIMITS} Joint */

/** Takes the arm of the T-pose to hanging. @param {Side} side @returns {Quat} */
export const hang = (side) => axisAngle(Z, side === "left" ? -Math.PI / 2 : Math.PI / 2);

/** @param {Side} side @returns {1 | -1} */
export const sign = (side) => (side === "left" ? 1 : -1);

/**
 * Where a limb that hangs at zero points: flexion in the sagittal plane, abduction out of it.
 * @param {Quat} turn from hanging, in the trunk's frame @param {Side} side
 */
function direction(turn, side) {
  const [x, y, z] = rotate(turn, [0, -1, 0]);
  return { flexion: Math.atan2(z, -y), abduction: Math.asin(clamp(sign(side) * x, -1, 1)) };
}

/** @param {Quat} turn from hanging @param {Side} side @returns {number} turn about the limb's own axis, inward positive */
const axial = (turn, side) => -sign(side) * swingTwist(turn, Y).twist;

/** @param {Pose} pose @param {readonly BoneName[]} bones @returns {Vec3} */
const bend = (pose, bones) =>
  bones.reduce((sum, name) => add(sum, toRotationVector(pose.rotations[name] ?? IDENTITY)), /** @type {Vec3} */ ([0, 0, 0]));

/** @param {Pose} pose @param {Side} side @returns {Partial<Record<Joint, number>>} */
function armAngles(pose, side) {
  const s = sign(side);
  /** @param {string} part */
  const local = (part) => pose.rotations[bone(side, part)] ?? IDENTITY;
  const upper = multiply(multiply(local("Shoulder"), local("Arm")), conjugate(hang(side)));
  const { flexion, abduction } = direction(upper, side);
  const elbow = swingTwist(local("ForeArm"), X);
  const wrist = swingTwist(conjugate(local("Hand")), X);
  const [, deviation, palmar] = toRotationVector(conjugate(wrist.swing));
  return {
    shoulder_flexion: flexion, shoulder_abduction: abduction, shoulder_rotation: axial(upper, side),
    elbow_flexion: -s * toRotationVector(elbow.swing)[1], pronation: elbow.twist - wrist.twist,
    wrist_flexion: -s * palmar, wrist_deviation: s * deviation,
  };
}

/** @param {Pose} pose @param {Side} side @returns {Partial<Record<Joint, number>>} */
function legAngles(pose, side) {
  /** @param {string} part */
  const local = (part) => pose.rotations[bone(side, part)] ?? IDENTITY;
  const { flexion, abduction } = direction(local("UpLeg"), side);
  const [pitch, twist, roll] = toRotationVector(local("Foot"));
  return {
    hip_flexion: flexion, hip_abduction: abduction, hip_rotation: axial(local("UpLeg"), side),
    knee_flexion: toRotationVector(local("Leg"))[0], ankle_dorsiflexion: -pitch, ankle_tilt: Math.hypot(twist, roll),
    toe_extension: -toRotationVector(local("ToeBase"))[0],
  };
}

/**
 * @param {Pose} pose as `solve` returns it
 * @returns {Record<string, number>} radians; names as in LIMITS, those of limbs with "left_" or "right_" before them
 */
export function jointAngles(pose) {
  const [flexion, rotation, right] = bend(pose, ["Spine", "Spine1", "Spine2"]);
  const [nod, turn, tilt] = bend(pose, ["Neck", "Head"]);
  /** @type {Record<string, number>} */
  const angles = {
    trunk_flexion: flexion, trunk_rotation: rotation, trunk_lateral: -right,
    neck_flexion: nod, neck_rotation: turn, neck_lateral: -tilt,
  };
  for (const side of SIDES) {
    for (const [joint, value] of Object.entries({ ...armAngles(pose, side), ...legAngles(pose, side) })) {
      angles[`${side}_${joint}`] = value;
    }
  }
  return angles;
}

/** @param {string} name   as `jointAngles` gives it @returns {readonly [number, number]} radians */
export const limitsOf = (name) => LIMITS[/** @type {Joint} */ (name.replace(/^(left|right)_/, ""))];
