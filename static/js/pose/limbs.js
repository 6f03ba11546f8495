/**
 * Limbs that a person does not have; twin of `pose/limbs.py`. Facts: `limbs` in `static/spec/landmarks.json`.
 *
 * A limb is named after the largest part that is missing: without a `left_forearm` there is no left wrist and no left
 * hand either. Its landmarks are *absent*: NaN in `landmarks` and `world_landmarks`, 0 in `visibility` and `presence`.
 * @module
 */
import spec from "../../spec/landmarks.json" with { type: "json" };
import { NAMES } from "./landmarks.js";

/** @typedef {keyof typeof spec.limbs} Limb */
/**
 * What is said of a person's 33 landmarks.
 * @typedef {object} Body
 * @property {Float32Array | Float64Array} landmarks 33*3, px
 * @property {Float32Array | Float64Array} world_landmarks 33*3, m
 * @property {Float32Array | Float64Array} visibility 33
 * @property {Float32Array | Float64Array} presence 33
 */

/** @type {ReadonlyMap<string, readonly string[]>} */
const LANDMARKS = new Map(Object.entries(spec.limbs));
/** The limbs' names: left before right, arms before legs, smaller before larger. */
export const LIMBS = Object.freeze(/** @type {Limb[]} */ ([...LANDMARKS.keys()]));

/**
 * @param {Iterable<string>} limbs
 * @returns {Set<string>} names of the landmarks that are absent without them
 * @throws {RangeError} when there is no such limb
 */
export function landmarksOf(limbs) {
  /** @type {Set<string>} */
  const gone = new Set();
  for (const limb of limbs) {
    const names = LANDMARKS.get(limb);
    if (!names) throw new RangeError(`limb: expected one of ${LIMBS.join(", ")}, got "${limb}"`);
    for (const name of names) gone.add(name);
  }
  return gone;
}

/**
 * The limbs that are wholly among absent landmarks: whoever has no forearm has no hand either.
 * @param {Iterable<string>} landmarks names
 * @returns {Limb[]} in the order of {@link LIMBS}
 */
export function limbsWithin(landmarks) {
  const gone = new Set(landmarks);
  return LIMBS.filter((limb) => LANDMARKS.get(limb)?.every((name) => gone.has(name)));
}

/**
 * The same person without some limbs. What came is not changed; where nothing is left out it is given back as it is.
 * @template {Body} T
 * @param {T} person
 * @param {Iterable<string>} limbs
 * @returns {T}
 * @throws {RangeError} when there is no such limb
 */
export function withoutLimbs(person, limbs) {
  const gone = landmarksOf(limbs);
  if (gone.size === 0) return person;
  const left = {
    landmarks: person.landmarks.slice(),
    world_landmarks: person.world_landmarks.slice(),
    visibility: person.visibility.slice(),
    presence: person.presence.slice(),
  };
  NAMES.forEach((name, i) => {
    if (!gone.has(name)) return;
    left.landmarks.fill(NaN, 3 * i, 3 * i + 3);
    left.world_landmarks.fill(NaN, 3 * i, 3 * i + 3);
    left.visibility[i] = 0;
    left.presence[i] = 0;
  });
  return { ...person, ...left };
}
