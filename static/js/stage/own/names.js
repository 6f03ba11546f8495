/**
 * What a node's name says: which bone on which side, in any of the usual conventions (static/spec/bone_names.json).
 * @module
 */
import spec from "../../../spec/bone_names.json" with { type: "json" };

/** @typedef {"left" | "right"} Side */
/**
 * @typedef {{text: string, side: Side | null, numbers: number[], digits: string}} Reading   digits: all numbers as
 *   written, joined by "-"
 */

const PREFIX = new RegExp(`^(?:${spec.prefixes.join("|")})`, "i");
/** Boundaries inside a word: fooBar, LUpArm, arm1, 1arm. */
const SEAMS = [/([a-z])([A-Z])/g, /([A-Z])([A-Z][a-z])/g, /([A-Za-z])(\d)/g, /(\d)([A-Za-z])/g];
const FILLERS = new Set(spec.fillers);
/** @type {Record<Side, Set<string>>} */
const SIDE_WORDS = { left: new Set(spec.left), right: new Set(spec.right) };
/** @type {Record<string, number>} */
const SEGMENTS = spec.finger_segments;

/** Words that have a side: a single l or r glued to one of them is that side. */
const SIDED_WORDS = new Set(
  [...Object.values(spec.sided), ...Object.values(spec.fingers), ...Object.values(spec.face)].flat(),
);

/** @param {string} word @returns {Side | null} */
const sideOf = (word) => (SIDE_WORDS.left.has(word) ? "left" : SIDE_WORDS.right.has(word) ? "right" : null);

/**
 * @param {string} name as in the file
 * @param {string} [common] prefix that all joints of the file share
 * @returns {Reading} text: the words that are left, lower case, joined
 */
export function readName(name, common = "") {
  let rest = name.startsWith(common) ? name.slice(common.length) : name;
  rest = rest.slice(Math.max(rest.lastIndexOf(":"), rest.lastIndexOf("|")) + 1);
  // Twice: "ValveBiped.Bip01_L_Hand".
  rest = rest.replace(PREFIX, "").replace(PREFIX, "");
  for (const seam of SEAMS) rest = rest.replace(seam, "$1 $2");
  const words = rest
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter(Boolean);
  /** @type {Side | null} */ let side = null;
  /** @type {string[]} */ const digits = [];
  /** @type {string[]} */ const kept = [];
  for (const word of words) {
    const found = sideOf(word);
    if (found && !side) side = found;
    else if (/^\d+$/.test(word)) digits.push(word);
    else if (word in SEGMENTS && kept.length > 0) digits.push(String(SEGMENTS[word]));
    else if (!FILLERS.has(word)) kept.push(word);
  }
  let text = kept.join("");
  if (!side) [text, side] = unglue(text);
  return { text, side, numbers: digits.map(Number), digits: digits.join("-") };
}

/** "lthigh", "thighr", "leftupleg" without a seam. @param {string} text @returns {[string, Side | null]} */
function unglue(text) {
  for (const side of /** @type {Side[]} */ (["left", "right"])) {
    for (const mark of SIDE_WORDS[side]) {
      if (text.startsWith(mark) && SIDED_WORDS.has(text.slice(mark.length))) return [text.slice(mark.length), side];
      if (text.endsWith(mark) && SIDED_WORDS.has(text.slice(0, -mark.length)))
        return [text.slice(0, -mark.length), side];
    }
  }
  return [text, null];
}

/** Sketchfab and others number all nodes: Hips_01, LeftArm_09. */
const NUMBER = /_\d{1,4}$/;
/** This share of the joints must carry such a number, each its own. */
const NEARLY_ALL = 0.9;

/**
 * @param {string[]} names of the joints
 * @returns {(name: string) => string} takes the numbers off, where all have one
 */
export function unnumbered(names) {
  const numbers = names.flatMap((name) => NUMBER.exec(name) ?? []);
  const numbered = numbers.length > NEARLY_ALL * names.length && new Set(numbers).size > NEARLY_ALL * numbers.length;
  return numbered ? (name) => name.replace(NUMBER, "") : (name) => name;
}

/**
 * The prefix that the joints' names share, such as "Armature_" or "Anna:": up to its last separator.
 * @param {string[]} names @returns {string}
 */
export function commonPrefix(names) {
  if (names.length < 5) return "";
  // One or two roots may be named otherwise.
  const sorted = names.toSorted();
  for (const [first, last] of [
    [0, 1],
    [0, 2],
    [1, 1],
    [2, 1],
  ].map(([low, high]) => [sorted[low], sorted[sorted.length - high]])) {
    let end = 0;
    while (end < first.length && first[end] === last[end]) end++;
    const shared = first.slice(0, end);
    const cut = Math.max(...[..."_:.|- "].map((mark) => shared.lastIndexOf(mark)));
    if (cut > 0 && !hasMeaning(shared.slice(0, cut))) return shared.slice(0, cut + 1);
  }
  return "";
}

/** @param {string} shared @returns {boolean} whether it names a side or a bone by itself */
function hasMeaning(shared) {
  const { text, side } = readName(shared);
  return side !== null || SIDED_WORDS.has(text) || spec.trunk.includes(text);
}

/**
 * @param {Reading} reading
 * @returns {{finger: string, segment: number} | null} segment: from the palm, usually from 1
 */
export function fingerOf({ text, side, numbers, digits }) {
  if (!side) return null;
  if (text === "finger") return plainFinger(digits);
  const found = Object.entries(spec.fingers).find(([, words]) => words.includes(text));
  return found && numbers.length > 0 ? { finger: found[0], segment: numbers[0] } : null;
}

const FINGERS = Object.keys(spec.fingers);

/**
 * Fingers by number: "finger2-1" (MakeHuman, thumb is 1) or "Finger0", "Finger01" (Biped, thumb is 0; the second digit
 * counts joints).
 * @param {string} digits @returns {{finger: string, segment: number} | null}
 */
function plainFinger(digits) {
  const dashed = /^([1-5])-(\d)$/.exec(digits);
  if (dashed) return { finger: FINGERS[Number(dashed[1]) - 1], segment: Number(dashed[2]) };
  const run = /^([0-4])(\d?)$/.exec(digits);
  return run && { finger: FINGERS[Number(run[1])], segment: Number(run[2] || 0) + 1 };
}
