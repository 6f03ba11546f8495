/**
 * The choice of limbs that are not there: what belongs together, how it is kept, and in words. A larger limb holds the
 * smaller ones; a choice names the largest only.
 */
import { LIMBS, landmarksOf, limbsWithin } from "../../pose/limbs.js";
import { preference, setPreference } from "../common/preferences.js";

/** @typedef {import("../../pose/limbs.js").Limb} Limb */

const KEPT_AS = "absentLimbs";
const WORDS = /** @type {const} */ ({
  hand: "hand",
  forearm: "forearm and hand",
  arm: "arm",
  foot: "foot",
  lower_leg: "lower leg and foot",
  leg: "leg",
});

/** @param {Limb} limb @param {Limb} other @returns {boolean} whether the first holds the second, or is it */
const holds = (limb, other) => implied([limb]).includes(other);

/** @param {Iterable<string>} limbs @returns {Limb[]} all that are gone with them, the smaller ones too */
export function implied(limbs) {
  return limbsWithin(landmarksOf(limbs));
}

/** @param {Iterable<string>} limbs @returns {Limb[]} the largest of them only */
export function largest(limbs) {
  const all = implied(limbs);
  return all.filter((limb) => !all.some((other) => other !== limb && holds(other, limb)));
}

/**
 * @param {Iterable<string>} limbs the choice so far
 * @param {Limb} limb
 * @param {boolean} gone whoever has a hand again has the arm to it, so that is back too
 * @returns {Limb[]} the new choice
 */
export function toggled(limbs, limb, gone) {
  if (gone) return largest([...limbs, limb]);
  return largest(implied(limbs).filter((other) => !holds(other, limb)));
}

/** @returns {Limb[]} the choice that is kept on this device; what is no limb in it is ignored */
export function storedLimbs() {
  const names = preference(KEPT_AS, "").split(",");
  return largest(LIMBS.filter((limb) => names.includes(limb)));
}

/** @param {Iterable<string>} limbs */
export function storeLimbs(limbs) {
  setPreference(KEPT_AS, [...limbs].join(","));
}

/** @param {Iterable<string>} limbs @returns {string} "left hand, right lower leg and foot"; "" for none */
export function limbWords(limbs) {
  return largest(limbs)
    .map((limb) => {
      const [, side, part] = /** @type {RegExpMatchArray} */ (limb.match(/^(left|right)_(.+)$/));
      return `${side} ${WORDS[/** @type {keyof typeof WORDS} */ (part)]}`;
    })
    .join(", ");
}
