/**
 * Hands that touch each other or the face. Directions alone miss there, because nobody's arms, shoulders and head have
 * the same
 * proportions: near the other hand or the head, what counts is the way to it.
 * @module
 */
import { bone, SIDES } from "../rig.js";
import { add, addScaled, length, mix, rotate, scale, subtract } from "../vectors.js";
import { approach, smoothstep } from "./smooth.js";
import { middle } from "./torso.js";
import { NEEDED } from "./trust.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../rig.js").Rig} Rig */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./pose.js").FreeArm} FreeArm */
/** @typedef {import("./pose.js").Hold} Hold */

/**
 * Wrists nearer to each other than the first, in lengths of the arm, are put as near; further than the second nothing
 * is done.
 */
const HANDS = [0.4, 0.8];
/** The same for a wrist and the middle of the head. */
const HEAD = [0.35, 0.6];
/**
 * The head's middle between the ears, from its joint, per length of the arm: up and ahead (mean of the stage's
 * characters).
 */
const EARS = /** @type {Vec3} */ ([0, 0.15, 0.09]);
/** Landmarks tremble and what is shown may not: time constant, s. */
const CALM_S = 0.08;
/** Smaller corrections than this are none, m. */
const LEAST_M = 0.004;

/** @param {readonly number[]} range @param {number} far @returns {number} 1 near .. 0 far */
const near = ([full, none], far) => 1 - smoothstep((far - full) / (none - full));

export class Touch {
  /** How far each hand is moved, stage. @type {Record<Side, Vec3>} */ #shift = { left: [0, 0, 0], right: [0, 0, 0] };

  /** @param {Rig} rig */
  constructor(rig) {
    this.rig = rig;
  }

  /**
   * @param {Figure} figure @param {Record<Side, FreeArm>} arms @param {{at: Points["at"], trusted:
   *   import("./trust.js").Trusted}} seen @param {number} dt s
   */
  update(figure, arms, seen, dt) {
    const wanted = this.#wanted(figure, arms, seen);
    for (const side of SIDES) this.#shift[side] = mix(this.#shift[side], wanted[side], approach(CALM_S, dt));
  }

  /**
   * @param {Figure} figure
   * @param {Record<Side, FreeArm>} arms
   * @param {{at: Points["at"], trusted: import("./trust.js").Trusted}} seen
   * @returns {Record<Side, Vec3>}
   */
  #wanted(figure, arms, { at, trusted }) {
    /** @type {Record<Side, Vec3>} */
    const wanted = { left: [0, 0, 0], right: [0, 0, 0] };
    const { wrists, arm_m: own_m } = figure;
    if (own_m === null) return wanted;
    const { arm_m } = figure.spine;
    if (wrists.left && wrists.right) {
      const gap = subtract(wrists.left, wrists.right);
      const missing = subtract(gap, subtract(arms.left.wrist, arms.right.wrist));
      const share = 0.5 * near(HANDS, length(gap) / arm_m);
      wanted.left = scale(missing, share);
      wanted.right = scale(missing, -share);
    }
    if (!trusted(...NEEDED.head)) return wanted;
    const ears = scale(middle(at, "ear"), arm_m / own_m);
    const shown = this.#ears(figure, arm_m);
    for (const side of SIDES) {
      const wrist = wrists[side];
      if (!wrist) continue;
      const from = subtract(wrist, ears);
      const share = near(HEAD, length(from) / arm_m);
      wanted[side] = mix(wanted[side], subtract(from, subtract(arms[side].wrist, shown)), share);
    }
    return wanted;
  }

  /** @param {Figure} figure @param {number} arm_m @returns {Vec3} between the character's ears, from its hip centre */
  #ears(figure, arm_m) {
    const { heads, chest } = this.rig;
    const { position, quaternion } = figure.spine.chest(figure.pelvisTurn, figure.bend);
    const joint = add(position, rotate(quaternion, subtract(heads.Head, heads[chest])));
    return add(joint, rotate(figure.headTurn, scale(EARS, arm_m)));
  }

  /**
   * @param {Side} side
   * @param {FreeArm} arm
   * @param {Vec3} hips stage
   * @returns {Hold | null} null: the hand is where its arm puts it
   */
  hold(side, arm, hips) {
    const shift = this.#shift[side];
    if (length(shift) < LEAST_M || !this.rig.heads[bone(side, "Hand")]) return null;
    return {
      weight: smoothstep((length(shift) - LEAST_M) / LEAST_M),
      target: {
        position: add(add(hips, arm.fist), shift), quaternion: arm.hand,
        elbow: addScaled(arm.elbow, mix(arm.shoulder, arm.wrist, 0.5), -1), closed: 0.25,
      },
    };
  }
}
