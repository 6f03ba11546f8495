/**
 * What is seen of a person, turned into the stage's axes and, as in a looking-glass, with left and right exchanged.
 *
 * World landmarks are metres from the hip centre, x right, y down, z away from the camera; whoever faces the camera has
 * their
 * left at +x. The stage has y up, and a character that faces its viewer looks along +z with its left at +x. So half a
 * turn
 * about x leads from one to the other. A looking-glass then negates x, and what was left is called right.
 * @module
 */
import spec from "../../../spec/landmarks.json" with { type: "json" };
import { landmarksOf } from "../../pose/limbs.js";
import { NAMES } from "../../pose/landmarks.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/**
 * As the tracker gives it; `landmarks` and `presence` may be left out.
 * @typedef {object} Seen
 * @property {number} [id]
 * @property {ArrayLike<number>} world_landmarks 33*3, m
 * @property {ArrayLike<number>} visibility 33
 * @property {ArrayLike<number>} [presence] 33
 */
/**
 * @typedef {object} Points
 * @property {Record<string, Vec3 | null>} at stage axes, m, from the hip centre; null: not a number
 * @property {Record<string, number>} certainty the lower of visibility and presence; 0 where there is no point
 */

const COUNT = NAMES.length;
const EXCHANGED = new Map(spec.pairs.flatMap(([left, right]) => [[left, right], [right, left]]));

/** @param {string} name @returns {string} the landmark or limb on the other side; what lies in the middle stays */
export const otherSide = (name) =>
  EXCHANGED.get(name) ?? name.replace(/^(left|right)_/, (_, side) => (side === "left" ? "right_" : "left_"));

/**
 * @param {Seen} person
 * @param {boolean} mirrored whether the person's left becomes the character's right
 * @returns {Points}
 * @throws {RangeError} when the arrays have the wrong length
 */
export function readPoints({ world_landmarks, visibility, presence = visibility }, mirrored) {
  for (const [name, values, count] of /** @type {const} */ ([
    ["world_landmarks", world_landmarks, 3 * COUNT], ["visibility", visibility, COUNT], ["presence", presence, COUNT],
  ])) {
    if (values?.length === count) continue;
    throw new RangeError(`mirror: expected ${count} numbers in ${name}, got ${values?.length ?? "none"}`);
  }
  /** @type {Points} */
  const points = { at: {}, certainty: {} };
  NAMES.forEach((own, i) => {
    const name = mirrored ? otherSide(own) : own;
    const [x, y, z] = [world_landmarks[3 * i], world_landmarks[3 * i + 1], world_landmarks[3 * i + 2]];
    const there = Number.isFinite(x + y + z);
    points.at[name] = there ? [mirrored ? -x : x, -y, -z] : null;
    const certain = Math.min(visibility[i], presence[i]);
    points.certainty[name] = there && certain > 0 ? certain : 0;
  });
  return points;
}

/**
 * @param {Iterable<string>} limbs that the person does not have @param {boolean} mirrored
 * @returns {string[]} limbs that the character does not have then
 * @throws {RangeError} when there is no such limb
 */
export function absentLimbs(limbs, mirrored) {
  const names = [...limbs];
  landmarksOf(names);
  return mirrored ? names.map(otherSide) : names;
}
