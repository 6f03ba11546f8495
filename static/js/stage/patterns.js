/** Seeded textures for floors and walls: planks, tiles, carpet, plaster, slabs. */
import {
  DataTexture,
  LinearFilter,
  LinearMipmapLinearFilter,
  RepeatWrapping,
  SRGBColorSpace,
} from "../../vendor/three.js";
import { createRandom } from "./random.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {(u: number, v: number) => number} Shade brightness factor about 1 at u, v in 0..1; tiles */

const SIDE_PX = 256;
export const VARIANTS = 4;
const GRID = 16; // cells of the coarsest noise

/** Value noise of three octaves that tiles. @param {Random} random @returns {Shade} about -1..1 */
function noise(random) {
  const octaves = [1, 2, 4].map((factor) => {
    const n = GRID * factor;
    const values = Float32Array.from({ length: n * n }, () => random.uniform(-1, 1));
    return { n, values, gain: 1 / factor };
  });
  return (u, v) =>
    octaves.reduce((sum, { n, values, gain }) => {
      const [x, y] = [u * n, v * n];
      const [i, j] = [Math.floor(x), Math.floor(y)];
      const [s, t] = [x - i, y - j].map((f) => f * f * (3 - 2 * f));
      const at = (/** @type {number} */ a, /** @type {number} */ b) =>
        values[(((b % n) + n) % n) * n + (((a % n) + n) % n)];
      return (
        sum +
        gain * ((at(i, j) * (1 - s) + at(i + 1, j) * s) * (1 - t) + (at(i, j + 1) * (1 - s) + at(i + 1, j + 1) * s) * t)
      );
    }, 0) / 1.75;
}

/** Rectangles in rows, each row shifted, with dark joints. @param {Random} random
 * @param {{columns: number, rows: number, shifted: boolean, joint: number, spread: number, grain: [number, number],
 *   roughness: number}} look
 * @returns {Shade}
 */
function bricks(random, { columns, rows, shifted, joint, spread, grain, roughness }) {
  const wood = noise(random);
  const shades = Array.from({ length: columns * rows }, () => random.uniform(1 - spread, 1 + spread));
  const offsets = Array.from({ length: rows }, () => (shifted ? random.uniform(0, 1) : 0));
  return (u, v) => {
    const row = Math.min(rows - 1, Math.floor(v * rows));
    const along = (u * columns + offsets[row]) % columns;
    const column = Math.floor(along);
    const edge = Math.min(
      (along - column) / columns,
      (column + 1 - along) / columns,
      v - row / rows,
      (row + 1) / rows - v,
    );
    const shade =
      shades[row * columns + column] *
      (1 + roughness * wood((u * grain[0] + column * 0.37) % 1, (v * grain[1] + row * 0.61) % 1));
    return edge < joint ? shade * 0.68 : shade;
  };
}

/** @type {Record<string, (random: Random) => Shade>} */
const PATTERNS = {
  planks: (random) =>
    bricks(random, { columns: 2, rows: 8, shifted: true, joint: 0.002, spread: 0.12, grain: [1, 6], roughness: 0.16 }),
  tiles: (random) =>
    bricks(random, { columns: 4, rows: 4, shifted: false, joint: 0.004, spread: 0.03, grain: [1, 1], roughness: 0.04 }),
  slabs: (random) =>
    bricks(random, { columns: 3, rows: 5, shifted: true, joint: 0.005, spread: 0.1, grain: [2, 2], roughness: 0.14 }),
  wall_bricks: (random) =>
    bricks(random, { columns: 5, rows: 14, shifted: true, joint: 0.006, spread: 0.16, grain: [2, 2], roughness: 0.12 }),
  carpet: (random) => {
    const coarse = noise(random);
    return (u, v) => 1 + 0.07 * coarse(u, v) + 0.1 * random.uniform(-1, 1);
  },
  linoleum: (random) => {
    const cloud = noise(random);
    return (u, v) => 1 + 0.05 * cloud(u, v) + 0.015 * random.uniform(-1, 1);
  },
  plaster: (random) => {
    const cloud = noise(random);
    return (u, v) => 1 + 0.02 * cloud(u, v) + 0.012 * random.uniform(-1, 1);
  },
};
export const PATTERN_NAMES = Object.keys(PATTERNS);

/**
 * Textures by name and variant. They are shared and stay: making one costs more than a picture, and all together take 7
 * MB.
 * @type {Map<string, DataTexture>} */
const made = new Map();

/**
 * A grey texture to be multiplied with a colour. Not to be disposed of, nor changed.
 * @param {string} name one of PATTERN_NAMES @param {number} variant 0..VARIANTS - 1
 * @returns {DataTexture} repeats
 */
export function pattern(name, variant) {
  const key = `${name}/${variant}`;
  const known = made.get(key);
  if (known) return known;
  const shade = PATTERNS[name](createRandom(key));
  const data = new Uint8Array(SIDE_PX * SIDE_PX * 4);
  for (let y = 0; y < SIDE_PX; y++) {
    for (let x = 0; x < SIDE_PX; x++) {
      const value = Math.min(255, 228 * shade((x + 0.5) / SIDE_PX, (y + 0.5) / SIDE_PX));
      data.set([value, value, value, 255], 4 * (y * SIDE_PX + x));
    }
  }
  const texture = new DataTexture(data, SIDE_PX, SIDE_PX);
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = 4;
  texture.colorSpace = SRGBColorSpace;
  texture.needsUpdate = true;
  made.set(key, texture);
  return texture;
}
