/**
 * Walking without aids, and behind a wheelchair.
 *
 * Proportions: a step of 0.41 of the stature at the preferred speed, stance 60 % of the cycle, toes out by 7 degrees, arms against the
 * legs (Perry and Burnfield, "Gait analysis", 2010). Step length and cadence both go with the square root of speed: the walk
 * ratio stays (Sekiya and Nagasaki 1998).
 * @module
 */
import { fromPitchYawRoll } from "../vectors.js";
import { createRandom } from "../random.js";
import { createGait } from "./gait.js";
import { checked } from "./placement.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {import("./placement.js").FreeArm} FreeArm */
/** @typedef {import("./gait.js").Walker} Walker */
/** @typedef {import("./gait.js").Timetable} Timetable */

export const STEP_PER_STATURE = 0.41;
/** Steps a second of an adult of 1.7 m: 112 a minute; with legs of other length as a pendulum's. */
const STEPS_PER_SECOND = 1.87;
const STANCE = 0.61;
const GRAVITY = 9.81;

/**
 * Step and cycle at a speed.
 * @param {Body} body @param {number} [speed_m_s] preferred when absent
 * @returns {{stride_m: number, cycle_s: number, speed_m_s: number}}
 */
export function pace(body, speed_m_s) {
  const step = STEP_PER_STATURE * body.stature_m;
  const rate = STEPS_PER_SECOND * Math.sqrt(0.87 / body.hip_height_m);
  const preferred = step * rate;
  const speed = speed_m_s ?? preferred;
  // Froude number 0.5 is where people begin to run (Alexander 1984).
  checked(speed, "speed_m_s", [0.1, Math.sqrt(0.5 * GRAVITY * body.hip_height_m)]);
  const factor = Math.sqrt(speed / preferred);
  return { stride_m: 2 * step * factor, cycle_s: 2 / (rate * factor), speed_m_s: speed };
}

/**
 * The timetable of plain walking.
 * @param {Body} body @param {{stride_m: number, cycle_s: number}} pace @returns {Timetable}
 */
export function walkingTable(body, { stride_m, cycle_s }) {
  // At mid-stance the middle of the foot, not the ankle, is below the body.
  const ahead_m = -0.65 * body.foot_ball_m;
  // Short steps are flatter.
  const size = Math.min(1, stride_m / (2 * STEP_PER_STATURE * body.stature_m));
  const foot = {
    stance: STANCE, ahead_m, width_m: 0.42 * body.hip_joint_distance_m, heel_pitch: 0.31 * size, toe_pitch: 0.87 * size, rise_from: 0.5,
  };
  return { cycle_s, stride_m, feet: { left: { ...foot, lands: 0 }, right: { ...foot, lands: 0.5 } }, waits: 0.12, leans: 0.3 };
}

/**
 * Feet, pelvis and trunk of somebody walking; arms are the caller's.
 * @param {Walker} gait @param {number} phase @param {{lean: number, counter: number}} trunk   lean: forward bend; counter: how much
 *   the trunk turns against the pelvis
 * @returns {Omit<Placement, "left_hand" | "right_hand" | "equipment">}
 */
export function walkingBody(gait, phase, { lean, counter }) {
  const pelvis = gait.pelvis(phase);
  const left = gait.foot("left", phase);
  const right = gait.foot("right", phase);
  const { stride_m } = gait.table;
  /** @type {Placement["contacts"]} */
  const contacts = [];
  if (left.point) contacts.push({ limb: "left_foot", part: "floor", equipment: null, point: left.point });
  if (right.point) contacts.push({ limb: "right_foot", part: "floor", equipment: null, point: right.point });
  const tilt = 0.05;
  return {
    pelvis: { position: pelvis.position, quaternion: fromPitchYawRoll(tilt, pelvis.yaw, pelvis.roll) },
    spine: { flexion: lean - tilt, lateral: pelvis.roll * 0.8, rotation: -(1 + counter) * pelvis.yaw },
    head: fromPitchYawRoll(lean * 0.4, 0, 0),
    left_foot: left, right_foot: right, contacts,
    phases: { left_foot: left.point ? `stance: ${left.point}` : "swing", right_foot: right.point ? `stance: ${right.point}` : "swing" },
    origin: [0, 0, stride_m * phase],
  };
}

/**
 * An arm that swings against its leg.
 * @param {number} split how far the leg on the arm's side is ahead, m @param {number} size   of the swing, radians per metre
 * @returns {FreeArm}
 */
export function swingingArm(split, size) {
  const forward = -split * size;
  return {
    angles: { flexion: forward - 0.04, abduction: 0.13, rotation: 0.3, elbow: 0.36 + 0.45 * forward, pronation: 0.35 },
    closed: 0.3,
  };
}

/**
 * @param {{body: Body, seed: number | string, speed_m_s?: number}} options
 * @returns {Motion}
 */
export function walking({ body, seed, speed_m_s }) {
  const random = createRandom(seed).fork("walking");
  const chosen = pace(body, speed_m_s);
  const vary = random.uniform(0.97, 1.03); // longer and slower, or shorter and quicker, at the same speed
  const table = walkingTable(body, { stride_m: chosen.stride_m * vary, cycle_s: chosen.cycle_s * vary });
  const gait = createGait(body, table);
  const swing = random.uniform(0.42, 0.58) / (STEP_PER_STATURE * body.stature_m);
  const [strong, weak] = [random.uniform(0.95, 1.1), random.uniform(0.85, 1)];
  const lean = random.uniform(0.02, 0.07);
  const start = random.uniform();
  return {
    name: "walking", duration_s: table.cycle_s, cyclic: true, advance_m: table.stride_m,
    facts: {
      speed_m_s: chosen.speed_m_s, step_length_m: table.stride_m / 2, cadence_steps_min: 120 / table.cycle_s,
      stance_share: STANCE, double_support_share: 2 * (STANCE - 0.5),
    },
    at(t_s) {
      const phase = t_s / table.cycle_s + start;
      const split = gait.split(phase - 0.02);
      return rebased({
        ...walkingBody(gait, phase, { lean, counter: 1 }),
        left_hand: swingingArm(split, swing * strong), right_hand: swingingArm(-split, swing * weak), equipment: [],
      }, table.stride_m * start);
    },
  };
}

/**
 * The same placement, moved back along the way.
 * @param {Placement} placement @param {number} by m @returns {Placement}
 */
export function rebased(placement, by) {
  /** @type {<T extends {position: import("../vectors.js").Vec3}>(item: T) => T} */
  const moved = (item) => ({ ...item, position: [item.position[0], item.position[1], item.position[2] - by] });
  /** @type {<T>(hand: T) => T} */
  const hand = (item) => (item && typeof item === "object" && "position" in item ? moved(/** @type {any} */ (item)) : item);
  return {
    ...placement,
    pelvis: moved(placement.pelvis), left_foot: moved(placement.left_foot), right_foot: moved(placement.right_foot),
    left_hand: hand(placement.left_hand), right_hand: hand(placement.right_hand), equipment: placement.equipment.map(moved),
    origin: [placement.origin[0], placement.origin[1], placement.origin[2] - by],
  };
}

