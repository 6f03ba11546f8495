/**
 * From the person detector's raw output to people; twin of `pose/detection.py`.
 *
 * Everything is in the frame of the detector's square input, 0..1, x right, y down. Formulas and numbers as in
 * MediaPipe's SsdAnchorsCalculator, TensorsToDetectionsCalculator and NonMaxSuppressionCalculator with the options
 * of its pose_detector_graph.cc.
 * @module
 */
import { boxOverlap } from "./roi.js";
import { sigmoid } from "./projection.js";

/**
 * @typedef {object} Detection
 * @property {number} score probability
 * @property {number[]} box xmin, ymin, xmax, ymax, around the hip centre; 0..1
 * @property {number[]} keypoints x, y of hip centre, full-body scale point, shoulder centre, upper-body scale point
 */

/** Side of the detector's input, px. */
export const INPUT_SIDE = 224;
/** Cells along a side, and anchors in each of them. Layers of one stride (32) share their cells. */
const GRIDS = [
  { cells: 28, anchors: 2 },
  { cells: 14, anchors: 2 },
  { cells: 7, anchors: 6 },
];
/** Values per anchor: centre x, y, width, height and four key points' x, y; px relative to the anchor. */
const VALUES = 12;
/** Logits are clipped to this before the sigmoid. */
const LOGIT_LIMIT = 100;
/** People of a lower score are left out (min_pose_detection_confidence). */
export const MIN_SCORE = 0.5;
/** Boxes that overlap more than this (intersection over union) are one person (min_suppression_threshold). */
export const MAX_OVERLAP = 0.5;

/**
 * Centres of the anchors; all have the unit size.
 * @returns {Float64Array} x, y of each, 0..1
 */
export function anchorCentres() {
  const centres = [];
  for (const { cells, anchors } of GRIDS) {
    for (let row = 0; row < cells; row += 1) {
      for (let column = 0; column < cells; column += 1) {
        for (let anchor = 0; anchor < anchors; anchor += 1) centres.push((column + 0.5) / cells, (row + 0.5) / cells);
      }
    }
  }
  return Float64Array.from(centres);
}

const CENTRES = anchorCentres();

/**
 * @param {ArrayLike<number>} boxes [anchors, 12] raw, px of the input relative to the anchor
 * @param {ArrayLike<number>} scores [anchors] logits
 * @param {number} minScore probability
 * @returns {Detection[]} those of at least `minScore`, in the anchors' order, before suppression
 * @throws {RangeError} when the arrays do not fit the anchors
 */
export function decodeDetections(boxes, scores, minScore = MIN_SCORE) {
  const count = CENTRES.length / 2;
  if (boxes.length !== count * VALUES || scores.length !== count) {
    throw new RangeError(`expected ${count} anchors, got ${boxes.length / VALUES} boxes and ${scores.length} scores`);
  }
  const found = [];
  for (let i = 0; i < count; i += 1) {
    const score = sigmoid(Math.max(-LOGIT_LIMIT, Math.min(LOGIT_LIMIT, scores[i])));
    if (score >= minScore) found.push(decodeBox(boxes, i, score));
  }
  return found;
}

/**
 * @param {ArrayLike<number>} boxes
 * @param {number} i anchor
 * @param {number} score
 * @returns {Detection}
 */
function decodeBox(boxes, i, score) {
  const x = CENTRES[2 * i];
  const y = CENTRES[2 * i + 1];
  const raw = (/** @type {number} */ k) => boxes[i * VALUES + k] / INPUT_SIDE;
  const keypoints = [];
  for (let k = 4; k < VALUES; k += 2) keypoints.push(x + raw(k), y + raw(k + 1));
  const [cx, cy, w, h] = [x + raw(0), y + raw(1), raw(2), raw(3)];
  return { score, box: [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], keypoints };
}

/**
 * Weighted non-maximum suppression: the best box takes in all that overlap it, as their mean weighted by score; so do
 * the rest in turn.
 * @param {readonly Detection[]} detections
 * @param {number} maxOverlap intersection over union
 * @returns {Detection[]} best first, each with the score of its best box
 */
export function suppress(detections, maxOverlap = MAX_OVERLAP) {
  let remaining = [...detections].sort((a, b) => b.score - a.score);
  /** @type {Detection[]} */
  const kept = [];
  while (remaining.length > 0) {
    const best = remaining[0];
    const same = [best];
    /** @type {Detection[]} */
    const others = [];
    for (const other of remaining.slice(1)) {
      (boxOverlap(other.box, best.box) > maxOverlap ? same : others).push(other);
    }
    kept.push({ score: best.score, box: mean(same, "box"), keypoints: mean(same, "keypoints") });
    remaining = others;
  }
  return kept;
}

/**
 * @param {Detection[]} detections
 * @param {"box" | "keypoints"} field
 * @returns {number[]} mean weighted by score
 */
function mean(detections, field) {
  const total = detections.reduce((sum, { score }) => sum + score, 0);
  return detections[0][field].map(
    (_, k) => detections.reduce((sum, detection) => sum + detection.score * detection[field][k], 0) / total,
  );
}
