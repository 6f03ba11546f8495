/** Equipment that fits a person: the rules by which therapists measure out chairs, frames and sticks. Metres, radians.
 * No three.js here.
 *
 * Sources: seat width, depth and footrest clearance as in the wheelchair prescription literature (e.g. WHO, "Wheelchair
 * provision guidelines", 2023); handles of walking aids at the height of the wrist crease, elbows bent 15-30 degrees;
 * axillary pads two fingers below the armpit. */
import { completeParams, kindSpec } from "./params.js";

/** @typedef {import("../rig.js").Body} Body */

const SEAT_PLAY = 0.02; // a hand's edge between hip and guard, both sides together
const KNEE_HOLLOW = 0.05; // hollow of the knee behind the knee joint
const SEAT_FRONT_GAP = 0.05; // between the seat's edge and the hollow of the knee
const GROUND_CLEARANCE = 0.07; // below the foot plate; at least 5 cm are asked for
const KNEE_ABOVE_SEAT = 0.032; // knee joint above the underside of the thigh, per stature (Pheasant, "Bodyspace")
const PAD_BELOW_SHOULDER = 0.063; // shoulder joint to two fingers below the armpit, per stature
const ELBOW_SLUMP = 0.03; // people sit less upright than they are measured

/** Wheels by stature, m: [below this stature, wheel radius]: 20, 22, 24 and 25 inch. */
const WHEELS = [
  [1.25, 0.255],
  [1.45, 0.28],
  [1.9, 0.305],
  [Infinity, 0.318],
];
const RIM_INSIDE_WHEEL = 0.038;

/**
 * The palm lies below the wrist crease when it rests on a grip: at the crease itself elbows would bend by 50 degrees,
 * not 15-30.
 * @param {Body} body @returns {number} height of a grip at the wrist of the hanging arm, standing */
const wristHeight = (body) => body.shoulder_height_m - body.upper_arm_m - body.forearm_m - 0.01 * body.stature_m;
/** @param {Body} body @returns {number} height of the shoulder joints above a seat, upright */
const shoulderAboveSeat = (body) => body.shoulder[1] + body.buttock_clearance_m;

/**
 * Seat and leg rest of a wheelchair for a person who sits with the thighs along the seat and the shanks along the
 * hangers.
 * @param {Body} body @param {Record<string, any>} p complete parameters whose angles, cushion and height limits hold
 */
function seating(body, p) {
  const depth = body.buttock_depth_m + body.thigh_m - KNEE_HOLLOW - SEAT_FRONT_GAP;
  const kneeAboveEdge =
    (body.knee_clearance_m ?? KNEE_ABOVE_SEAT * body.stature_m) + SEAT_FRONT_GAP * Math.tan(p.seat_angle_rad);
  const edgeAboveSole = body.shank_m * Math.sin(p.hanger_angle_rad) + body.ankle_height_m - kneeAboveEdge;
  return {
    seat_width_m: body.hip_width_m + SEAT_PLAY,
    seat_depth_m: depth,
    seat_height_m: edgeAboveSole + GROUND_CLEARANCE - (depth / 2) * Math.tan(p.seat_angle_rad),
    footrest_length_m: edgeAboveSole / Math.sin(p.hanger_angle_rad),
    armrest_height_m: shoulderAboveSeat(body) - body.upper_arm_m - ELBOW_SLUMP,
  };
}

/** @type {Record<string, (body: Body, p: Record<string, any>) => Record<string, number>>} */
const RULES = {
  manual_wheelchair(body, p) {
    const radius = WHEELS[WHEELS.findIndex(([below]) => body.stature_m < below)][1];
    const seat = seating(body, p);
    return {
      ...seat,
      // Not below the axle: an adult's seat is above 45 cm so that the hands reach the rims well.
      seat_height_m: Math.max(seat.seat_height_m, radius + 0.17),
      wheel_radius_m: radius,
      rim_radius_m: radius - RIM_INSIDE_WHEEL,
      backrest_height_m: shoulderAboveSeat(body) * (p.frame === "rigid" ? 0.6 : 0.7),
    };
  },
  power_wheelchair(body, p) {
    const seat = seating(body, p);
    return {
      ...seat,
      seat_height_m: Math.max(seat.seat_height_m, 0.54),
      backrest_height_m: shoulderAboveSeat(body) * 0.95,
    };
  },
  walker: (body) => ({
    height_m: wristHeight(body),
    grip_width_m: 2 * body.shoulder[0] + 0.11,
    base_width_m: 2 * body.shoulder[0] + 0.23,
  }),
  rollator: (body) => ({
    height_m: wristHeight(body),
    grip_width_m: 2 * body.shoulder[0] + 0.1,
    base_width_m: 2 * body.shoulder[0] + 0.22,
    seat_height_m: body.seat_height_m * 1.2,
  }),
  axillary_crutch: (body) => ({
    length_m: body.shoulder_height_m - PAD_BELOW_SHOULDER * body.stature_m,
    grip_height_m: wristHeight(body),
  }),
  forearm_crutch: (body) => ({ grip_height_m: wristHeight(body), cuff_length_m: body.forearm_m - 0.045 }),
  cane: (body, p) => ({ grip_height_m: p.variant === "white" ? body.shoulder_height_m - 0.12 : wristHeight(body) }),
};

/**
 * Parameters of an aid that fits a person.
 * @param {string} kind @param {Body} body see ../rig.js
 * @param {Record<string, unknown>} [wished] parameters that are set already; they stay as they are
 * @param {import("./params.js").Random} [random] draws what neither is wished nor follows from the body
 * @returns {Record<string, any>} complete, each in its accepted range: a person too small or tall for any gets the
 *   nearest
 * @throws {RangeError} see completeParams
 */
export function fitEquipment(kind, body, wished = {}, random) {
  const free = completeParams(kind, wished, random);
  const { params } = kindSpec(kind);
  /** @type {Record<string, unknown>} */
  const fitted = { ...free };
  for (const [name, value] of Object.entries(RULES[kind](body, free))) {
    if (wished[name] !== undefined) continue;
    if (!Number.isFinite(value))
      throw new RangeError(`${kind}: the body gives no ${name}; see Body in rig.js for what is needed`);
    const [low, high] = /** @type {number[]} */ (params[name].range);
    fitted[name] = Math.min(high, Math.max(low, value));
  }
  return completeParams(kind, fitted);
}
