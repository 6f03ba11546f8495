/**
 * From a picture to a network's input: a rotated square of it, scaled, as floats.
 *
 * Sampling is that of MediaPipe's ImageToTensorCalculator (OpenCV's warpPerspective): bilinear at places rounded to
 * 1/32 px, levels rounded to whole ones, without anti-aliasing; sample (0, 0) of the input falls on the region's corner.
 * Canvases take the middle of the first cell instead and blend at the picture's edge; that moves landmarks by up to
 * 3 % of the torso.
 * @module
 */
import { cropToImage } from "../pose/roi.js";

/** @typedef {import("../pose/roi.js").Roi} Roi */
/** What lies outside the picture: black, or its outermost pixels drawn on. @typedef {"black" | "edge"} Outside */
/** A rectangle of a picture: RGBA row by row, and where it lies, px. @typedef {{data: Uint8ClampedArray, width: number,
 *   height: number, left: number, top: number}} Pixels */
/** @typedef {{left: number, top: number, width: number, height: number}} Box px */

/** Places are whole numbers of 1 / 2^5 px, OpenCV's INTER_BITS. */
const PLACE_BITS = 5;
const PLACES = 1 << PLACE_BITS;

/**
 * The pixels that a crop needs: the region's upright box with a pixel's margin, as far as it lies in the picture.
 * @param {Roi} roi that touches the picture
 * @param {readonly [number, number]} imageSize width, height, px
 * @returns {Box} of at least one pixel
 */
export function boxOf(roi, [width, height]) {
  const corners = [0, 1].flatMap((u) => [0, 1].map((v) => cropToImage(roi, u, v)));
  const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
  const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(0, Math.min(most, value));
  const left = within(Math.floor(Math.min(...xs)) - 1, width - 1);
  const top = within(Math.floor(Math.min(...ys)) - 1, height - 1);
  const right = within(Math.ceil(Math.max(...xs)) + 2, width);
  const bottom = within(Math.ceil(Math.max(...ys)) + 2, height);
  return { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** Crops for one network. */
export class Cropper {
  #side;
  #outside;
  #values;
  #levels;

  /**
   * @param {number} side of the network's input, px
   * @param {readonly [number, number]} range of its values for black and full light
   * @param {Outside} outside
   */
  constructor(side, [black, full], outside) {
    this.#side = side;
    this.#outside = outside;
    this.#values = new Float32Array(3 * side * side);
    this.#levels = Float32Array.from({ length: 256 }, (_, level) => black + ((full - black) * level) / 255);
  }

  /**
   * @param {Pixels} pixels of the picture that cover {@link boxOf}
   * @param {Roi} roi in px of the picture
   * @returns {Float32Array} [side, side, 3], RGB; the same memory on each call
   */
  crop(pixels, roi) {
    const side = this.#side;
    const [x0, y0] = cropToImage(roi, 0, 0);
    const xAcross = (Math.cos(roi.rotation) * roi.width) / side;
    const yAcross = (Math.sin(roi.rotation) * roi.width) / side;
    const xDown = (-Math.sin(roi.rotation) * roi.height) / side;
    const yDown = (Math.cos(roi.rotation) * roi.height) / side;
    for (let row = 0; row < side; row += 1) {
      const x = x0 - pixels.left + row * xDown;
      const y = y0 - pixels.top + row * yDown;
      const from = 3 * side * row;
      if (this.#outside === "edge") this.#rowWithEdge(pixels, x, y, xAcross, yAcross, from);
      else this.#rowInBlack(pixels, x, y, xAcross, yAcross, from);
    }
    return this.#values;
  }

  /**
   * @param {Pixels} pixels
   * @param {number} x of the row's first sample, px of `pixels`
   * @param {number} y
   * @param {number} dx from sample to sample, px
   * @param {number} dy
   * @param {number} from place of the first value
   */
  #rowWithEdge({ data, width, height }, x, y, dx, dy, from) {
    const [values, levels, side] = [this.#values, this.#levels, this.#side];
    const [right, bottom, stride] = [width - 1, height - 1, 4 * width];
    const [farRight, farBottom] = [right * PLACES, bottom * PLACES];
    for (let column = 0, to = from; column < side; column += 1, to += 3) {
      const px = Math.min(farRight, Math.max(0, Math.round((x + column * dx) * PLACES)));
      const py = Math.min(farBottom, Math.max(0, Math.round((y + column * dy) * PLACES)));
      const xi = px >> PLACE_BITS;
      const yi = py >> PLACE_BITS;
      const fx = (px - xi * PLACES) / PLACES;
      const fy = (py - yi * PLACES) / PLACES;
      const a = stride * yi + 4 * xi;
      const b = xi < right ? a + 4 : a;
      const down = yi < bottom ? stride : 0;
      for (let channel = 0; channel < 3; channel += 1) {
        const upper = data[a + channel] + (data[b + channel] - data[a + channel]) * fx;
        const lower = data[a + down + channel] + (data[b + down + channel] - data[a + down + channel]) * fx;
        values[to + channel] = levels[Math.trunc(upper + (lower - upper) * fy + 0.5)];
      }
    }
  }

  /**
   * @param {Pixels} pixels
   * @param {number} x
   * @param {number} y
   * @param {number} dx
   * @param {number} dy
   * @param {number} from
   */
  #rowInBlack({ data, width, height }, x, y, dx, dy, from) {
    const [values, levels, side] = [this.#values, this.#levels, this.#side];
    const stride = 4 * width;
    for (let column = 0, to = from; column < side; column += 1, to += 3) {
      const px = Math.round((x + column * dx) * PLACES);
      const py = Math.round((y + column * dy) * PLACES);
      const xi = px >> PLACE_BITS;
      const yi = py >> PLACE_BITS;
      const fx = (px - xi * PLACES) / PLACES;
      const fy = (py - yi * PLACES) / PLACES;
      const left = xi >= 0 && xi < width ? 1 - fx : 0;
      const right = xi >= -1 && xi < width - 1 ? fx : 0;
      const upper = yi >= 0 && yi < height ? 1 - fy : 0;
      const lower = yi >= -1 && yi < height - 1 ? fy : 0;
      const a = stride * yi + 4 * xi;
      for (let channel = 0; channel < 3; channel += 1) {
        let level = 0;
        if (left * upper > 0) level += left * upper * data[a + channel];
        if (right * upper > 0) level += right * upper * data[a + 4 + channel];
        if (left * lower > 0) level += left * lower * data[a + stride + channel];
        if (right * lower > 0) level += right * lower * data[a + stride + 4 + channel];
        values[to + channel] = levels[Math.trunc(level + 0.5)];
      }
    }
  }
}
