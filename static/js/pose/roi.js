/**
 * Regions of interest: rotated squares in the image that a network looks at; twin of `pose/roi.py`.
 *
 * Two frames meet here. *Image*: pixels, x right, y down, (0, 0) is where sample (0, 0) of the picture lies.
 * *Crop*: the same axes turned with the region, 0..1 from its first to its last edge.
 * Formulas as in MediaPipe's AlignmentPointsRectsCalculator, RectTransformationCalculator and
 * LandmarkProjectionCalculator.
 * @module
 */

/**
 * @typedef {object} Roi
 * @property {number} x_center px
 * @property {number} y_center px
 * @property {number} width px
 * @property {number} height px
 * @property {number} rotation radians, clockwise as seen on the screen, within [-pi, pi)
 */

/** A region's side per distance between its two alignment points: twice the distance, and a quarter as margin. */
export const SIDE_PER_DISTANCE = 2 * 1.25;

const TURN = 2 * Math.PI;

/**
 * @param {number} angle radians
 * @returns {number} the same angle within [-pi, pi)
 */
export function wrapAngle(angle) {
  return angle - TURN * Math.floor((angle + Math.PI) / TURN);
}

/**
 * The square region of a person, turned so that the line from centre to scale point points up in the crop.
 * @param {number} x centre (between the hips), image px
 * @param {number} y
 * @param {number} xScale scale point (above the head, on the body's own axis), image px
 * @param {number} yScale
 * @returns {Roi}
 */
export function roiFromAlignment(x, y, xScale, yScale) {
  const side = SIDE_PER_DISTANCE * Math.hypot(xScale - x, yScale - y);
  const rotation = wrapAngle(Math.PI / 2 - Math.atan2(y - yScale, xScale - x));
  return { x_center: x, y_center: y, width: side, height: side, rotation };
}

/**
 * The upright square around a whole image, as the detector sees it; what lies outside the image is black there.
 * @param {readonly [number, number]} imageSize width, height, px
 * @returns {Roi}
 */
export function letterbox([width, height]) {
  const side = Math.max(width, height);
  return { x_center: width / 2, y_center: height / 2, width: side, height: side, rotation: 0 };
}

/**
 * @param {Roi} roi
 * @param {number} u crop frame
 * @param {number} v crop frame
 * @returns {[number, number]} x, y in the image frame
 */
export function cropToImage(roi, u, v) {
  const a = (u - 0.5) * roi.width;
  const b = (v - 0.5) * roi.height;
  const cos = Math.cos(roi.rotation);
  const sin = Math.sin(roi.rotation);
  return [roi.x_center + cos * a - sin * b, roi.y_center + sin * a + cos * b];
}

/**
 * Inverse of {@link cropToImage}.
 * @param {Roi} roi of a width and height above 0
 * @param {number} x image frame
 * @param {number} y image frame
 * @returns {[number, number]} u, v in the crop frame
 */
export function imageToCrop(roi, x, y) {
  const dx = x - roi.x_center;
  const dy = y - roi.y_center;
  const cos = Math.cos(roi.rotation);
  const sin = Math.sin(roi.rotation);
  return [(cos * dx + sin * dy) / roi.width + 0.5, (cos * dy - sin * dx) / roi.height + 0.5];
}

/**
 * Intersection over union of two boxes.
 * @param {readonly number[]} a xmin, ymin, xmax, ymax
 * @param {readonly number[]} b in the same frame
 * @returns {number} 0..1; 0 when both are empty
 */
export function boxOverlap(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  const union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both;
  return both / union;
}

/**
 * How much two regions are the same place: intersection over union with their rotations left aside, as MediaPipe's
 * AssociationNormRectCalculator compares them.
 * @param {Roi} a
 * @param {Roi} b
 * @returns {number} 0..1
 */
export function roiOverlap(a, b) {
  return boxOverlap(uprightBox(a), uprightBox(b));
}

/** @param {Roi} roi */
function uprightBox({ x_center, y_center, width, height }) {
  return [x_center - width / 2, y_center - height / 2, x_center + width / 2, y_center + height / 2];
}
