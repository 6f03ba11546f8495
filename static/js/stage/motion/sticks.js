/**
 * Crutch gaits and walking with a cane.
 *
 * What moves together (Pierson and Fairchild, "Principles and techniques of patient care"; O'Sullivan, "Physical rehabilitation"):
 *   four-point: right crutch, left foot, left crutch, right foot, one after the other;
 *   two-point: right crutch with left foot, then left crutch with right foot;
 *   three-point: both crutches (with the affected foot, or with it held up), then the other foot past them;
 *   swing-to, swing-through: both crutches, then both feet up to them or past them;
 *   cane: in the hand opposite the weaker leg, and put down with it.
 * @module
 */
import { createRandom } from "../random.js";
import { SIDES } from "../rig.js";
import { add, addScaled, cross, fromAxes, mix, normalize, rotate, subtract, X } from "../vectors.js";
import { createGait } from "./gait.js";
import { fist } from "./holding.js";
import { checked, requireAid, shoulderEstimate } from "./placement.js";
import { STEP_PER_STATURE, swingingArm, walkingBody } from "./walking.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("./placement.js").Geometry} Geometry */
/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {import("./placement.js").Contact} Contact */
/** @typedef {"two_point" | "three_point" | "four_point" | "swing_to" | "swing_through" | "cane"} GaitName */
/** @typedef {{lands: number, stance: number}} Slot */
/**
 * @typedef {object} StickGait
 * @property {Record<"weak_foot" | "strong_foot" | "weak_stick" | "strong_stick", Slot>} slots sticks by the side they are on; a
 *   cane is the strong side's, and the weak side's slot stays empty
 * @property {number} stride per stature
 * @property {number} seconds of a cycle, for legs of 0.9 m
 * @property {number} waits see Timetable
 * @property {number} lean of the trunk ahead, radians
 */

/** @param {number} from phase at which it leaves the floor @param {number} to at which it lands @returns {Slot} */
const swing = (from, to) => ({ lands: to, stance: 1 - (to - from) });

/** @type {Record<GaitName, StickGait>} */
const STICK_GAITS = {
  four_point: {
    slots: { strong_stick: swing(0, 0.19), weak_foot: swing(0.25, 0.45), weak_stick: swing(0.5, 0.69), strong_foot: swing(0.75, 0.95) },
    stride: 0.42, seconds: 3.4, waits: 0.4, lean: 0.1,
  },
  two_point: {
    slots: { strong_stick: swing(0.03, 0.44), weak_foot: swing(0.05, 0.44), weak_stick: swing(0.53, 0.94), strong_foot: swing(0.55, 0.94) },
    stride: 0.58, seconds: 1.7, waits: 0.15, lean: 0.08,
  },
  three_point: {
    slots: { strong_stick: swing(0.02, 0.4), weak_stick: swing(0.02, 0.4), weak_foot: swing(0.04, 0.4), strong_foot: swing(0.52, 0.92) },
    stride: 0.56, seconds: 1.75, waits: 0.2, lean: 0.12,
  },
  swing_to: {
    slots: { strong_stick: swing(0.02, 0.34), weak_stick: swing(0.02, 0.34), weak_foot: swing(0.48, 0.86), strong_foot: swing(0.48, 0.86) },
    stride: 0.3, seconds: 1.8, waits: 0.3, lean: 0.16,
  },
  swing_through: {
    slots: { strong_stick: swing(0.02, 0.38), weak_stick: swing(0.02, 0.38), weak_foot: swing(0.5, 0.92), strong_foot: swing(0.5, 0.92) },
    stride: 0.6, seconds: 1.6, waits: 0.1, lean: 0.12,
  },
  cane: {
    slots: { strong_stick: swing(0.04, 0.42), weak_foot: swing(0.04, 0.42), strong_foot: swing(0.56, 0.92), weak_stick: swing(0.5, 0.9) },
    stride: 0.62, seconds: 1.45, waits: 0.12, lean: 0.05,
  },
};

/** Tips stand this far outside the grips, m per stature (about 15 cm beside the foot). */
const TIP_OUT = 0.045;
/** Tips belong this far ahead of the hip joints, per stature. */
const TIP_AHEAD = 0.06;
const LIFT_M = 0.03;
/** How much of the tip's way ahead of the shoulder the hand goes along: arm and stick swing nearly as one. */
const ALONG = 0.42;
/** Leaning on a stick lifts the shoulder, radians. */
const SHRUG = 0.16;

/**
 * A stick whose tip stands somewhere and that points to something.
 * @param {Vec3} tip @param {Vec3} towards @returns {Quat} its y axis along the shaft, its z axis as far ahead as can be
 */
export function stickFrame(tip, towards) {
  const y = normalize(subtract(towards, tip));
  const z = normalize(cross(X, y));
  return fromAxes(cross(y, z), y, z);
}

/**
 * @typedef {object} Holder
 * @property {Body} body
 * @property {Geometry} stick
 * @property {Side} side
 */

/**
 * Stick and hand: the tip is given; the shaft leans to where the hand (or, with a pad, the armpit) is.
 * @param {Holder} holder @param {Vec3} tip @param {Omit<Placement, "left_hand" | "right_hand" | "equipment">} who
 */
function hold({ body, stick, side }, tip, { pelvis, spine }) {
  const s = side === "left" ? 1 : -1;
  const shoulder = shoulderEstimate(body, pelvis, spine, side);
  const grip = stick.parts.grip.position;
  const arm = body.upper_arm_m + body.forearm_m;
  // Under the armpit, between arm and chest; or beside the hip, from where the hand goes along with the tip.
  const along = (stick.parts.cuff ? ALONG : 0.7 * ALONG) * (tip[2] - shoulder[2]);
  const towards = /** @type {Vec3} */ (stick.parts.pad
    ? add(shoulder, [-0.012 * s * body.stature_m, -0.06 * body.stature_m, 0.005])
    : [shoulder[0] + s * 0.03 * body.stature_m, tip[1] + grip[1], shoulder[2] + 0.11 * arm + along]);
  const quaternion = stickFrame(tip, towards);
  const held = add(tip, rotate(quaternion, grip));
  const thumb = rotate(quaternion, [0, 0, 1]);
  const hand = fist(side, held, { thumb, extension: 0.7, shrug: SHRUG, elbow: [0.4 * s, -0.3, -0.9] });
  if (stick.parts.cuff) {
    // The forearm lies in the cuff: the elbow is on the way from grip to cuff, and beyond.
    const cuff = subtract(add(tip, rotate(quaternion, stick.parts.cuff.position)), held);
    const elbow = addScaled(held, normalize(cuff), body.forearm_m + 0.5 * body.hand_m);
    const [, , back] = subtract(elbow, mix(shoulder, held, 0.5));
    hand.elbow = [0.1 * s, -0.2, Math.min(-0.1, back)];
  }
  return { hand, place: { position: tip, quaternion, travel_left_m: 0, travel_right_m: 0 } };
}

/**
 * @param {Body} body @param {GaitName} name @param {Side} weak
 * @param {{stride_m: number, cycle_s: number, lifted: boolean}} size
 * @returns {import("./gait.js").Timetable}
 */
function timetable(body, name, weak, { stride_m, cycle_s, lifted }) {
  const { slots, waits } = STICK_GAITS[name];
  const strong = weak === "left" ? "right" : "left";
  const long = Math.min(1, stride_m / (2 * STEP_PER_STATURE * body.stature_m));
  const both = name === "swing_to" || name === "swing_through";
  const shape = {
    ahead_m: -0.3 * body.foot_ball_m, width_m: (both ? 0.6 : 0.5) * body.hip_joint_distance_m,
    heel_pitch: 0.3 * long, toe_pitch: (both ? 0.35 : 0.8) * long, rise_from: both ? 0.8 : 0.6, clearance_m: 0.015,
  };
  const feet = /** @type {Record<Side, import("./gait.js").Foot>} */ ({
    [weak]: { ...shape, ...slots.weak_foot, lifted }, [strong]: { ...shape, ...slots.strong_foot },
  });
  const ahead_m = TIP_AHEAD * body.stature_m;
  /** @param {Slot} slot */
  const aid = (slot) => ({ ...slot, ahead_m, lift_m: LIFT_M });
  /** @type {Record<string, import("./gait.js").Aid>} */
  const aids = { [strong]: aid(slots.strong_stick) };
  if (name !== "cane") aids[weak] = aid(slots.weak_stick);
  if (name === "swing_to") {
    // Crutches and feet end on one line, the feet a little behind it.
    const line = stride_m;
    for (const side of SIDES) {
      aids[side].home_m = line + ahead_m;
      feet[side].home_m = line + shape.ahead_m;
    }
  }
  return { cycle_s, stride_m, feet, aids, waits, leans: both ? 0 : 0.35 };
}

/** @param {GaitName} gaitName @returns {(options: StickOptions) => Motion} */
const gaitOf = (gaitName) => (options) => stickGait(gaitName, options);

/**
 * @typedef {object} StickOptions
 * @property {Body} body
 * @property {Geometry[]} equipment two crutches, left then right; or one cane
 * @property {number | string} seed
 * @property {number} [speed_m_s]
 * @property {Side} [weak_side] the affected leg
 * @property {"none" | "partial"} [bearing] three-point: whether the affected foot is put down with the crutches
 */

/**
 * @param {GaitName} gaitName @param {StickOptions} options
 * @returns {Motion}
 */
function stickGait(gaitName, { body, equipment, seed, speed_m_s, weak_side = "left", bearing = "none" }) {
  if (!SIDES.includes(weak_side)) throw new RangeError(`weak_side: expected left or right, got ${weak_side}`);
  if (bearing !== "none" && bearing !== "partial") throw new RangeError(`bearing: expected none or partial, got ${String(bearing)}`);
  const strong = weak_side === "left" ? "right" : "left";
  const name = gaitName === "cane" ? "cane_walk" : `crutch_${gaitName}`;
  const sides = gaitName === "cane" ? [strong] : SIDES;
  const holders = sides.map((side, index) => (
    { body, stick: requireAid(equipment, index, ["grip", "tip"], name), side: /** @type {Side} */ (side), index }));
  const random = createRandom(seed).fork(name);
  const { stride, seconds, lean } = STICK_GAITS[gaitName];
  const usual_stride = stride * body.stature_m * random.uniform(0.95, 1.05);
  const usual_cycle = seconds * Math.sqrt(body.hip_height_m / 0.9) * random.uniform(0.95, 1.05);
  const speed = checked(speed_m_s ?? usual_stride / usual_cycle, "speed_m_s", [0.1, 1.6]);
  // Stride and cadence share a wished speed evenly, but arms do not reach for more than a fifth longer strides.
  const stride_m = usual_stride * Math.min(1.2, Math.sqrt((speed * usual_cycle) / usual_stride));
  const cycle_s = stride_m / speed;
  const lifted = gaitName === "three_point" && bearing === "none";
  const gait = createGait(body, timetable(body, gaitName, weak_side, { stride_m, cycle_s, lifted }));
  const out = body.shoulder[0] + TIP_OUT * body.stature_m;
  const swingSize = 0.4 / (STEP_PER_STATURE * body.stature_m);
  return {
    name, duration_s: cycle_s, cyclic: true, advance_m: stride_m,
    facts: { speed_m_s: stride_m / cycle_s, stride_m, weak_side, ...(gaitName === "three_point" ? { bearing } : {}) },
    at(t_s) {
      const phase = t_s / cycle_s;
      const walk = walkingBody(gait, phase, { lean, counter: 0.3 });
      const split = gait.split(phase);
      /** @type {Pick<Placement, "left_hand" | "right_hand">} */
      const hands = { left_hand: swingingArm(split, swingSize), right_hand: swingingArm(-split, swingSize) };
      /** @type {Placement["equipment"]} */
      const placed = [];
      for (const holder of holders) {
        const { z, y, down } = gait.aid(holder.side, phase);
        const s = holder.side === "left" ? 1 : -1;
        const { hand, place } = hold(holder, [s * out, y, z], walk);
        hands[`${holder.side}_hand`] = hand;
        placed.push({ index: holder.index, ...place });
        walk.contacts.push({ limb: `${holder.side}_hand`, part: "grip", equipment: holder.index });
        walk.phases[`${holder.side}_stick`] = down ? "down" : "swing";
      }
      return { ...walk, ...hands, equipment: placed };
    },
  };
}

export const crutchTwoPoint = gaitOf("two_point");
export const crutchThreePoint = gaitOf("three_point");
export const crutchFourPoint = gaitOf("four_point");
export const crutchSwingTo = gaitOf("swing_to");
export const crutchSwingThrough = gaitOf("swing_through");
export const caneWalk = gaitOf("cane");
