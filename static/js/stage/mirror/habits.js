/**
 * Where landmarks lie on a body, as far as angles depend on it.
 *
 * Networks have habits of their own: BlazePose's heel lies high and its toes low, its face looks up, its knees are
 * close together and, when straight, a
 * little bent. Its figures
 * are medians of `blazepose-full` on 24 pictures of eight of the stage's characters from in front, standing and
 * sitting, against the truth of the pictures;
 * they scatter by 2 to 4 degrees. The anatomical ones are means of the stage's characters
 * (`static/characters/manifest.json`).
 * @module
 */
import { DEGREE } from "../vectors.js";

/**
 * @typedef {object} Habits
 * @property {number} foot_slope_rad the way from heel to toes slopes down by this while the foot stands flat
 * @property {number} face_slope_rad the way from the ears to the middle of eyes and nose points down by this while the
 *   head is level
 * @property {number} thigh_in_rad by this hanging thighs seem to point inward: the network's hips are wide, its knees
 *   close
 * @property {number} knee_bend_rad by this a straight knee seems bent
 */

/** @type {Readonly<Habits>} */
export const BLAZEPOSE = Object.freeze({
  foot_slope_rad: 29 * DEGREE, face_slope_rad: -4 * DEGREE, thigh_in_rad: 4.7 * DEGREE, knee_bend_rad: 8 * DEGREE,
});
/** @type {Readonly<Habits>} */
export const ANATOMICAL = Object.freeze({
  foot_slope_rad: 4.5 * DEGREE, face_slope_rad: 4 * DEGREE, thigh_in_rad: 0, knee_bend_rad: 0,
});
