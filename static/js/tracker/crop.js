/**
 * From a picture to a network's input: a rotated square of it, scaled, as floats.
 *
 * A small canvas does the sampling; it costs a fraction of reading the whole picture into tensors. Sampling agrees
 * with MediaPipe's ImageToTensorCalculator (OpenCV's warpPerspective, bilinear, without anti-aliasing): sample
 * (0, 0) of the input falls on the region's corner, where canvases would take the middle of its first cell.
 * @module
 */
import { cropToImage } from "../pose/roi.js";

/** @typedef {import("../pose/roi.js").Roi} Roi */
/** What lies outside the picture: black, or the picture's edge drawn on. @typedef {"black" | "edge"} Outside */
/** @typedef {ImageBitmap | VideoFrame | OffscreenCanvas} Picture */

/** px of the picture's own edge under the drawn-on edge, so that no seam shows between the two. */
const OVERLAP = 1;

/**
 * @param {Picture} picture
 * @returns {[number, number]} width, height as shown, px
 */
export function sizeOf(picture) {
  return "displayWidth" in picture
    ? [picture.displayWidth, picture.displayHeight]
    : [picture.width, picture.height];
}

/** Crops for one network. */
export class Cropper {
  #side;
  #outside;
  #context;
  #values;
  #table;

  /**
   * @param {number} side of the network's input, px
   * @param {readonly [number, number]} range of its values for black and full light
   * @param {Outside} outside
   */
  constructor(side, [black, full], outside) {
    this.#side = side;
    this.#outside = outside;
    const context = new OffscreenCanvas(side, side).getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new Error("this browser has no 2D canvas in workers");
    context.imageSmoothingQuality = "low";
    this.#context = context;
    this.#values = new Float32Array(3 * side * side);
    this.#table = Float32Array.from({ length: 256 }, (_, level) => black + ((full - black) * level) / 255);
  }

  /**
   * @param {Picture} picture
   * @param {Roi} roi in px of the picture
   * @returns {Float32Array} [side, side, 3], RGB; the same memory on each call
   */
  crop(picture, roi) {
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "black";
    context.fillRect(0, 0, this.#side, this.#side);
    context.setTransform(...pictureToCrop(roi, this.#side));
    if (this.#outside === "edge") drawEdges(context, picture, roi);
    context.drawImage(picture, 0, 0);
    return this.#read();
  }

  #read() {
    const { data } = this.#context.getImageData(0, 0, this.#side, this.#side);
    const values = this.#values;
    const table = this.#table;
    for (let from = 0, to = 0; to < values.length; from += 4, to += 3) {
      values[to] = table[data[from]];
      values[to + 1] = table[data[from + 1]];
      values[to + 2] = table[data[from + 2]];
    }
    return values;
  }
}

/**
 * The canvas transform that lays the region over a square of `side`. Canvases count from the corner of pixel (0, 0),
 * OpenCV from its middle; hence the halves.
 * @param {Roi} roi
 * @param {number} side px
 * @returns {[number, number, number, number, number, number]} a, b, c, d, e, f of setTransform
 */
export function pictureToCrop(roi, side) {
  const [left, top] = cropToImage(roi, 0, 0);
  const a = (Math.cos(roi.rotation) * side) / roi.width;
  const c = (Math.sin(roi.rotation) * side) / roi.width;
  const b = (-Math.sin(roi.rotation) * side) / roi.height;
  const d = (Math.cos(roi.rotation) * side) / roi.height;
  const [x, y] = [left + 0.5, top + 0.5];
  return [a, b, c, d, 0.5 - a * x - c * y, 0.5 - b * x - d * y];
}

/**
 * Draw the picture's outermost pixels on, as far as the region goes beyond it.
 * @param {OffscreenCanvasRenderingContext2D} context with the picture's transform
 * @param {Picture} picture
 * @param {Roi} roi
 */
function drawEdges(context, picture, roi) {
  const [width, height] = sizeOf(picture);
  const xs = bands(width, roi.x_center, reach(roi));
  const ys = bands(height, roi.y_center, reach(roi));
  for (const y of ys) {
    for (const x of xs) {
      if (x.inside && y.inside) continue;
      context.drawImage(picture, x.from, y.from, x.extent, y.extent, x.to, y.to, x.length, y.length);
    }
  }
}

/** @param {Roi} roi @returns {number} px from the region's centre to its farthest corner, and a pixel to be safe */
function reach(roi) {
  return Math.hypot(roi.width, roi.height) / 2 + 1;
}

/**
 * What to draw along one axis: the picture itself, and before and after it the outermost pixel stretched.
 * @param {number} size of the picture, px
 * @param {number} centre of the region, px
 * @param {number} radius of the region, px
 */
function bands(size, centre, radius) {
  const found = [{ inside: true, from: 0, extent: size, to: 0, length: size }];
  const before = radius - centre;
  const after = centre + radius - size;
  if (before > 0) found.push({ inside: false, from: 0, extent: 1, to: -before, length: before + OVERLAP });
  if (after > 0) {
    found.push({ inside: false, from: size - 1, extent: 1, to: size - OVERLAP, length: after + OVERLAP });
  }
  return found;
}
