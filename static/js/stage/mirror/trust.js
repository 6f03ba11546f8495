/**
 * Which joints are believed. A landmark is believed while it is likely to be seen; once it was not, it must be
 * likelier, and for
 * a moment, before it is believed again: a landmark at the edge of the frame would otherwise come and go with each
 * frame.
 * @module
 */
import spec from "../../../spec/landmarks.json" with { type: "json" };
import { NAMES } from "../../pose/landmarks.js";

/** @typedef {import("./points.js").Points} Points */
/** @typedef {(...names: string[]) => boolean} Trusted */

/** Below this a landmark is not believed any more. */
const LOSE = spec.certain_visibility;
/** Above this, for as long as RETURN_S, it is believed again. */
const RETURN = spec.certain_visibility + 0.1;
const RETURN_S = 0.1;

export class Trust {
  /** Landmarks that are believed. @type {Set<string>} */ #believed = new Set();
  /** Seconds for which the others have been likely enough. @type {Map<string, number>} */ #rising = new Map();
  #first = true;

  /**
   * @param {Points | null} points null: nobody is seen
   * @param {ReadonlySet<string>} absent landmarks that the person does not have
   * @param {number} dt s
   * @returns {Trusted} whether all of some landmarks are believed
   */
  update(points, absent, dt) {
    for (const name of NAMES) {
      const certainty = points && !absent.has(name) ? points.certainty[name] : 0;
      if (certainty < LOSE) this.#lose(name);
      else if (!this.#believed.has(name)) this.#rise(name, certainty, dt);
    }
    if (points) this.#first = false;
    return (...names) => names.every((name) => this.#believed.has(name));
  }

  /** @param {string} name */
  #lose(name) {
    this.#believed.delete(name);
    this.#rising.delete(name);
  }

  /** @param {string} name @param {number} certainty @param {number} dt */
  #rise(name, certainty, dt) {
    const since = certainty < RETURN ? 0 : (this.#rising.get(name) ?? 0) + dt;
    if (this.#first || since >= RETURN_S) {
      this.#believed.add(name);
      this.#rising.delete(name);
    } else this.#rising.set(name, since);
  }
}

/** Landmarks that a part of the body is measured by. Names of sides are the character's. */
export const NEEDED = {
  torso: ["left_shoulder", "right_shoulder", "left_hip", "right_hip"],
  shoulders: ["left_shoulder", "right_shoulder"],
  head: ["nose", "left_eye", "right_eye", "left_ear", "right_ear"],
  upper_arm: ["shoulder", "elbow"],
  forearm: ["elbow", "wrist"],
  hand: ["wrist", "index", "pinky"],
  thigh: ["hip", "knee"],
  shank: ["knee", "ankle"],
  foot: ["heel", "foot_index"],
};

/**
 * @param {"left" | "right"} side
 * @param {"upper_arm" | "forearm" | "hand" | "thigh" | "shank" | "foot"} part
 * @returns {string[]}
 */
export const needed = (side, part) => NEEDED[part].map((name) => `${side}_${name}`);
