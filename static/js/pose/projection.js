/**
 * From the landmark network's raw output to a pose in the image; twin of `pose/projection.py`.
 *
 * Formulas as in MediaPipe's TensorsToLandmarksCalculator, RefineLandmarksFromHeatmapCalculator,
 * LandmarkProjectionCalculator and WorldLandmarkProjectionCalculator with the options of its
 * pose_landmarks_detector_graph.cc.
 * @module
 */
import { AUXILIARY, COUNT, RAW_COUNT, index } from "./landmarks.js";
import { cropToImage, roiFromAlignment } from "./roi.js";

/** @typedef {import("./roi.js").Roi} Roi */
/**
 * What the network says of one crop.
 * @typedef {object} RawPose
 * @property {ArrayLike<number>} landmarks [39, 5]: x, y, z in px of the crop, visibility logit, presence logit
 * @property {ArrayLike<number>} heatmap [64, 64, 39] logits, or empty: then nothing is refined
 * @property {ArrayLike<number>} world [39, 3] metres, origin at the hip centre, axes of the crop
 */
/**
 * One pose in the image, before smoothing.
 * @typedef {object} Pose
 * @property {Float64Array} landmarks [33, 3] x, y in px of the image, z in the same unit, smaller is nearer
 * @property {Float64Array} world_landmarks [33, 3] metres, axes of the image
 * @property {Float64Array} visibility [33] probabilities
 * @property {Float64Array} presence [33] probabilities
 * @property {Roi} next_roi where to look for this person in the next frame
 */

/** Side of the landmark network's input, px. */
export const INPUT_SIDE = 256;
/** Side of its heat map, cells. */
export const HEATMAP_SIDE = 64;
/** Cells around a landmark that refine it: a square of 7 by 7. */
const KERNEL_RADIUS = 3;
/** Logit of the confidence (0.5) that a cell in reach must have, or the landmark stays as it is. */
const MIN_REFINING_LOGIT = 0;
const VALUES = 5;
const CENTRE = index(AUXILIARY[0]);
const SCALE = index(AUXILIARY[1]);

/**
 * @param {number} logit
 * @returns {number} probability
 */
export function sigmoid(logit) {
  return 1 / (1 + Math.exp(-logit));
}

/**
 * Move landmarks to the confidence-weighted mean of the heat map around them.
 *
 * Cells outside the map count as empty. As in MediaPipe, a point left of, right of or above the map stays as it is,
 * while one just below still sees the last rows.
 * @param {ArrayLike<number>} landmarks [39, 5] with x, y in px of the crop
 * @param {ArrayLike<number>} heatmap [64, 64, 39] logits, or empty
 * @returns {Float64Array} [39, 2] x, y in the crop frame, 0..1
 */
export function refinePoints(landmarks, heatmap) {
  const points = new Float64Array(2 * RAW_COUNT);
  for (let i = 0; i < RAW_COUNT; i += 1) {
    const u = landmarks[VALUES * i] / INPUT_SIDE;
    const v = landmarks[VALUES * i + 1] / INPUT_SIDE;
    const refined = heatmap.length > 0 ? kernelMean(heatmap, i, u, v) : null;
    points[2 * i] = refined ? refined[0] : u;
    points[2 * i + 1] = refined ? refined[1] : v;
  }
  return points;
}

/**
 * @param {ArrayLike<number>} heatmap
 * @param {number} channel
 * @param {number} u crop frame
 * @param {number} v crop frame
 * @returns {[number, number] | null} null when no cell in reach is sure enough
 */
function kernelMean(heatmap, channel, u, v) {
  const column = Math.trunc(u * HEATMAP_SIDE);
  const row = Math.trunc(v * HEATMAP_SIDE);
  if (!(column >= 0 && column < HEATMAP_SIDE && row >= 0)) return null;
  const lastRow = Math.min(HEATMAP_SIDE - 1, row + KERNEL_RADIUS);
  const lastColumn = Math.min(HEATMAP_SIDE - 1, column + KERNEL_RADIUS);
  let highest = -Infinity;
  let sum = 0;
  let sumColumn = 0;
  let sumRow = 0;
  for (let r = Math.max(0, row - KERNEL_RADIUS); r <= lastRow; r += 1) {
    for (let c = Math.max(0, column - KERNEL_RADIUS); c <= lastColumn; c += 1) {
      const logit = heatmap[(r * HEATMAP_SIDE + c) * RAW_COUNT + channel];
      const confidence = sigmoid(logit);
      highest = Math.max(highest, logit);
      sum += confidence;
      sumColumn += c * confidence;
      sumRow += r * confidence;
    }
  }
  if (!(highest >= MIN_REFINING_LOGIT)) return null;
  return [sumColumn / sum / HEATMAP_SIDE, sumRow / sum / HEATMAP_SIDE];
}

/**
 * @param {RawPose} raw
 * @param {Roi} roi that the crop was taken from
 * @returns {Pose}
 * @throws {RangeError} when an array has another length than stated
 */
export function projectPose(raw, roi) {
  checkLengths(raw);
  const points = refinePoints(raw.landmarks, raw.heatmap);
  const pose = {
    landmarks: new Float64Array(3 * COUNT),
    world_landmarks: rotateWorld(raw.world, roi.rotation),
    visibility: new Float64Array(COUNT),
    presence: new Float64Array(COUNT),
    next_roi: roiFromAlignment(
      ...cropToImage(roi, points[2 * CENTRE], points[2 * CENTRE + 1]),
      ...cropToImage(roi, points[2 * SCALE], points[2 * SCALE + 1]),
    ),
  };
  for (let i = 0; i < COUNT; i += 1) {
    const [x, y] = cropToImage(roi, points[2 * i], points[2 * i + 1]);
    pose.landmarks[3 * i] = x;
    pose.landmarks[3 * i + 1] = y;
    // z has the scale of x: the region's width.
    pose.landmarks[3 * i + 2] = (raw.landmarks[VALUES * i + 2] / INPUT_SIDE) * roi.width;
    pose.visibility[i] = sigmoid(raw.landmarks[VALUES * i + 3]);
    pose.presence[i] = sigmoid(raw.landmarks[VALUES * i + 4]);
  }
  return pose;
}

/**
 * Turn world landmarks from the crop's axes to the image's.
 * @param {ArrayLike<number>} world [39, 3] m
 * @param {number} rotation of the region, radians
 * @returns {Float64Array} [33, 3] m
 */
function rotateWorld(world, rotation) {
  const cos = Math.cos(rotation);
  const sin = Math.sin(rotation);
  const turned = new Float64Array(3 * COUNT);
  for (let i = 0; i < turned.length; i += 3) {
    turned[i] = cos * world[i] - sin * world[i + 1];
    turned[i + 1] = sin * world[i] + cos * world[i + 1];
    turned[i + 2] = world[i + 2];
  }
  return turned;
}

/** @param {RawPose} raw */
function checkLengths({ landmarks, heatmap, world }) {
  const expected = { landmarks: VALUES * RAW_COUNT, heatmap: HEATMAP_SIDE ** 2 * RAW_COUNT, world: 3 * RAW_COUNT };
  if (landmarks.length !== expected.landmarks) throw wrongLength("landmarks", expected.landmarks, landmarks.length);
  if (world.length !== expected.world) throw wrongLength("world", expected.world, world.length);
  if (heatmap.length !== expected.heatmap && heatmap.length !== 0) {
    throw wrongLength("heatmap", expected.heatmap, heatmap.length);
  }
}

/**
 * @param {string} name
 * @param {number} expected
 * @param {number} got
 */
function wrongLength(name, expected, got) {
  return new RangeError(`${name}: expected ${expected} values, got ${got}`);
}
