/**
 * What a recording holds of a character's truth.
 * @module
 */
import { NAMES } from "../pose/landmarks.js";

/** @typedef {import("./recording.js").Truth} Truth */

/**
 * @param {number} person  the character's number in the scene, from 1
 * @param {Omit<Truth, "person">} truth  of its picture; is not changed
 * @param {readonly string[]} estimated  names of the landmarks that its rig does not have: a guess is no truth, so they
 *   are absent
 * @returns {Truth}
 */
export function recordedTruth(person, { landmarks, world_landmarks, visibility }, estimated) {
  const truth = { person, landmarks, world_landmarks, visibility };
  if (estimated.length === 0) return truth;
  const left = {
    landmarks: landmarks.slice(),
    world_landmarks: world_landmarks.slice(),
    visibility: visibility.slice(),
  };
  for (const name of estimated) {
    const i = NAMES.indexOf(name);
    left.landmarks.fill(NaN, 3 * i, 3 * i + 3);
    left.world_landmarks.fill(NaN, 3 * i, 3 * i + 3);
    left.visibility[i] = 0;
  }
  return { person, ...left };
}
