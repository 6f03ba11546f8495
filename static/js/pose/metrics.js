/**
 * How far a tracked pose is from the truth; twin of `pose/metrics.py`. Definitions and sources: docs/metrics.md.
 *
 * Landmarks are 33*3 numbers, image frame (px; only x and y count) or world frame (m). *Absent* is NaN, and the truth
 * says what counts: a landmark that is absent there (a limb that the person does not have) is left out of everything.
 * One that is absent in the prediction alone is wrong and has no distance; a person who was missed is a prediction of
 * null. What nothing is known for is NaN in arrays and null as a single number, never 0.
 *
 * Points (33) hold 1 for right, 0 for wrong, NaN for left out, so that {@link mean} over any part of them is a share.
 * All functions throw a RangeError for arrays of another length than stated.
 * @module
 */
import { CERTAIN_VISIBILITY, COCO17, COUNT, index } from "./landmarks.js";
import { similarity } from "./similarity.js";

/** @typedef {ArrayLike<number>} Numbers */
/** @typedef {{landmarks: Numbers, visibility: Numbers}} Seen landmarks 33*3 px, visibility 33 probabilities */

const MM_PER_M = 1000;
/** Least torso length, in longer sides of the box around a person's true landmarks; see {@link torsoLength}. */
export const TORSO_FLOOR = 0.2;
/** A prediction further from a person than this, torso lengths, is of somebody or something else. */
export const MATCH_LIMIT = 1;
/**
 * Spread of human annotators per keypoint, in roots of the person's area (COCO keypoint evaluation).
 * @type {Readonly<Record<string, number>>} part of the keypoint's name -> sigma
 */
export const COCO_SIGMAS = Object.freeze({
  nose: 0.026,
  eye: 0.025,
  ear: 0.035,
  shoulder: 0.079,
  elbow: 0.072,
  wrist: 0.062,
  hip: 0.107,
  knee: 0.087,
  ankle: 0.089,
});
/** COCO's keypoints as places among the landmarks, each with its sigma. */
const COCO = Object.entries(COCO17).map(([keypoint, landmark]) => ({
  place: index(landmark),
  sigma: COCO_SIGMAS[keypoint.replace(/^(left|right)_/, "")],
}));
const HIPS = [index("left_hip"), index("right_hip")];
const SHOULDERS = [index("left_shoulder"), index("right_shoulder")];

/**
 * @param {Iterable<number>} values
 * @returns {number | null} mean of what is there
 */
export function mean(values) {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count += 1;
  }
  return count > 0 ? sum / count : null;
}

/**
 * @param {Numbers | null} predicted 33*3 px
 * @param {Numbers} truth 33*3 px
 * @returns {Float64Array} 33 distances in the image, px; NaN where either is absent
 */
export function pixelErrors(predicted, truth) {
  check(truth);
  if (predicted === null) return new Float64Array(COUNT).fill(NaN);
  check(predicted);
  return Float64Array.from({ length: COUNT }, (_, i) =>
    Math.hypot(predicted[3 * i] - truth[3 * i], predicted[3 * i + 1] - truth[3 * i + 1]),
  );
}

/**
 * @param {Numbers | null} predicted 33*3 m
 * @param {Numbers} truth 33*3 m
 * @returns {Float64Array} 33 distances in space, mm, with the hip centres of both laid on each other
 */
export function worldErrors(predicted, truth) {
  check(truth);
  if (predicted === null) return new Float64Array(COUNT).fill(NaN);
  check(predicted);
  const [from, to] = [middle(predicted, HIPS), middle(truth, HIPS)];
  return distances(
    Float64Array.from({ length: 3 * COUNT }, (_, k) => predicted[k] - from[k % 3]),
    Float64Array.from({ length: 3 * COUNT }, (_, k) => truth[k] - to[k % 3]),
  );
}

/**
 * From shoulder centre to hip centre in the image. A torso seen end-on has hardly a length there, and no tracker could
 * be right. So it is at least {@link TORSO_FLOOR} of the longer side of the box around the true landmarks, the measure
 * of the first PCK (Yang and Ramanan, PAMI 2013).
 * @param {Numbers} truth 33*3 px
 * @returns {number} px; NaN without shoulders, hips or any size
 */
export function torsoLength(truth) {
  check(truth);
  const [hips, shoulders] = [middle(truth, HIPS), middle(truth, SHOULDERS)];
  const seen = Math.hypot(shoulders[0] - hips[0], shoulders[1] - hips[1]);
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (let i = 0; i < COUNT; i += 1) {
    for (const axis of [0, 1]) {
      const value = truth[3 * i + axis];
      if (!Number.isFinite(value)) continue;
      low[axis] = Math.min(low[axis], value);
      high[axis] = Math.max(high[axis], value);
    }
  }
  const length = Math.max(seen, TORSO_FLOOR * Math.max(high[0] - low[0], high[1] - low[1]));
  return length > 0 && Number.isFinite(length) ? length : NaN;
}

/**
 * Whether each landmark is within a share of the true torso's length. All of a person without such a length is left
 * out.
 * @param {Numbers | null} predicted 33*3 px
 * @param {Numbers} truth 33*3 px
 * @param {number} share
 * @returns {Float64Array} 33 points
 */
export function pckPoints(predicted, truth, share) {
  const limit = share * torsoLength(truth);
  // A comparison with NaN is false: what is absent in the prediction alone is wrong.
  return pixelErrors(predicted, truth).map((error, i) =>
    Number.isNaN(limit) || !isThere(truth, i) ? NaN : Number(error <= limit),
  );
}

/**
 * Whether predicted and true visibility of each landmark are on the same side of 0.5.
 * @param {Seen | null} predicted
 * @param {Seen} truth
 * @returns {Float64Array} 33 points
 */
export function visibilityPoints(predicted, truth) {
  check(truth.landmarks);
  for (const { visibility } of predicted === null ? [truth] : [predicted, truth]) {
    if (visibility.length !== COUNT) throw wrongLength("visibility", COUNT, visibility.length);
  }
  return Float64Array.from({ length: COUNT }, (_, i) => {
    if (!isThere(truth.landmarks, i) || !Number.isFinite(truth.visibility[i])) return NaN;
    const value = predicted === null ? NaN : predicted.visibility[i];
    const same = value >= CERTAIN_VISIBILITY === truth.visibility[i] >= CERTAIN_VISIBILITY;
    return Number(same && Number.isFinite(value));
  });
}

/**
 * Whether the place of each landmark, as for PCK, and its visibility are both right.
 * @param {Seen | null} predicted
 * @param {Seen} truth
 * @param {number} share
 * @returns {Float64Array} 33 points
 */
export function pdjPoints(predicted, truth, share) {
  const seen = visibilityPoints(predicted, truth);
  return pckPoints(predicted && predicted.landmarks, truth.landmarks, share).map((point, i) => point * seen[i]);
}

/**
 * @param {Numbers | null} predicted 33*3 px
 * @param {Numbers} truth 33*3 px
 * @param {number} share
 * @returns {number | null} share of the landmarks that are within `share` of the torso, 0 to 1
 */
export function pck(predicted, truth, share) {
  return mean(pckPoints(predicted, truth, share));
}

/**
 * @param {Seen | null} predicted
 * @param {Seen} truth
 * @param {number} share
 * @returns {number | null} share of the landmarks whose place and visibility are right, 0 to 1
 */
export function pdj(predicted, truth, share) {
  return mean(pdjPoints(predicted, truth, share));
}

/**
 * Object keypoint similarity over the COCO keypoints among the landmarks.
 * @param {Numbers | null} predicted 33*3 px
 * @param {Numbers} truth 33*3 px
 * @param {number} area of the true box, px²; above 0
 * @returns {number | null} 0 to 1
 */
export function oks(predicted, truth, area) {
  const errors = pixelErrors(predicted, truth);
  if (!(area > 0)) return null;
  return mean(
    COCO.filter(({ place }) => isThere(truth, place)).map(({ place, sigma }) =>
      // COCO's k is two sigmas: exp(-d² / (2 s² k²)).
      Number.isNaN(errors[place]) ? 0 : Math.exp(-(errors[place] ** 2) / (2 * area * (2 * sigma) ** 2)),
    ),
  );
}

/**
 * @param {Numbers | null} predicted 33*3 m
 * @param {Numbers} truth 33*3 m
 * @returns {number | null} mean distance in space, mm, with hip centres laid on each other
 */
export function mpjpe(predicted, truth) {
  return mean(worldErrors(predicted, truth));
}

/**
 * @param {Numbers | null} predicted 33*3 m
 * @param {Numbers} truth 33*3 m
 * @returns {number | null} mean distance in space, mm, after the best similarity; null with fewer than three common
 *   landmarks, or where the prediction is a single point
 */
export function paMpjpe(predicted, truth) {
  check(truth);
  if (predicted === null) return null;
  check(predicted);
  const align = similarity(predicted, truth);
  return align && mean(distances(align(predicted), truth));
}

/**
 * Say which prediction is of which true person. Nearest pairs first, as COCO's evaluation matches, by the mean distance
 * of common landmarks in the true person's torso lengths; nobody beyond the limit, each prediction once.
 * @param {readonly {landmarks: Numbers}[]} predicted 33*3 px each
 * @param {readonly {landmarks: Numbers}[]} truth 33*3 px each
 * @param {number} [limit] torso lengths
 * @returns {(number | null)[]} for each true person the place in `predicted`, null if missed
 */
export function matchPeople(predicted, truth, limit = MATCH_LIMIT) {
  const near = truth
    .flatMap((person, to) => {
      const torso = torsoLength(person.landmarks);
      return predicted.map((other, from) => {
        const apart = mean(pixelErrors(other.landmarks, person.landmarks));
        return { to, from, distance: apart === null ? NaN : apart / torso };
      });
    })
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  /** @type {(number | null)[]} */
  const matched = truth.map(() => null);
  for (const { to, from } of near) if (matched[to] === null && !matched.includes(from)) matched[to] = from;
  return matched;
}

/** @param {Numbers} a 33*3 m @param {Numbers} b 33*3 m @returns {Float64Array} 33 distances, mm */
function distances(a, b) {
  return Float64Array.from(
    { length: COUNT },
    (_, i) =>
      MM_PER_M * Math.hypot(a[3 * i] - b[3 * i], a[3 * i + 1] - b[3 * i + 1], a[3 * i + 2] - b[3 * i + 2]),
  );
}

/** @param {Numbers} points 33*3 @param {number[]} places two of them @returns {number[]} x, y, z */
function middle(points, [a, b]) {
  return [0, 1, 2].map((axis) => (points[3 * a + axis] + points[3 * b + axis]) / 2);
}

/** @param {Numbers} landmarks @param {number} i @returns {boolean} */
function isThere(landmarks, i) {
  return Number.isFinite(landmarks[3 * i]) && Number.isFinite(landmarks[3 * i + 1]);
}

/** @param {Numbers} landmarks */
function check(landmarks) {
  if (landmarks.length !== 3 * COUNT) throw wrongLength("landmarks", 3 * COUNT, landmarks.length);
}

/** @param {string} name @param {number} expected @param {number} got */
function wrongLength(name, expected, got) {
  return new RangeError(`${name}: expected ${expected} values, got ${got}`);
}
