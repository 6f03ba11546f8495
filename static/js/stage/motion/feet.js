/**
 * One foot's way through a step, seen from the side: heel contact, foot flat, heel rise over the ball, swing.
 *
 * Plane of the step: z ahead, y up, metres, the floor at 0. On the floor the foot rolls about heel and ball without sliding;
 * in the air it follows curves that leave and meet the floor's part with the same speed.
 * @module
 */
import { bump, ease, jet, quintic, wrap } from "./curves.js";

/** @typedef {import("../rig.js").Body} Body */
/**
 * @typedef {object} StepShape
 * @property {number} stride_m way of the foot per cycle
 * @property {number} stance share of the cycle that the foot is on the floor
 * @property {number} heel_pitch toes up at contact, radians
 * @property {number} toe_pitch heel up when the foot leaves the floor, radians
 * @property {number} clearance_m least height of the foot's lowest point about the middle of the swing
 * @property {number} [flat_by] share of stance after which the whole foot is down
 * @property {number} [rise_from] share of stance from which the heel rises
 */
/**
 * @typedef {object} FootState
 * @property {number} z ankle, ahead of where it stands level in the cycle that begins at phase 0, m
 * @property {number} roll what of z comes from rolling over heel and ball, m
 * @property {number} y ankle's height, m
 * @property {number} pitch toes up positive, radians
 * @property {number} toes bent up against the foot, radians
 * @property {"heel" | "flat" | "ball" | null} point what stands on the floor
 */

/** Share of its bend that a toe joint keeps while the foot hangs in the air. */
const TOES_IN_SWING = 0.4;
/** The shin muscles turn the foot back up at once after it leaves: without, the toes would point down until mid-swing. */
const PITCH_BRAKE = 7;
/** The foot is highest before the middle of its way. */
const EARLY = 0.65;

/** Ankle when the foot is turned by `pitch` about a point of its sole. @param {number} pivot   z of that point when level
 * @param {number} height   of the ankle @param {number} pitch @returns {[number, number]} z, y */
const rolled = (pivot, height, pitch) => [
  pivot - pivot * Math.cos(pitch) - height * Math.sin(pitch),
  -pivot * Math.sin(pitch) + height * Math.cos(pitch),
];

/**
 * The sole's corners, from the ankle, when the foot is turned: heel, ball, tip.
 * @param {Body} body @param {number} pitch @param {number} toes @returns {[number, number][]} z, y
 */
export function solePoints(body, pitch, toes) {
  const { foot_back_m: back, foot_ball_m: ball, foot_tip_m: tip, ankle_height_m: height } = body;
  const [c, s] = [Math.cos(pitch), Math.sin(pitch)];
  /** @param {number} z @returns {[number, number]} */
  const sole = (z) => [z * c + height * s, z * s - height * c];
  const [ballZ, ballY] = sole(ball);
  const bent = pitch + toes;
  return [sole(-back), [ballZ, ballY], [ballZ + (tip - ball) * Math.cos(bent), ballY + (tip - ball) * Math.sin(bent)]];
}

/**
 * @param {Body} body @param {StepShape} shape
 * @returns {(phase: number) => FootState} phase 0: heel contact; z grows by the stride per cycle
 */
export function createStep(body, shape) {
  const { stride_m, stance, heel_pitch, toe_pitch, clearance_m, flat_by = 0.2, rise_from = 0.55 } = shape;
  const height = body.ankle_height_m;
  /** @param {number} s share of stance */
  const strike = (s) => heel_pitch * (1 - s / flat_by) ** 2;
  /** @param {number} s */
  const rise = (s) => {
    const u = (s - rise_from) / (1 - rise_from);
    return -toe_pitch * (0.5 * u * u + 0.5 * u ** 3);
  };
  /** @param {number} s @returns {FootState} */
  const standing = (s) => {
    if (s < flat_by) {
      const [z, y] = rolled(-body.foot_back_m, height, strike(s));
      return { z, roll: z, y, pitch: strike(s), toes: 0, point: heel_pitch > 0 ? "heel" : "flat" };
    }
    if (s <= rise_from || toe_pitch === 0) return { z: 0, roll: 0, y: height, pitch: 0, toes: 0, point: "flat" };
    const [z, y] = rolled(body.foot_ball_m, height, rise(s));
    return { z, roll: z, y, pitch: rise(s), toes: -rise(s), point: "ball" };
  };
  const air = 1 - stance;
  /** Ends of the swing by its own share u, of the curve that `pick` reads from the stance's formulas.
   * @param {(state: FootState) => number} pick @param {number} gain   of the value at the end
   * @param {number} [brake] how hard the speeds at the ends are braked, so that the curve does not overshoot */
  const ends = (pick, gain, brake = 0) => {
    const [p, v] = jet((s) => pick(standing(s)), 1, 1e-4);
    const [q, w] = jet((s) => pick(standing(s)), 0, 1e-4);
    const rate = air / stance;
    return /** @type {const} */ ([[p, v * rate, -brake * v * rate], [q + gain, w * rate, brake * w * rate]]);
  };
  const way = ends(({ z }) => z, stride_m);
  const roll = ends(({ z }) => z, 0);
  const lift = ends(({ y }) => y, 0);
  const turn = ends(({ pitch }) => pitch, 0, PITCH_BRAKE);
  /** @param {number} u @param {number} hop @returns {FootState} */
  const swinging = (u, hop) => {
    const pitch = quintic(...turn, u);
    const keep = 1 - (1 - TOES_IN_SWING) * ease(2 * u);
    const y = quintic(...lift, u) + hop * bump(u ** EARLY);
    return { z: quintic(...way, u), roll: quintic(...roll, u), y, pitch, toes: Math.max(0, -pitch) * keep, point: null };
  };
  const hop = neededHop(body, swinging, clearance_m);
  return (phase) => {
    const cycles = Math.floor(phase);
    const at = wrap(phase);
    const state = at <= stance ? standing(at / stance) : swinging((at - stance) / air, hop);
    return { ...state, z: state.z + cycles * stride_m };
  };
}

/**
 * The least extra lift at which the swinging foot clears the floor.
 * @param {Body} body @param {(u: number, hop: number) => FootState} swinging @param {number} clearance @returns {number} m
 */
function neededHop(body, swinging, clearance) {
  const shares = Array.from({ length: 39 }, (_, k) => (k + 1) / 40);
  for (let hop = 0; hop < 0.3; hop += 0.004) {
    const clear = shares.every((u) => {
      const { y, pitch, toes } = swinging(u, hop);
      const lowest = y + Math.min(...solePoints(body, pitch, toes).map(([, sole]) => sole));
      return lowest >= clearance * bump(u) - 5e-4;
    });
    if (clear) return hop;
  }
  throw new RangeError(`the foot cannot clear the floor by ${clearance} m`);
}
