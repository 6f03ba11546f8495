/**
 * Walking with a walker (a frame that is lifted and put down) or a rollator (one that rolls).
 *
 * Step-to gait with a walker: the frame goes ahead, then the weaker foot steps into it, then the other comes up beside it (Pierson and
 * Fairchild, "Principles and techniques of patient care"). With a rollator one walks on, with shorter steps and more of the cycle on
 * both feet, the trunk a little ahead.
 * @module
 */
import { createRandom } from "../random.js";
import { SIDES } from "../rig.js";
import { createGait } from "./gait.js";
import { fist, standoff } from "./holding.js";
import { checked, partPosition, requireAid } from "./placement.js";
import { pace, rebased, walkingBody, walkingTable } from "./walking.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("./placement.js").Geometry} Geometry */
/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {import("./placement.js").Contact} Contact */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {{body: Body, equipment: Geometry[], seed: number | string, speed_m_s?: number}} Options */

const GRIPS = SIDES.map((side) => `${side}_grip`);
const CONTACTS = SIDES.map((side) => /** @type {Contact} */ ({ limb: `${side}_hand`, part: `${side}_grip`, equipment: 0 }));
const NO_TURN = /** @type {const} */ ([0, 0, 0, 1]);

/** Elbows bent by 15 to 30 degrees, as frames are adjusted. */
const ROLLING = { stretch: 0.93, lean: 0.13 };
const STEPPING = { stretch: 0.88, lean: 0.16 };
/** Walker: step of the frame per stature, and its lift, m. */
const STEP = 0.19;
const LIFT_M = 0.035;
/** Seconds a step-to cycle takes for a leg of 0.9 m. */
const STEP_TO_S = 2.9;

/**
 * Both hands on the grips of a frame that stands at `z`.
 * @param {Geometry} frame @param {import("../vectors.js").Vec3} position of its origin
 */
function onGrips(frame, position) {
  const at = { position, quaternion: NO_TURN };
  const [left_hand, right_hand] = SIDES.map((side) => (
    fist(side, partPosition(frame, `${side}_grip`, at), { shrug: 0.08, extension: 0.65, thumb: [0, 0.25, 1] })));
  const travel = position[2];
  const equipment = [{ index: 0, ...at, travel_left_m: travel, travel_right_m: travel }];
  return { left_hand, right_hand, equipment };
}

/**
 * @param {Options} options
 * @returns {Motion}
 */
export function rollatorWalk({ body, equipment, seed, speed_m_s = 0.75 }) {
  const frame = requireAid(equipment, 0, GRIPS, "rollator_walk");
  const random = createRandom(seed).fork("rollator_walk");
  // People who need a rollator take shorter and quicker steps at a given speed.
  const chosen = pace(body, speed_m_s);
  const shorter = random.uniform(0.8, 0.92);
  const [stride_m, cycle_s] = [chosen.stride_m * shorter, chosen.cycle_s * shorter];
  const plain = walkingTable(body, { stride_m, cycle_s });
  const stance = 0.66;
  const table = {
    ...plain, waits: 0.05,
    feet: { left: { ...plain.feet.left, stance }, right: { ...plain.feet.right, stance } },
  };
  const gait = createGait(body, table);
  const start = random.uniform();
  const { ahead_m, lean } = standoff(body, ...heightAndWidth(frame), ROLLING);
  return {
    name: "rollator_walk", duration_s: cycle_s, cyclic: true, advance_m: stride_m,
    facts: { speed_m_s, step_length_m: stride_m / 2, cadence_steps_min: 120 / cycle_s, stance_share: stance },
    at(t_s) {
      const phase = t_s / cycle_s + start;
      const walk = walkingBody(gait, phase, { lean, counter: -0.3 });
      const held = onGrips(frame, [0, 0, stride_m * phase + ahead_m]);
      return started({ ...walk, ...held, contacts: [...walk.contacts, ...CONTACTS] }, stride_m * start);
    },
  };
}

/** @param {Geometry} frame @returns {[number, number]} of the left grip: height, from the middle; m */
const heightAndWidth = (frame) => [frame.parts.left_grip.position[1], frame.parts.left_grip.position[0]];

/**
 * @param {Options & {weak_side?: Side}} options
 * @returns {Motion}
 */
export function walkerStepTo({ body, equipment, seed, speed_m_s, weak_side = "left" }) {
  const frame = requireAid(equipment, 0, GRIPS, "walker_step_to");
  const random = createRandom(seed).fork("walker_step_to");
  const stride_m = STEP * body.stature_m * random.uniform(0.9, 1.1);
  const natural = STEP_TO_S * Math.sqrt(body.hip_height_m / 0.9) * random.uniform(0.92, 1.08);
  const cycle_s = speed_m_s === undefined ? natural : stride_m / checked(speed_m_s, "speed_m_s", [0.05, 0.4]);
  const strong_side = weak_side === "left" ? "right" : "left";
  const foot = {
    ahead_m: 0, home_m: stride_m, width_m: 0.55 * body.hip_joint_distance_m,
    heel_pitch: 0.08, toe_pitch: 0.45, clearance_m: 0.02, rise_from: 0.75,
  };
  const held_at = standoff(body, ...heightAndWidth(frame), STEPPING);
  const ahead_m = held_at.ahead_m - 0.3 * stride_m;
  /** @type {Record<string, number>} */
  const landing = { [weak_side]: 0.55, [strong_side]: 0.86 };
  const gait = createGait(body, {
    cycle_s, stride_m, waits: 0.85, leans: 0.45,
    feet: { left: { ...foot, lands: landing.left, stance: 0.78 }, right: { ...foot, lands: landing.right, stance: 0.78 } },
    aids: { frame: { lands: 0.26, stance: 0.76, lift_m: LIFT_M, ahead_m, home_m: ahead_m + stride_m } },
  });
  return {
    name: "walker_step_to", duration_s: cycle_s, cyclic: true, advance_m: stride_m,
    facts: { speed_m_s: stride_m / cycle_s, step_length_m: stride_m, weak_side },
    at(t_s) {
      const phase = t_s / cycle_s;
      const { z, y, down } = gait.aid("frame", phase);
      // Reaching ahead with the frame takes the trunk along.
      const reach = z - ahead_m - gait.pelvis(phase).position[2];
      const walk = walkingBody(gait, phase, { lean: held_at.lean + 0.6 * reach, counter: -0.5 });
      const held = onGrips(frame, [0, y, z]);
      return {
        ...walk, ...held, contacts: [...walk.contacts, ...CONTACTS],
        phases: { ...walk.phases, frame: down ? "down" : "lifted" },
      };
    },
  };
}

/** @param {Placement} placement @param {number} way already behind at time 0, m @returns {Placement} as if it began there; wheels too */
function started(placement, way) {
  const moved = rebased(placement, way);
  return {
    ...moved,
    equipment: moved.equipment.map((aid) => ({ ...aid, travel_left_m: aid.travel_left_m - way, travel_right_m: aid.travel_right_m - way })),
  };
}
