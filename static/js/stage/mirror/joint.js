/**
 * One joint over time: follows what is measured, keeps still when it is not believed, then goes slowly to where such a
 * joint
 * is at ease, and comes back gently.
 * @module
 */
import { slerp } from "../vectors.js";
import { approach, smoothstep, towards, TurnFilter } from "./smooth.js";

/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("./smooth.js").Calm} Calm */

/** A joint that is not believed keeps still for so long before it goes to rest, s. */
export const HOLD_S = 1;
/** Time constant of going to rest, s. */
export const EASE_S = 1.6;
/** A joint that is believed again follows fully after this time, s. */
export const RETURN_S = 0.3;

export class Joint {
  /** What is shown: local to the bone above. @type {Quat} */ shown;
  /** 1: follows; 0: does not. */ weight = 0;
  #still_s = 0;
  #fresh = true;
  /** @type {Quat} */ #kept;
  #filter;

  /** @param {Calm} calm @param {Quat} rest */
  constructor(calm, rest) {
    this.#filter = new TurnFilter(calm);
    this.shown = rest;
    this.#kept = rest;
  }

  /**
   * @param {Quat | null} measured null: not believed
   * @param {Quat} rest where it is at ease
   * @param {number} dt s
   * @param {boolean} [gone] the person does not have this limb: no need to keep still
   * @returns {Quat} what is shown
   */
  update(measured, rest, dt, gone = false) {
    if (measured) this.#follow(measured, dt);
    else this.#keep(rest, dt, gone);
    return this.shown;
  }

  /** Come from what is shown to what is measured, as after a loss. */
  reset() {
    this.weight = 0;
  }

  /** @param {Quat} measured @param {number} dt */
  #follow(measured, dt) {
    // The first measurement of all is where things begin: there is nothing to blend from.
    if (this.weight === 0) {
      this.#filter.restart(measured);
      this.#kept = this.shown;
      if (this.#fresh) this.weight = 1;
    }
    this.#fresh = false;
    this.#still_s = 0;
    this.weight = towards(this.weight, 1, dt / RETURN_S);
    const value = this.#filter.step(measured, dt);
    this.shown = this.weight === 1 ? value : slerp(this.#kept, value, smoothstep(this.weight));
  }

  /** @param {Quat} rest @param {number} dt @param {boolean} gone */
  #keep(rest, dt, gone) {
    this.weight = 0;
    this.#still_s += dt;
    if (this.#fresh || gone) this.shown = this.#fresh ? rest : slerp(this.shown, rest, approach(RETURN_S, dt));
    else if (this.#still_s > HOLD_S) this.shown = slerp(this.shown, rest, approach(EASE_S, dt));
  }
}
