/**
 * The person's joints over time: measured from what is seen, smoothed, kept still where nothing is believed.
 * @module
 */
import { landmarksOf } from "../../pose/limbs.js";
import { SIDES } from "../rig.js";
import {
  axisAngle, conjugate, fromRotationVector, length, mix, multiply, normalize, rotate, scale, subtract,
  toRotationVector, unrotate, X, Y, Z,
} from "../vectors.js";
import { sign } from "../angles.js";
import { Joint } from "./joint.js";
import { Arm, hangingKnee, hingeAngle, measureFoot, measureLeg, shankFrame, way } from "./limbs.js";
import { approach } from "./smooth.js";
import { headTurn, Spine, standingPelvis, trunkFrame, trunkUp, yawOf } from "./torso.js";
import { NEEDED, needed } from "./trust.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Rig} Rig */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./trust.js").Trusted} Trusted */
/** @typedef {import("./rest.js").Turns} Turns */
/** @typedef {import("./rest.js").LimbPart} LimbPart */
/** @typedef {import("./smooth.js").Calm} Calm */

/** @type {Record<"pelvis" | "spine" | "head" | LimbPart, Calm>} */
const CALM = {
  pelvis: { cutoff_hz: 0.8, gain: 14, lever_m: 0.2 },
  spine: { cutoff_hz: 0.8, gain: 14, lever_m: 0.3 },
  head: { cutoff_hz: 0.8, gain: 14, lever_m: 0.12 },
  upper_arm: { cutoff_hz: 0.8, gain: 14, lever_m: 0.3 },
  elbow: { cutoff_hz: 0.8, gain: 14, lever_m: 0.3 },
  hand: { cutoff_hz: 0.8, gain: 14, lever_m: 0.08 },
  thigh: { cutoff_hz: 0.8, gain: 14, lever_m: 0.4 },
  knee: { cutoff_hz: 0.8, gain: 14, lever_m: 0.4 },
  foot: { cutoff_hz: 0.8, gain: 14, lever_m: 0.16 },
};
const PARTS = /** @type {const} */ (["upper_arm", "elbow", "hand", "thigh", "knee", "foot"]);
/** Without hips the trunk comes upright in about this time, s; with them again it is followed within the second. */
const UPRIGHT_S = 1.5;
const SEEN_S = 0.15;
/** Over which the length of the person's arm is averaged, s. */
const ARM_S = 2;

/** @param {Turns} rest @returns {Record<Side, Record<LimbPart, Joint>>} */
function limbJoints(rest) {
  const [left, right] = SIDES.map((side) => (
    /** @type {Record<LimbPart, Joint>} */
    (Object.fromEntries(PARTS.map((part) => [part, new Joint(CALM[part], rest[side][part])])))));
  return { left, right };
}

export class Figure {
  /** Of the chest, as shown, stage. @type {Quat} */ chest;
  /** As shown. @type {Quat} */ pelvisTurn;
  /** Shoulder to wrist in arm lengths, stage axes; null: not seen. @type {Record<Side, Vec3 | null>} */
  ways = { left: null, right: null };
  /** As measured, from the hip centre, at the character's size; null: not seen. @type {Record<Side, Vec3 | null>} */
  wrists = { left: null, right: null };
  /** @type {Vec3 | null} */ #up = null;
  /** Of the person's straight arm, averaged; null: not yet seen. @type {number | null} */ arm_m = null;

  /** @param {Rig} rig @param {Turns} rest @param {import("./habits.js").Habits} habits */
  constructor(rig, rest, habits) {
    this.habits = habits;
    this.spine = new Spine(rig);
    this.pelvisJoint = new Joint(CALM.pelvis, rest.pelvis);
    this.spineJoint = new Joint(CALM.spine, rest.spine);
    this.headJoint = new Joint(CALM.head, rest.head);
    this.limbs = limbJoints(rest);
    this.arms = { left: new Arm("left", rig), right: new Arm("right", rig) };
    this.pelvisTurn = rest.pelvis;
    this.chest = multiply(rest.pelvis, rest.spine);
  }

  /** Another person, or the same after a gap: come from what is shown. */
  reset() {
    const joints = SIDES.flatMap((side) => Object.values(this.limbs[side]));
    for (const joint of [this.pelvisJoint, this.spineJoint, this.headJoint, ...joints]) joint.reset();
    for (const side of SIDES) this.arms[side].reset();
    this.#up = null;
    this.arm_m = null;
  }

  /**
   * The pelvis as it would be standing; call it first.
   * @param {Points["at"]} at @param {Trusted} trusted @param {Turns} rest @param {number} dt s @returns {Quat}
   */
  pelvis(at, trusted, rest, dt) {
    const hips = trusted(...NEEDED.torso);
    if (trusted(...NEEDED.shoulders)) {
      const up = trunkUp(at, hips);
      this.#up = this.#up ? normalize(mix(this.#up, up, approach(hips ? SEEN_S : UPRIGHT_S, dt)), up) : up;
      if (hips) this.#up = up;
    }
    const measured = hips && this.#up ? standingPelvis(at, this.#up) : null;
    return this.pelvisJoint.update(measured, axisAngle(Y, yawOf(rest.pelvis)), dt);
  }

  /**
   * Spine, head and limbs over the pelvis that is shown.
   * @param {Quat} pelvis @param {{at: Points["at"], trusted: Trusted, gone: ReadonlySet<string>, rest: Turns, dt:
   *   number}} seen
   */
  update(pelvis, seen) {
    const { at, trusted, rest, dt } = seen;
    this.pelvisTurn = pelvis;
    for (const side of SIDES) this.#reach(side, seen);
    const shoulders = trusted(...NEEDED.shoulders) && this.#up;
    const bend = shoulders ? fromRotationVector(this.spine.fit(pelvis, trunkFrame(at, shoulders), this.ways)) : null;
    this.chest = multiply(pelvis, this.spineJoint.update(bend, rest.spine, dt));
    const face = trusted(...NEEDED.head) ? headTurn(at, this.habits.face_slope_rad) : null;
    const head = face && multiply(conjugate(this.chest), face);
    this.headJoint.update(head, rest.head, dt);
    for (const side of SIDES) {
      this.#arm(side, seen);
      this.#leg(side, seen);
    }
  }

  /** As shown, stage. @returns {Quat} */
  get headTurn() {
    return multiply(this.chest, this.headJoint.shown);
  }

  /** @returns {Vec3} flexion, rotation, bend to the right; radians */
  get bend() {
    return toRotationVector(this.spineJoint.shown);
  }

  /** @param {Side} side @param {{at: Points["at"], trusted: Trusted, dt: number}} seen */
  #reach(side, { at, trusted, dt }) {
    this.ways[side] = null;
    this.wrists[side] = null;
    if (!trusted(...needed(side, "upper_arm"), ...needed(side, "forearm"))) return;
    const [shoulder, elbow, wrist] = ["shoulder", "elbow", "wrist"].map((name) => (
      /** @type {Vec3} */ (at[`${side}_${name}`])));
    const straight = length(subtract(elbow, shoulder)) + length(subtract(wrist, elbow));
    if (straight === 0) return;
    this.arm_m = this.arm_m === null ? straight : this.arm_m + (straight - this.arm_m) * approach(ARM_S, dt);
    this.ways[side] = scale(subtract(wrist, shoulder), 1 / straight);
    this.wrists[side] = scale(wrist, this.spine.arm_m / this.arm_m);
  }

  /**
   * @param {Side} side
   * @param {{at: Points["at"], trusted: Trusted, gone: ReadonlySet<string>, rest: Turns, dt: number}} seen
   */
  #arm(side, { at, trusted, gone, rest, dt }) {
    const joints = this.limbs[side];
    const upper = trusted(...needed(side, "upper_arm"));
    const fore = upper && trusted(...needed(side, "forearm"));
    const hand = fore && trusted(...needed(side, "hand"));
    const into = (/** @type {Vec3} */ v) => unrotate(this.chest, v);
    const on = fore ? into(way(at, side, "elbow", "wrist")) : null;
    const turns = upper ? this.arms[side].measure(into(way(at, side, "shoulder", "elbow")), on, dt) : null;
    const elbow = fore && turns ? axisAngle(Y, -sign(side) * turns.elbow) : null;
    const palm = hand && turns ? this.arms[side].hand(turns.forearm, at, this.chest) : null;
    joints.upper_arm.update(turns && turns.upper, rest[side].upper_arm, dt, gone.has(`${side}_elbow`));
    joints.elbow.update(elbow, rest[side].elbow, dt, gone.has(`${side}_wrist`));
    joints.hand.update(palm, rest[side].hand, dt, gone.has(`${side}_index`));
  }

  /**
   * @param {Side} side
   * @param {{at: Points["at"], trusted: Trusted, gone: ReadonlySet<string>, rest: Turns, dt: number}} seen
   */
  #leg(side, { at, trusted, gone, rest, dt }) {
    const joints = this.limbs[side];
    const thigh = trusted(...needed(side, "thigh"));
    const shank = thigh && trusted(...needed(side, "shank"));
    const foot = shank && trusted(...needed(side, "foot"));
    /** @param {string} from @param {string} to */
    const into = (from, to) => unrotate(this.pelvisTurn, way(at, side, from, to));
    const outward = axisAngle(Z, sign(side) * this.habits.thigh_in_rad);
    const turns = thigh
      ? measureLeg(side, {
        thigh: rotate(outward, into("hip", "knee")), shank: shank ? into("knee", "ankle") : null,
        foot: foot ? into("heel", "foot_index") : null,
      }, this.habits.knee_bend_rad)
      : null;
    const shownThigh = joints.thigh.update(turns && turns.thigh, rest[side].thigh, dt, gone.has(`${side}_knee`));
    const hangs = thigh ? axisAngle(X, hangingKnee(this.pelvisTurn, shownThigh)) : rest[side].knee;
    const knee = turns && shank ? axisAngle(X, turns.knee) : null;
    const shownKnee = joints.knee.update(knee, hangs, dt, gone.has(`${side}_ankle`));
    const frame = shankFrame(this.pelvisTurn, shownThigh, hingeAngle(shownKnee, X));
    const sole = foot ? measureFoot(frame, way(at, side, "heel", "foot_index"), this.habits.foot_slope_rad) : null;
    joints.foot.update(sole, rest[side].foot, dt, gone.has(`${side}_heel`));
  }
}

/** @param {Iterable<string>} limbs @returns {ReadonlySet<string>} their landmarks */
export const goneWith = (limbs) => landmarksOf(limbs);
