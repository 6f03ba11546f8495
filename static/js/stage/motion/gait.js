/**
 * Going on foot, with or without supports: a timetable of what swings when, and a body that follows.
 *
 * A gait is a table: for each foot and each aid when it lands, how long it stays, how far ahead of the body. All of them go
 * one stride per cycle. From the table follow the body's way, its sideways and upward sway, and the pelvis.
 * @module
 */
import { clamp, fromPitchYawRoll, rotate } from "../vectors.js";
import { SIDES } from "../rig.js";
import { bump, ease, harmonic, wrap } from "./curves.js";
import { createStep } from "./feet.js";
import { facing } from "./placement.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./placement.js").FootTarget} FootTarget */
/** @typedef {import("./feet.js").StepShape} StepShape */
/**
 * @typedef {object} Support a foot's or an aid's line in the timetable
 * @property {number} lands phase of the cycle at which it meets the floor
 * @property {number} stance share of the cycle that it stays there
 * @property {number} ahead_m where it belongs, ahead of the body's even way
 * @property {number} [home_m] where it stands after it landed in cycle 0; by default so that it is `ahead_m` on average
 */
/** @typedef {Support & Partial<StepShape> & {width_m: number, lifted?: boolean}} Foot   width: from the middle, outward; lifted: never put down */
/** @typedef {Support & {lift_m: number}} Aid */
/**
 * @typedef {object} Timetable
 * @property {number} cycle_s
 * @property {number} stride_m
 * @property {Record<Side, Foot>} feet
 * @property {Record<string, Aid>} [aids]
 * @property {number} [waits] 0: the body goes on evenly; 1: it goes where its supports are
 * @property {number} [leans] how far the body goes sideways over what carries it, 0..1
 * @property {number} [straight] greatest extension of a standing leg, share of its length
 */
/**
 * @typedef {object} Walker
 * @property {Timetable} table
 * @property {(phase: number) => {position: Vec3, quaternion: import("../vectors.js").Quat, yaw: number, roll: number}} pelvis
 * @property {(side: Side, phase: number) => FootTarget & {point: "heel" | "flat" | "ball" | null}} foot
 * @property {(name: string, phase: number) => {z: number, y: number, down: boolean}} aid its point on the floor
 * @property {(phase: number) => number} split how far the left foot is ahead of the right, smoothed, m
 */

/** Toes point outward by this much, radians (Perry and Burnfield, "Gait analysis": about 7 degrees). */
const TOE_OUT = 0.12;
/** Pelvic rotation per metre that one foot is ahead: 5 degrees at a step of 0.7 m (Perry and Burnfield). */
const YAW_PER_METRE = 0.125;
/** Pelvic drop to the swinging side, radians: 4 degrees (as above). */
const DROP = 0.06;
const STEP = { heel_pitch: 0.3, toe_pitch: 0.85, clearance_m: 0.012 };

/** @param {Support} support @param {number} phase @returns {number} 0..1, how much it carries: less just after landing and before leaving */
function load({ lands, stance }, phase) {
  const at = wrap(phase - lands);
  if (at >= stance) return 0;
  const ramp = Math.min(0.1, stance / 4);
  return ease(at / ramp) * ease((stance - at) / ramp);
}

/**
 * @param {Body} body @param {Timetable} table
 * @returns {Walker}
 */
export function createGait(body, table) {
  const { stride_m, feet, aids = {}, waits = 0.15, leans = 0.25 } = table;
  const step = Object.fromEntries(SIDES.map((side) => [side, createStep(body, { ...STEP, ...feet[side], stride_m })]));
  /** Where a support stands after it landed in cycle 0. @param {Support} support */
  const home = ({ lands, stance, ahead_m, home_m }) => home_m ?? ahead_m + stride_m * (lands + stance / 2);
  /** @param {Side} side @param {number} phase */
  const footState = (side, phase) => {
    const foot = feet[side];
    const state = step[side](phase - foot.lands);
    return { ...state, z: state.z + home(foot) };
  };
  /** @param {string} name @param {number} phase */
  const aid = (name, phase) => {
    const { lands, stance, lift_m } = aids[name];
    const since = phase - lands;
    const at = wrap(since);
    const u = Math.max(0, (at - stance) / (1 - stance));
    const z = home(aids[name]) + stride_m * (Math.floor(since) + ease(u));
    return { z, y: lift_m * bump(u), down: at <= stance };
  };
  /** @param {Support} support @param {number} phase @returns {number} where it stands, from where it belongs, m */
  const standsAt = (support, phase) =>
    home(support) - support.ahead_m + stride_m * (Math.floor(phase - support.lands) - phase);
  const carried = [
    ...SIDES.filter((side) => !feet[side].lifted).map((side) => ({
      support: feet[side], x: (side === "left" ? 1 : -1) * feet[side].width_m,
    })),
    ...Object.values(aids).map((support) => ({ support, x: 0 })),
  ];
  /** @param {(item: typeof carried[number], phase: number) => number} value */
  const mean = (value) => (/** @type {number} */ phase) => {
    let [sum, total] = [0, 1e-6];
    for (const item of carried) {
      const weight = load(item.support, phase);
      sum += weight * value(item, phase);
      total += weight;
    }
    return sum / total;
  };
  const surge = harmonic(mean(({ support }, phase) => standsAt(support, phase)), 4);
  const shift = harmonic(mean(({ x }) => x), 3);
  const split = harmonic((phase) => footState("left", phase).z - footState("right", phase).z, 3);
  const drop = harmonic((phase) => load(feet.left, phase) - load(feet.right, phase), 3);
  /** @param {number} phase */
  const flat = (phase) => {
    const oneLeg = feet.left.lifted || feet.right.lifted;
    const yaw = oneLeg ? 0 : -YAW_PER_METRE * split(phase);
    const roll = oneLeg ? 0 : DROP * drop(phase);
    const x = leans * shift(phase);
    return { x, z: stride_m * phase + waits * surge(phase), yaw, roll, turn: fromPitchYawRoll(0, yaw, roll) };
  };
  const height = pelvisHeight(body, table, flat, footState);
  return {
    table,
    split,
    aid,
    pelvis: (phase) => {
      const { x, z, yaw, roll, turn } = flat(phase);
      return { position: [x, height(phase), z], quaternion: turn, yaw, roll };
    },
    foot: (side, phase) => (feet[side].lifted
      ? hangingFoot(body, side, { ...flat(phase), y: height(phase) })
      : footTarget(body, side, feet[side].width_m, footState(side, phase))),
  };
}

/**
 * @param {Body} body @param {Side} side @param {number} width @param {import("./feet.js").FootState} state
 * @returns {FootTarget & {point: "heel" | "flat" | "ball" | null}}
 */
export function footTarget(body, side, width, { z, roll, y, pitch, toes, point }) {
  const s = side === "left" ? 1 : -1;
  const quaternion = fromPitchYawRoll(-pitch, s * TOE_OUT, 0);
  // The foot goes straight ahead but rolls in the direction of its toes.
  const x = s * (width + Math.sin(TOE_OUT) * roll);
  const ahead = z - (1 - Math.cos(TOE_OUT)) * roll;
  const sole = rotate(quaternion, [0, -body.ankle_height_m, 0]);
  return {
    position: [x + sole[0], y + sole[1], ahead + sole[2]], quaternion, toes, point,
    knee: rotate(facing(s * TOE_OUT), [0, 0.2, 1]),
  };
}

/**
 * A foot that is kept off the floor: thigh a little ahead, shank back.
 * @param {Body} body @param {Side} side @param {{x: number, y: number, z: number}} pelvis
 * @returns {FootTarget & {point: null}}
 */
function hangingFoot(body, side, { x, y, z }) {
  const s = side === "left" ? 1 : -1;
  const [thigh, shank] = [0.3, 0.85]; // radians ahead and back of the vertical
  const quaternion = fromPitchYawRoll(0.55, s * TOE_OUT, 0);
  const sole = rotate(quaternion, [0, -body.ankle_height_m, 0]);
  const ankle = [
    x + (s * body.hip_joint_distance_m) / 2,
    y - body.thigh_m * Math.cos(thigh) - body.shank_m * Math.cos(shank),
    z + body.thigh_m * Math.sin(thigh) - body.shank_m * Math.sin(shank),
  ];
  const position = /** @type {Vec3} */ ([ankle[0] + sole[0], ankle[1] + sole[1], ankle[2] + sole[2]]);
  return { position, quaternion, toes: 0, point: null, knee: [0, 0.2, 1] };
}

/**
 * The pelvis is as high as the standing legs let it, smoothed and low enough that none is overstretched.
 * @param {Body} body @param {Timetable} table
 * @param {(phase: number) => {x: number, z: number, turn: import("../vectors.js").Quat}} flat
 * @param {(side: Side, phase: number) => import("./feet.js").FootState} footState
 * @returns {(phase: number) => number} m
 */
function pelvisHeight(body, { feet, straight = 0.995 }, flat, footState) {
  const reach = straight * (body.thigh_m + body.shank_m);
  const upright = body.ankle_height_m + reach;
  /** @param {number} phase */
  const allowed = (phase) => {
    const { x, z, turn } = flat(phase);
    let lowest = upright;
    for (const side of SIDES) {
      if (feet[side].lifted) continue;
      const { z: footZ, y } = footState(side, phase);
      const s = side === "left" ? 1 : -1;
      const hip = rotate(turn, [(s * body.hip_joint_distance_m) / 2, 0, 0]);
      const [dx, dz] = [x + hip[0] - s * feet[side].width_m, z + hip[2] - footZ];
      lowest = Math.min(lowest, y + Math.sqrt(Math.max(0, reach ** 2 - dx ** 2 - dz ** 2)) - hip[1]);
    }
    return lowest;
  };
  const smooth = harmonic(allowed, 4);
  let excess = -Infinity;
  for (let k = 0; k < 200; k++) excess = Math.max(excess, smooth(k / 200) - allowed(k / 200));
  // A standing leg may be a little straighter than wished, but never overstretched.
  const slack = clamp(0.997 - straight, 0, 0.005) * (body.thigh_m + body.shank_m);
  return (phase) => smooth(phase) - Math.max(0, excess - slack);
}
