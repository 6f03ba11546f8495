import assert from "node:assert/strict";
import { test } from "node:test";
import { cropToImage } from "../../../static/js/pose/roi.js";
import { Cropper, boxOf } from "../../../static/js/tracker/crop.js";

const [WIDTH, HEIGHT] = [60, 40];
const SIDE = 32;
/** Levels are whole, and values are levels / 255 here. */
const HALF_LEVEL = 0.501 / 255;
/** Places are rounded to 1/32 px, so both coordinates may be half of that off; times the slope, levels a pixel. */
const roundedPlace = (slope) => (2 * slope) / 64 / 255;
/** The picture's slope. */
const SMOOTH = 3;
/** The slope where the picture ends in black. */
const STEEP = 226;
const whole = { left: 0, top: 0, width: WIDTH, height: HEIGHT };

/** A smooth level in each channel, so that bilinear sampling has a formula: linear in x and y. */
const level = (x, y, channel) => 10 + x + 3 * y + 20 * channel;

function pixels({ left, top, width, height }) {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        data[4 * (width * row + column) + channel] = level(left + column, top + row, channel);
      }
      data[4 * (width * row + column) + 3] = 255;
    }
  }
  return { data, width, height, left, top };
}

const clamp = (value, most) => Math.max(0, Math.min(most, value));

function assertSamples(values, roi, slope, expected) {
  for (let row = 0; row < SIDE; row += 1) {
    for (let column = 0; column < SIDE; column += 1) {
      const [x, y] = cropToImage(roi, column / SIDE, row / SIDE);
      for (let channel = 0; channel < 3; channel += 1) {
        const found = values[3 * (SIDE * row + column) + channel];
        const want = expected(x, y, channel) / 255;
        const near = Math.abs(found - want) <= HALF_LEVEL + roundedPlace(slope);
        assert.ok(near, `(${column}, ${row}): ${found} not ${want}`);
      }
    }
  }
}

const inside = { x_center: 30, y_center: 20, width: 24, height: 24, rotation: 0.4 };
const beyond = { x_center: 50, y_center: 8, width: 64, height: 64, rotation: -0.7 };

test("a turned region is sampled between the pixels", () => {
  assertSamples(new Cropper(SIDE, [0, 1], "edge").crop(pixels(whole), inside), inside, SMOOTH, level);
});

test("beyond the picture its edge goes on", () => {
  assertSamples(new Cropper(SIDE, [0, 1], "edge").crop(pixels(whole), beyond), beyond, SMOOTH, (x, y, channel) =>
    level(clamp(x, WIDTH - 1), clamp(y, HEIGHT - 1), channel),
  );
});

test("or it is black, fading over the last pixel", () => {
  const share = (value, most) => clamp(Math.min(value + 1, most + 1 - value), 1);
  const values = new Cropper(SIDE, [0, 1], "black").crop(pixels(whole), beyond);
  assertSamples(values, beyond, STEEP, (x, y, channel) => {
    const [cx, cy] = [clamp(x, WIDTH - 1), clamp(y, HEIGHT - 1)];
    return level(cx, cy, channel) * share(x, WIDTH - 1) * share(y, HEIGHT - 1);
  });
});

test("black and full light take the network's range", () => {
  const white = { ...pixels(whole), data: new Uint8ClampedArray(4 * WIDTH * HEIGHT).fill(255) };
  const values = new Cropper(SIDE, [-1, 1], "black").crop(white, beyond);
  assert.equal(Math.min(...values), -1);
  assert.equal(Math.max(...values), 1);
});

test("the box of a region is enough to sample it from", () => {
  for (const outside of ["edge", "black"]) {
    for (const roi of [inside, beyond, { ...inside, x_center: -5 }]) {
      const box = boxOf(roi, [WIDTH, HEIGHT]);
      const fromBox = Float32Array.from(new Cropper(SIDE, [0, 1], outside).crop(pixels(box), roi));
      assert.deepEqual(fromBox, new Cropper(SIDE, [0, 1], outside).crop(pixels(whole), roi));
      assert.ok(box.left >= 0 && box.top >= 0 && box.left + box.width <= WIDTH && box.top + box.height <= HEIGHT);
    }
  }
  assert.deepEqual(boxOf({ ...inside, x_center: -500 }, [WIDTH, HEIGHT]).width, 1);
});

test("the same memory is used again", () => {
  const cropper = new Cropper(SIDE, [0, 1], "edge");
  assert.equal(cropper.crop(pixels(whole), inside), cropper.crop(pixels(whole), beyond));
});
