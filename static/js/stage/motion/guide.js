/**
 * Walking with a white cane: it carries nothing but feels the way.
 *
 * Two-point touch technique (Jacobson, "The art and science of teaching orientation and mobility"): the hand is before the body's middle
 * at waist height, and the tip touches the floor ahead, a little wider than the shoulders, on the side away from the foot that
 * steps ahead, so that it clears the place of the next step.
 * @module
 */
import { createRandom } from "../random.js";
import { add, addScaled, axisAngle, rotate, subtract, Y } from "../vectors.js";
import { createGait } from "./gait.js";
import { fist } from "./holding.js";
import { requireAid } from "./placement.js";
import { stickFrame } from "./sticks.js";
import { pace, rebased, swingingArm, walkingBody, walkingTable } from "./walking.js";

/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./placement.js").Motion} Motion */

/** Of the preferred walking speed: people who feel their way go a little slower. */
const CAUTION = 0.8;
/** Where the hand is, per stature: over the floor, ahead of the hips, aside of the middle. */
const HAND = { up: 0.58, ahead: 0.16, aside: 0.035 };
/** How far the tip goes to each side beyond the shoulder joint, m. */
const WIDER_M = 0.06;
/** How high the tip is between two touches, m. */
const HOP_M = 0.02;

/**
 * @param {{body: import("../rig.js").Body, equipment: import("./placement.js").Geometry[], seed: number | string, speed_m_s?: number, weak_side?: Side}} options
 *   weak_side: the hand that does not hold the cane
 * @returns {Motion}
 */
export function whiteCane({ body, equipment, seed, speed_m_s, weak_side = "left" }) {
  const cane = requireAid(equipment, 0, ["grip", "tip"], "cane_walk");
  const random = createRandom(seed).fork("white_cane");
  const chosen = pace(body, speed_m_s ?? CAUTION * pace(body).speed_m_s);
  const table = walkingTable(body, chosen);
  const gait = createGait(body, table);
  const start = random.uniform();
  const side = weak_side === "left" ? "right" : "left";
  const s = side === "left" ? 1 : -1;
  const size = random.uniform(0.35, 0.5) / body.stature_m;
  const held = cane.parts.grip.position;
  const down = HAND.up * body.stature_m * random.uniform(0.97, 1.03);
  const level = Math.sqrt(Math.max(0.04, held[1] ** 2 - down ** 2));
  return {
    name: "cane_walk", duration_s: table.cycle_s, cyclic: true, advance_m: table.stride_m,
    facts: { speed_m_s: chosen.speed_m_s, hand: side, variant: "white" },
    at(t_s) {
      const phase = t_s / table.cycle_s + start;
      const walk = walkingBody(gait, phase, { lean: 0.03, counter: 0.3 });
      // Left foot lands at phase 0: the tip then touches on the right.
      const across = -(body.shoulder[0] + WIDER_M) * Math.cos(2 * Math.PI * phase);
      const sweep = Math.asin(across / level);
      const ahead = table.stride_m * phase + HAND.ahead * body.stature_m;
      const hand = /** @type {Vec3} */ ([s * HAND.aside * body.stature_m + 0.1 * across, down, ahead]);
      const hop = HOP_M * Math.sin(2 * Math.PI * phase) ** 2;
      const tipWish = add(hand, rotate(axisAngle(Y, sweep), [0, hop - down, level]));
      const quaternion = stickFrame(tipWish, hand);
      const position = subtract(hand, rotate(quaternion, held));
      const split = gait.split(phase);
      const arm = swingingArm(side === "left" ? -split : split, size);
      const grip = fist(side, hand, { elbow: [0.5 * s, -0.8, -0.4] });
      // As in a handshake: the thumb on top, the fingers from aside, the shaft running out below the index finger.
      grip.thumb = addScaled(Y, rotate(quaternion, Y), -0.7);
      grip.palm = [-s, 0, 0];
      const hands = side === "left" ? { left_hand: grip, right_hand: arm } : { left_hand: arm, right_hand: grip };
      walk.contacts.push({ limb: `${side}_hand`, part: "grip", equipment: 0 });
      return rebased({
        ...walk, ...hands, equipment: [{ index: 0, position, quaternion, travel_left_m: 0, travel_right_m: 0 }],
        phases: { ...walk.phases, [`${side}_stick`]: hop < 0.1 * HOP_M ? "touch" : "sweep" },
      }, table.stride_m * start);
    },
  };
}
