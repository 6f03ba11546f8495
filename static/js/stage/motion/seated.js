/**
 * Sitting: pelvis on the seat and against the back, feet on their rests or on the floor, hands in the lap.
 *
 * Frame of the aid: metres, its origin on the floor, z ahead. A caller that moves the aid moves the placement with it.
 * @module
 */
import { twoBones } from "../kinematics.js";
import { SIDES } from "../rig.js";
import { shoulderEstimate } from "./placement.js";
import { add, addScaled, clamp, cross, distance, fromPitchYawRoll, IDENTITY, mix, normalize, rotate, scale, subtract, Y, Z } from "../vectors.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./placement.js").Geometry} Geometry */
/** @typedef {import("./placement.js").HandTarget} HandTarget */
/** @typedef {import("./placement.js").FootTarget} FootTarget */
/** @typedef {import("./placement.js").Placement} Placement */
/**
 * @typedef {object} Seat
 * @property {Vec3} hips middle between the hip joints
 * @property {number} tilt of the pelvis to the rear, radians
 * @property {number} recline of the trunk, radians
 * @property {Record<Side, FootTarget>} feet
 * @property {Record<Side, Vec3>} knees
 * @property {Placement["contacts"]} contacts
 */

/** A seated pelvis is rolled back against standing, even on a good cushion: about 10 degrees. */
export const PELVIC_TILT = 0.16;
/** People do not lean on the backrest with the whole of its angle. */
const RECLINE_SHARE = 0.8;
/** Height above the seat at which the pelvis touches the backrest, per stature. */
const SACRUM = 0.07;
/** So far ahead of the seat's edge the ankle must be for the calf to clear it, per stature. */
const CALF = 0.078;
/** The knee goes up and ahead. */
const KNEE = /** @type {Vec3} */ ([0, 1, 0.5]);

/** Height of a tilted surface at a place. @param {{position: Vec3, quaternion: import("../vectors.js").Quat}} surface @param {number} z @returns {number} m */
function heightAt({ position, quaternion }, z) {
  const [, y, dz] = rotate(quaternion, Y);
  return position[1] - ((z - position[2]) * dz) / y;
}

/** Where the backrest is at a height, and how far it leans back. @param {Geometry["parts"][string]} backrest @param {number} y */
function backAt({ position, quaternion }, y) {
  const [, dy, dz] = rotate(quaternion, Z); // down along the surface
  return { z: position[2] + ((y - position[1]) * dz) / dy, lean: Math.atan2(dz, -dy) };
}

/**
 * @param {Body} body
 * @param {Geometry} aid with `seat`; `backrest` and footrests where it has them
 * @returns {Seat}
 */
export function sit(body, aid) {
  const { seat, backrest } = aid.parts;
  const back = backrest ? backAt(backrest, seat.position[1] + SACRUM * body.stature_m) : { z: seat.position[2] - 0.2, lean: 0 };
  const z = back.z + body.buttock_depth_m;
  const depth = typeof seat.depth_m === "number" ? seat.depth_m : 0;
  // The clearance is measured upright from the surface.
  const hips = /** @type {Vec3} */ ([0, heightAt(seat, z) + body.buttock_clearance_m, z]);
  const feet = /** @type {Record<Side, FootTarget>} */ ({});
  const knees = /** @type {Record<Side, Vec3>} */ ({});
  /** @type {Placement["contacts"]} */
  const contacts = [{ limb: "pelvis", part: "seat", equipment: 0 }];
  for (const side of SIDES) {
    const s = side === "left" ? 1 : -1;
    const rest = aid.parts[`${side}_footrest`];
    feet[side] = footOn(body, { side, hips, rest: rest ?? null, edge: seat.position[2] + depth / 2 });
    const hip = add(hips, [(s * body.hip_joint_distance_m) / 2, 0, 0]);
    const ankle = addScaled(feet[side].position, rotate(feet[side].quaternion, Y), body.ankle_height_m);
    knees[side] = twoBones(hip, ankle, [body.thigh_m, body.shank_m], feet[side].knee).middle;
    contacts.push(rest
      ? { limb: `${side}_foot`, part: `${side}_footrest`, equipment: 0, point: "flat" }
      : { limb: `${side}_foot`, part: "floor", equipment: null, point: "flat" });
  }
  return { hips, tilt: PELVIC_TILT, recline: RECLINE_SHARE * back.lean, feet, knees, contacts };
}

/**
 * @param {Body} body
 * @param {{side: Side, hips: Vec3, rest: Geometry["parts"][string] | null, edge: number}} place   edge: z of the seat's front edge
 * @returns {FootTarget}
 */
function footOn(body, { side, hips, rest, edge }) {
  const s = side === "left" ? 1 : -1;
  const x = s * body.hip_joint_distance_m * 0.55;
  const legs = body.thigh_m + body.shank_m;
  if (!rest) {
    // On the floor the shank stands upright below a level thigh.
    const thigh = Math.min(hips[1] - body.ankle_height_m - body.shank_m, body.thigh_m * 0.9);
    const z = hips[2] + Math.sqrt(Math.max(0.01, body.thigh_m ** 2 - thigh ** 2)) - 0.01;
    return { position: [x, 0, z], quaternion: fromPitchYawRoll(0, s * 0.12, 0), toes: 0, knee: KNEE };
  }
  const foot = (body.foot_tip_m - body.foot_back_m) / 2;
  // The heel at the plate's rear, where heel loops are, or the middle on the middle: people sit between the two.
  const rear = typeof rest.depth_m === "number" ? rest.position[2] - rest.depth_m / 2 + body.foot_back_m : rest.position[2] - foot;
  const wished = Math.max((rest.position[2] - foot + rear) / 2, edge + CALF * body.stature_m);
  const up = rest.position[1] + body.ankle_height_m - hips[1];
  const farthest = Math.sqrt(Math.max(0.01, (0.97 * legs) ** 2 - up ** 2));
  const z = Math.min(wished, hips[2] + farthest);
  const half = typeof rest.width_m === "number" ? rest.width_m / 2 : 0.05;
  const inside = clamp(x, rest.position[0] - half + 0.04, rest.position[0] + half - 0.04);
  const y = heightAt(rest, z);
  return { position: [inside, y, z], quaternion: rest.quaternion, toes: 0, knee: KNEE };
}

/**
 * What all who sit share; arms are the caller's.
 * @param {Seat} seat
 * @param {{lean?: number, side?: number, turn?: number, pitch?: number, roll?: number, gaze?: [number, number]}} [trunk] radians against sitting at
 *   ease: lean ahead, to the left, turned left; of the pelvis: pitch ahead, roll (left side up); gaze: head's pitch and yaw
 * @returns {Omit<Placement, "left_hand" | "right_hand" | "equipment">}
 */
export function seatedBody({ hips, tilt, recline, feet, contacts }, trunk = {}) {
  const { lean = 0, side = 0, turn = 0, pitch = 0, roll = 0, gaze = [0, 0] } = trunk;
  const pelvis = pitch - tilt;
  return {
    pelvis: { position: hips, quaternion: fromPitchYawRoll(pelvis, 0, roll) },
    spine: { flexion: lean - recline - pelvis, lateral: side, rotation: turn },
    head: fromPitchYawRoll(gaze[0], gaze[1], 0),
    left_foot: feet.left, right_foot: feet.right,
    contacts: [...contacts], phases: {}, origin: [0, 0, 0],
  };
}

/** Straightest arm of somebody who sits at ease, share of its length to the fist. */
const EASY_REACH = 0.93;

/**
 * How far the trunk must bend ahead so that hands reach what they shall hold: 0 in a chair that fits.
 * @param {Body} body @param {Seat} seat @param {[Side, Vec3][]} holds frame of the aid
 * @returns {number} radians, at most 0.6
 */
export function leanToReach(body, seat, holds) {
  const arm = EASY_REACH * (body.upper_arm_m + body.forearm_m + 0.8 * body.hand_m);
  let lean = 0;
  /** @param {[Side, Vec3]} hold */
  const far = ([side, point]) => {
    const { pelvis, spine } = seatedBody(seat, { lean });
    return distance(shoulderEstimate(body, pelvis, spine, side), point) > arm;
  };
  while (lean < 0.6 && holds.some(far)) lean += 0.02;
  return lean;
}

/**
 * A hand flat on its thigh.
 * @param {Body} body @param {Seat} seat @param {Side} side
 * @param {number} [share] of the way from hip to knee
 * @returns {HandTarget}
 */
export function lapHand(body, seat, side, share = 0.62) {
  const s = side === "left" ? 1 : -1;
  const hip = add(seat.hips, [(s * body.hip_joint_distance_m) / 2, 0, 0]);
  const along = normalize(subtract(seat.knees[side], hip));
  const up = normalize(subtract(Y, scale(along, along[1])));
  // The thigh tapers: at the knee it is about two thirds as thick.
  const thick = (body.thigh_clearance_m - body.buttock_clearance_m) * (1 - 0.25 * share);
  const fingers = normalize([-0.45 * s, along[1], along[2]]);
  return {
    position: addScaled(mix(hip, seat.knees[side], share), up, thick + 0.5 * body.palm_m),
    quaternion: null, thumb: scale(cross(fingers, up), s), palm: scale(up, -1), elbow: [0.5 * s, -0.4, -0.8], closed: 0.12,
  };
}

/**
 * A chair to sit on, without arms: as high as the shank of who sits on it.
 * @param {Body} body @returns {Geometry}
 */
export function plainChair(body) {
  const height = clamp(body.seat_height_m, 0.3, 0.48);
  const depth = 0.42;
  return {
    kind: "chair", wheels: [],
    parts: {
      seat: { position: [0, height, 0], quaternion: IDENTITY, width_m: 0.42, depth_m: depth },
      backrest: { position: [0, height + 0.25, -depth / 2 - 0.03], quaternion: fromPitchYawRoll(Math.PI / 2 - 0.1, 0, 0), height_m: 0.4 },
    },
  };
}
