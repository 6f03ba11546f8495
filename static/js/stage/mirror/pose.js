/**
 * From joints and places to a pose of the rig: legs reach their feet, hands what they hold; the rest is as it was
 * measured.
 * @module
 */
import { sign } from "../angles.js";
import { fingers, FOREARM_TWIST, limitHand, solve } from "../kinematics.js";
import { hangingArm } from "../motion/placement.js";
import { bone, gripPoint, hipCentre, SIDES } from "../rig.js";
import {
  add, axisAngle, conjugate, distance, IDENTITY, multiply, rotate, scale, slerp, subtract, X, Z,
} from "../vectors.js";
import { hingeAngle, shankFrame } from "./limbs.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Rig} Rig */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../rig.js").Pose} Pose */
/** @typedef {import("../rig.js").BoneName} BoneName */
/** @typedef {import("../motion/placement.js").HandTarget} HandTarget */
/** @typedef {import("../motion/placement.js").FootTarget} FootTarget */
/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./ground.js").Leg} Leg */
/** @typedef {{target: HandTarget, weight: number}} Hold   weight: 0 the arm is free .. 1 the hand is there */
/**
 * An arm that holds nothing.
 * @typedef {object} FreeArm
 * @property {Partial<Record<BoneName, Quat>>} rotations local
 * @property {Vec3} fist middle of the fist's tunnel, from the hip centre, stage axes, m
 * @property {Vec3} wrist
 * @property {Vec3} elbow
 * @property {Vec3} shoulder
 * @property {Quat} hand stage
 */

const ARM = /** @type {const} */ (["Shoulder", "Arm", "ForeArm", "Hand"]);
/** How far a hand at ease is closed. */
const AT_EASE = 0.25;

export class Poser {
  /** @param {Rig} rig */
  constructor(rig) {
    this.rig = rig;
    this.grips = { left: gripPoint(rig, "left"), right: gripPoint(rig, "right") };
    this.hipCentre = add(rig.heads.Hips, hipCentre(rig));
  }

  /** @param {Side} side @param {string} from @param {string} to @returns {number} length of a bone, m */
  #span(side, from, to) {
    return distance(this.rig.heads[bone(side, from)], this.rig.heads[bone(side, to)]);
  }

  /**
   * @param {Figure} figure @param {Side} side @param {boolean} absent @returns {Leg}
   */
  leg(figure, side, absent) {
    const { thigh, knee, foot } = figure.limbs[side];
    const pelvis = figure.pelvisTurn;
    const hip = rotate(pelvis, subtract(this.rig.heads[bone(side, "UpLeg")], this.hipCentre));
    const upper = multiply(pelvis, thigh.shown);
    const lower = shankFrame(pelvis, thigh.shown, hingeAngle(knee.shown, X));
    const kneeAt = add(hip, rotate(upper, [0, -this.#span(side, "UpLeg", "Leg"), 0]));
    const ankle = add(kneeAt, rotate(lower, [0, -this.#span(side, "Leg", "Foot"), 0]));
    return { hip, ankle, foot: multiply(lower, foot.shown), knee: rotate(upper, Z), absent };
  }

  /** @param {Figure} figure @param {Side} side @returns {FreeArm} */
  arm(figure, side) {
    const s = sign(side);
    const { upper_arm, elbow, hand } = figure.limbs[side];
    const chest = figure.spine.chest(figure.pelvisTurn, figure.bend);
    const lengths = [this.#span(side, "Arm", "ForeArm"), this.#span(side, "ForeArm", "Hand")];
    const upper = multiply(chest.quaternion, upper_arm.shown);
    const forearm = multiply(upper, elbow.shown);
    const along = scale(rotate(upper, X), s * lengths[0]);
    const on = scale(rotate(forearm, X), s * lengths[1]);
    const way = scale(add(along, on), 1 / (lengths[0] + lengths[1]));
    const { position: shoulder, girdle } = figure.spine.shoulder(chest, side, way);
    const { pronation, wrist } = limitHand(IDENTITY, hand.shown, side);
    const turned = multiply(multiply(forearm, axisAngle(X, pronation)), wrist);
    const elbowAt = add(shoulder, along);
    const wristAt = add(elbowAt, on);
    /** @type {Partial<Record<BoneName, Quat>>} */
    const rotations = {
      [bone(side, "Arm")]: multiply(conjugate(girdle), upper_arm.shown),
      [bone(side, "ForeArm")]: multiply(elbow.shown, axisAngle(X, pronation * FOREARM_TWIST)),
      [bone(side, "Hand")]: multiply(axisAngle(X, pronation * (1 - FOREARM_TWIST)), wrist),
    };
    if (this.rig.heads[bone(side, "Shoulder")]) rotations[bone(side, "Shoulder")] = girdle;
    const fist = add(wristAt, rotate(turned, this.grips[side]));
    return { rotations, fist, wrist: wristAt, elbow: elbowAt, shoulder, hand: turned };
  }

  /**
   * @param {Figure} figure
   * @param {{hips: Vec3, feet: Record<Side, FootTarget>, arms: Record<Side, FreeArm>, held: Partial<Record<Side,
   *   Hold>>}} where hips: middle between the hip
   *   joints; stage
   * @returns {{pose: Pose, missed: Record<string, number>}} missed: how far hands and feet are from where they are
   *   held, m
   */
  assemble(figure, { hips, feet, arms, held }) {
    const [flexion, rotation, right] = figure.bend;
    const { pose, missed } = solve(this.rig, {
      pelvis: { position: hips, quaternion: figure.pelvisTurn }, spine: { flexion, rotation, lateral: -right },
      head: figure.headTurn,
      left_hand: held.left?.target ?? hangingArm(), right_hand: held.right?.target ?? hangingArm(),
      left_foot: feet.left, right_foot: feet.right, equipment: [], phases: {}, contacts: [], origin: [0, 0, 0],
    });
    for (const side of SIDES) this.#free(pose, side, arms[side], held[side]);
    return { pose, missed };
  }

  /** @param {Pose} pose is changed @param {Side} side @param {FreeArm} arm @param {Hold} [hold] */
  #free(pose, side, arm, hold) {
    const weight = hold?.weight ?? 0;
    if (weight >= 1) return;
    for (const part of ARM) {
      const name = bone(side, part);
      if (!this.rig.heads[name]) continue;
      const free = arm.rotations[name] ?? IDENTITY;
      pose.rotations[name] = weight > 0 ? slerp(free, pose.rotations[name] ?? IDENTITY, weight) : free;
    }
    const closed = AT_EASE + ((hold?.target.closed ?? AT_EASE) - AT_EASE) * weight;
    for (const [name, turn] of fingers(side, closed)) if (this.rig.heads[name]) pose.rotations[name] = turn;
  }
}

