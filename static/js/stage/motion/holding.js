/** Hands on grips while walking: how far one stands from them, and how the fist closes round them. */
import { shoulderEstimate } from "./placement.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./placement.js").HandTarget} HandTarget */

/** Nobody holds a grip closer to the shoulder's plumb line than this, m per stature. */
const CLOSEST = 0.07;

/** Nobody bends further over a grip than this, radians. */
const DEEPEST = 1.1;

/**
 * How far ahead of the hip joints a grip is when an arm of given stretch holds it, and how far one bends for it.
 * @param {Body} body @param {number} height of the grip over the floor, m @param {number} across of the grip from the middle, m
 * @param {{stretch: number, lean: number}} posture stretch: shoulder to fist as a share of the arm; lean: least bend of the trunk ahead,
 *   radians
 * @returns {{ahead_m: number, lean: number}} lean: more than asked for where the grip is too low for that
 */
export function standoff(body, height, across, { stretch, lean: least }) {
  const pelvis = { position: /** @type {Vec3} */ ([0, body.hip_height_m, 0]), quaternion: /** @type {const} */ ([0, 0, 0, 1]) };
  const arm = stretch * (body.upper_arm_m + body.forearm_m + 0.7 * body.hand_m);
  const closest = CLOSEST * body.stature_m;
  for (let lean = least; ; lean += 0.02) {
    const [x, y, z] = shoulderEstimate(body, pelvis, { flexion: lean, lateral: 0, rotation: 0 }, "left");
    const level = arm ** 2 - (y - height) ** 2 - (x - across) ** 2;
    if (level >= closest ** 2 || lean > DEEPEST) return { ahead_m: z + Math.sqrt(Math.max(closest ** 2, level)), lean };
  }
}

/**
 * A fist round a bar that runs ahead; the wrist is bent back so that the palm can bear weight.
 * @param {Side} side @param {Vec3} position the bar's middle where it is held
 * @param {{thumb?: Vec3, extension?: number, elbow?: Vec3, shrug?: number}} [shape]
 * @returns {HandTarget}
 */
export function fist(side, position, { thumb = [0, 0, 1], extension = 0.5, elbow, shrug = 0 } = {}) {
  const s = side === "left" ? 1 : -1;
  return { position, quaternion: null, thumb, palm: null, extension, elbow: elbow ?? [0.55 * s, -0.3, -0.9], closed: 0.95, shrug };
}
