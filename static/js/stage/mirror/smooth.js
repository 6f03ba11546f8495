/**
 * Smoothing of rotations and places over time.
 *
 * Rotations: the one-euro filter (Casiez, Roussel and Vogel, CHI 2012) on the group of rotations: a first-order
 * low-pass whose cut-off
 * rises with the speed, so that a joint at rest is calm and one that moves is not late. Places: an alpha-beta filter
 * (constant
 * velocity), which does not lag behind an even motion.
 * @module
 */
import {
  addScaled, clamp, conjugate, IDENTITY, length, multiply, scale, slerp, subtract, toRotationVector,
} from "../vectors.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/**
 * @typedef {object} Calm
 * @property {number} cutoff_hz at rest
 * @property {number} gain Hz per (m/s) of the end of the lever
 * @property {number} lever_m from the joint to the landmark that it is measured by: noise in metres turns a short limb
 *   more
 */

/** Cut-off of either stage that smooths the speed which steers the filter, Hz. */
const SPEED_HZ = 1.6;
/** So fast the end of a lever seems to move at rest, for noise, m/s. */
const NOISE_M_S = 0.1;
/** Longer gaps than this are no motion that could be followed, s. */
export const GAP_S = 0.5;

/** @param {number} cutoff_hz @param {number} dt s @returns {number} share of the new value in a first-order low-pass */
export const share = (cutoff_hz, dt) => 1 - Math.exp(-2 * Math.PI * cutoff_hz * dt);

/** @param {number} tau_s @param {number} dt s @returns {number} share of the way that is gone towards a goal */
export const approach = (tau_s, dt) => 1 - Math.exp(-dt / tau_s);

/** @param {number} u @returns {number} 0 at 0, 1 at 1, level at both */
export const smoothstep = (u) => {
  const t = clamp(u, 0, 1);
  return t * t * (3 - 2 * t);
};

/**
 * @param {number} value
 * @param {number} goal
 * @param {number} step
 * @returns {number} nearer to the goal by at most `step`
 */
export const towards = (value, goal, step) => value + clamp(goal - value, -step, step);

export class TurnFilter {
  /** @type {Quat} */ value = IDENTITY;
  /** @type {Quat | null} */ #raw = null;
  /** Smoothed once, and twice: differences are rough. @type {Vec3} */ #rough = [0, 0, 0];
  /** @type {Vec3} */ #speed = [0, 0, 0];

  /** @param {Calm} calm */
  constructor(calm) {
    this.calm = calm;
  }

  /** Go on from a value as if it had been there at rest. @param {Quat} value */
  restart(value) {
    this.value = value;
    this.#raw = null;
    this.#rough = [0, 0, 0];
    this.#speed = [0, 0, 0];
  }

  /** @param {Quat} raw @param {number} dt s @returns {Quat} */
  step(raw, dt) {
    const { cutoff_hz, gain, lever_m } = this.calm;
    if (dt <= 0) return this.value;
    if (this.#raw) {
      const speed = scale(toRotationVector(multiply(raw, conjugate(this.#raw))), 1 / dt);
      const part = share(SPEED_HZ, dt);
      this.#rough = addScaled(this.#rough, subtract(speed, this.#rough), part);
      this.#speed = addScaled(this.#speed, subtract(this.#rough, this.#speed), part);
    }
    this.#raw = raw;
    const cutoff = cutoff_hz + gain * Math.max(0, lever_m * length(this.#speed) - NOISE_M_S);
    this.value = slerp(this.value, raw, share(cutoff, dt));
    return this.value;
  }
}

/** Share of a surprise that corrects the place, and the speed, at 30 frames a second. */
const ALPHA = 0.3;
const BETA = 0.05;
const RATE_HZ = 30;

export class PlaceFilter {
  /** @type {Vec3} */ velocity = [0, 0, 0];

  /** @param {Vec3} value m */
  constructor(value) {
    this.value = value;
  }

  /** @param {Vec3} value */
  restart(value) {
    this.value = value;
    this.velocity = [0, 0, 0];
  }

  /** Shift place without motion. @param {Vec3} by */
  shift(by) {
    this.value = addScaled(this.value, by, 1);
  }

  /** @param {Vec3} raw @param {number} dt s @returns {Vec3} */
  step(raw, dt) {
    if (dt <= 0) return this.value;
    const frames = dt * RATE_HZ;
    const alpha = 1 - (1 - ALPHA) ** frames;
    const beta = Math.min(alpha, 1 - (1 - BETA) ** frames);
    const expected = addScaled(this.value, this.velocity, dt);
    const surprise = subtract(raw, expected);
    this.value = addScaled(expected, surprise, alpha);
    this.velocity = addScaled(this.velocity, surprise, beta / dt);
    return this.value;
  }
}
