/**
 * Tracked joints against the character's own, over the last seconds. Pure: numbers in, figures out.
 *
 * Joints that the character does not have (absent in the truth), that lie outside the picture, or whose place is only
 * estimated are left out. A character whom the tracker misses counts as wrong in PCK, and has no errors.
 */
import { COUNT, NAMES, index } from "../../pose/landmarks.js";
import { matchPeople, mean, pckPoints, pixelErrors, torsoLength, visibilityPoints, worldErrors } from "../../pose/metrics.js";

/** @typedef {ArrayLike<number>} Numbers */
/**
 * @typedef {object} Seen a tracked person, or a true one
 * @property {Numbers} landmarks 33*3 px
 * @property {Numbers} world_landmarks 33*3 m
 * @property {Numbers} visibility 33
 */
/** @typedef {Seen & {presence: Numbers}} True presence: 1 inside the picture, 0 outside */
/**
 * @typedef {object} Compared one frame
 * @property {number} time s, of its capture
 * @property {readonly Seen[]} people as tracked
 * @property {readonly True[]} truth the characters in the same picture
 * @property {readonly (readonly string[])[]} [estimated] names of each character's landmarks that its rig does not have
 */
/**
 * @typedef {object} Errors means over what is known, else null
 * @property {number | null} px
 * @property {number | null} mm root-aligned
 * @property {number | null} torso px as a share of the true torso's length
 */
/** @typedef {Errors & {name: string}} JointErrors */
/**
 * @typedef {object} ComparisonFigures null: nothing is known
 * @property {number} frames that these figures are from
 * @property {number | null} pck_20 share of joints within a fifth of the torso, missed characters as wrong
 * @property {number | null} pck_10 the same within a tenth
 * @property {number | null} px mean error
 * @property {number | null} mm mean per-joint position error, root-aligned
 * @property {number | null} found share of the characters' appearances that were tracked
 * @property {number | null} visibility share of the found characters' joints whose visibility was told right
 * @property {JointErrors[]} joints 33, in the landmarks' order
 * @property {{age_s: number[], pck_20: (number | null)[], pck_10: (number | null)[]}} course of PCK, means of
 *   {@link STEP_S}; age: seconds before the last frame, from -WINDOW_S to 0
 */
/** @typedef {"pck_20" | "pck_10" | "px" | "mm" | "torso" | "visibility"} Kind */
/** @typedef {Record<Kind, Float64Array>} Values 33 each, NaN: left out */
/** @typedef {Record<Kind, {sums: Float64Array, counts: Float64Array}>} Totals of 33 joints */
/** @typedef {{frames: number, shown: number, found: number, totals: Totals}} Step shown, found: characters in frames */

/** How long a frame counts, s. */
export const WINDOW_S = 20;
/** Frames are added up over so long, s: what a figure costs does not grow with the frame rate. */
export const STEP_S = 0.25;
const STEPS = WINDOW_S / STEP_S;
/** @type {readonly Kind[]} */
const KINDS = ["pck_20", "pck_10", "px", "mm", "torso", "visibility"];

export class Comparison {
  /** By number since the clock's beginning. @type {Map<number, Step>} */
  #steps = new Map();
  #time = -Infinity;

  /** @param {Compared} frame one that is older than the last begins anew */
  add({ time, people, truth, estimated = [] }) {
    if (time < this.#time) this.reset();
    this.#time = time;
    const now = Math.floor(time / STEP_S);
    for (const number of this.#steps.keys()) if (number <= now - STEPS) this.#steps.delete(number);
    const step = this.#steps.get(now) ?? { frames: 0, shown: 0, found: 0, totals: emptyTotals() };
    this.#steps.set(now, step);
    step.frames += 1;
    const matches = matchPeople(people, truth);
    truth.forEach((one, k) => {
      const place = matches[k];
      step.shown += 1;
      step.found += Number(place !== null);
      tally(step.totals, compared(place === null ? null : people[place], one, estimated[k] ?? []));
    });
  }

  reset() {
    this.#steps.clear();
    this.#time = -Infinity;
  }

  /** @returns {ComparisonFigures} */
  figures() {
    const steps = [...this.#steps.values()];
    const count = (/** @type {"frames" | "shown" | "found"} */ kind) => steps.reduce((sum, step) => sum + step[kind], 0);
    const over = (/** @type {Kind} */ kind, /** @type {number} */ joint = -1) => meanOf(steps, kind, joint);
    return {
      frames: count("frames"),
      pck_20: over("pck_20"),
      pck_10: over("pck_10"),
      px: over("px"),
      mm: over("mm"),
      found: count("shown") > 0 ? count("found") / count("shown") : null,
      visibility: over("visibility"),
      joints: NAMES.map((name, i) => ({ name, px: over("px", i), mm: over("mm", i), torso: over("torso", i) })),
      course: this.#course(),
    };
  }

  #course() {
    const last = Math.floor(this.#time / STEP_S);
    const steps = Array.from({ length: STEPS }, (_, i) => this.#steps.get(last - STEPS + 1 + i));
    const means = (/** @type {Kind} */ kind) => steps.map((step) => (step ? meanOf([step], kind) : null));
    return { age_s: steps.map((_, i) => (i - STEPS + 1) * STEP_S), pck_20: means("pck_20"), pck_10: means("pck_10") };
  }
}

/** @returns {Totals} */
function emptyTotals() {
  const entries = KINDS.map((kind) => [kind, { sums: new Float64Array(COUNT), counts: new Float64Array(COUNT) }]);
  return Object.fromEntries(entries);
}

/** @param {Totals} totals @param {Values} values what is known of them is added */
function tally(totals, values) {
  for (const kind of KINDS) {
    values[kind].forEach((value, i) => {
      if (Number.isNaN(value)) return;
      totals[kind].sums[i] += value;
      totals[kind].counts[i] += 1;
    });
  }
}

/**
 * @param {readonly Step[]} steps
 * @param {Kind} kind
 * @param {number} [joint] -1: all
 * @returns {number | null}
 */
function meanOf(steps, kind, joint = -1) {
  let [sum, count] = [0, 0];
  for (const { totals } of steps) {
    const { sums, counts } = totals[kind];
    for (let i = Math.max(0, joint); i < (joint < 0 ? COUNT : joint + 1); i += 1) {
      sum += sums[i];
      count += counts[i];
    }
  }
  return count > 0 ? sum / count : null;
}

/**
 * @param {Seen | null} person null: missed
 * @param {True} truth
 * @param {readonly string[]} estimated
 * @returns {Values}
 */
function compared(person, truth, estimated) {
  const image = person && person.landmarks;
  const px = pixelErrors(image, truth.landmarks);
  const torso = torsoLength(truth.landmarks);
  const values = {
    pck_20: pckPoints(image, truth.landmarks, 0.2),
    pck_10: pckPoints(image, truth.landmarks, 0.1),
    px,
    mm: worldErrors(person && person.world_landmarks, truth.world_landmarks),
    torso: px.map((error) => error / torso),
    // Nothing is said of the joints of somebody who was missed.
    visibility: person === null ? new Float64Array(COUNT).fill(NaN) : visibilityPoints(person, truth),
  };
  const guessed = new Set(estimated.map(index));
  for (let i = 0; i < COUNT; i += 1) {
    if (truth.presence[i] === 1 && !guessed.has(i)) continue;
    for (const kind of KINDS) values[kind][i] = NaN;
  }
  return values;
}

/**
 * The body from head to foot, as people name it: rows of a left and a right joint, in groups.
 * @type {readonly {group: string, rows: readonly {label: string, joints: readonly string[]}[]}[]} one joint: in the
 *   middle; two: left, right
 */
export const BODY = Object.freeze([
  {
    group: "Head",
    rows: [
      { label: "nose", joints: ["nose"] },
      ...sides({ eye_inner: "eye, inside", eye: "eye", eye_outer: "eye, outside", ear: "ear" }),
      { label: "corner of the mouth", joints: ["mouth_left", "mouth_right"] },
    ],
  },
  { group: "Trunk", rows: sides({ shoulder: "shoulder", hip: "hip" }) },
  { group: "Arms", rows: sides({ elbow: "elbow", wrist: "wrist" }) },
  { group: "Hands", rows: sides({ thumb: "thumb", index: "index finger", pinky: "little finger" }) },
  { group: "Legs", rows: sides({ knee: "knee", ankle: "ankle" }) },
  { group: "Feet", rows: sides({ heel: "heel", foot_index: "toes" }) },
]);

/** @param {Record<string, string>} labels by the landmark's name without its side */
function sides(labels) {
  return Object.entries(labels).map(([name, label]) => ({ label, joints: [`left_${name}`, `right_${name}`] }));
}

/**
 * @param {readonly JointErrors[]} joints
 * @param {readonly string[]} names
 * @returns {Errors} their means
 */
export function together(joints, names) {
  const chosen = joints.filter(({ name }) => names.includes(name));
  const over = (/** @type {"px" | "mm" | "torso"} */ kind) => mean(chosen.map((joint) => joint[kind] ?? NaN));
  return { px: over("px"), mm: over("mm"), torso: over("torso") };
}

/**
 * @param {number | null} torso error as a share of the torso's length
 * @returns {"close" | "near" | "off" | "unknown"} within a tenth, within a fifth, further, not known
 */
export function level(torso) {
  if (torso === null) return "unknown";
  return torso <= 0.1 ? "close" : torso <= 0.2 ? "near" : "off";
}
