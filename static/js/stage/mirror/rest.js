/** Where joints are when nothing is known of them: standing with hanging arms, or sitting with the hands in the lap. */
import { solve } from "../kinematics.js";
import { hangingArm } from "../motion/placement.js";
import { lapHand, seatedBody } from "../motion/seated.js";
import { bone, SIDES } from "../rig.js";
import { axisAngle, conjugate, fromRotationVector, IDENTITY, multiply, swingTwist, X, Y, Z } from "../vectors.js";

/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Rig} Rig */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../rig.js").Pose} Pose */
/** @typedef {import("../motion/placement.js").Placement} Placement */
/** @typedef {"upper_arm" | "elbow" | "hand" | "thigh" | "knee" | "foot"} LimbPart */
/**
 * Each local to the bone above. pelvis: in the stage; spine: the whole bend; upper_arm: in the chest's frame, collar bone
 * included; hand: with the forearm's pronation.
 * @typedef {{pelvis: Quat, spine: Quat, head: Quat} & Record<Side, Record<LimbPart, Quat>>} Turns
 */

/** @param {Placement} placement @param {Rig} rig @returns {Turns} */
function turnsOf(placement, rig) {
  const { rotations } = solve(rig, placement).pose;
  const { flexion, rotation, lateral } = placement.spine;
  const spine = fromRotationVector([flexion, rotation, -lateral]);
  const chest = multiply(placement.pelvis.quaternion, spine);
  /** @param {Side} side @param {string} part */
  const local = (side, part) => rotations[bone(side, part)] ?? IDENTITY;
  const [left, right] = SIDES.map((side) => {
    const { swing, twist } = swingTwist(local(side, "ForeArm"), X);
    return {
      upper_arm: multiply(local(side, "Shoulder"), local(side, "Arm")), elbow: swing,
      hand: multiply(axisAngle(X, twist), local(side, "Hand")),
      thigh: local(side, "UpLeg"), knee: local(side, "Leg"), foot: local(side, "Foot"),
    };
  });
  return { pelvis: placement.pelvis.quaternion, spine, head: multiply(conjugate(chest), placement.head), left, right };
}

/** @param {Rig} rig @param {Body} body @returns {Turns} */
export function standingRest(rig, body) {
  const half = body.hip_joint_distance_m / 2;
  /** @param {number} s @returns {import("../motion/placement.js").FootTarget} */
  const foot = (s) => ({ position: [s * half * 1.1, 0, -0.02], quaternion: axisAngle(Y, s * 0.12), toes: 0, knee: Z });
  return turnsOf({
    pelvis: { position: [0, body.ankle_height_m + 0.996 * (body.thigh_m + body.shank_m), 0], quaternion: IDENTITY },
    spine: { flexion: 0, lateral: 0, rotation: 0 }, head: IDENTITY,
    left_hand: hangingArm(), right_hand: hangingArm(), left_foot: foot(1), right_foot: foot(-1),
    equipment: [], phases: {}, contacts: [], origin: [0, 0, 0],
  }, rig);
}

/** @param {Rig} rig @param {Body} body @param {import("../motion/seated.js").Seat} seat @returns {Turns} */
export function seatedRest(rig, body, seat) {
  const hands = SIDES.map((side) => lapHand(body, seat, side));
  return turnsOf({ ...seatedBody(seat), left_hand: hands[0], right_hand: hands[1], equipment: [] }, rig);
}
