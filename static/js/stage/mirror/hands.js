/**
 * What the character's hands hold: rims, grips, or nothing.
 * @module
 */
import { SIDES } from "../rig.js";
import { add, subtract, unrotate } from "../vectors.js";
import { Frame } from "./frame.js";
import { Stick } from "./stick.js";
import { Wheels } from "./wheels.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../motion/placement.js").Geometry} Geometry */
/** @typedef {import("../motion/placement.js").EquipmentPlacement} EquipmentPlacement */
/** @typedef {import("./pose.js").FreeArm} FreeArm */
/** @typedef {import("./pose.js").Hold} Hold */
/** @typedef {import("./posture.js").Seat} Seat */
/**
 * @typedef {object} WheelState
 * @property {import("./wheels.js").Grip} grip what the hand does
 * @property {boolean} on_rim whether the hand is on the rim by now
 * @property {number} travel_m rolled
 * @property {number} speed_m_s of the wheel over the floor
 */
/**
 * @typedef {object} Now
 * @property {Vec3} hips stage
 * @property {Record<Side, FreeArm>} arms
 * @property {Record<Side, boolean>} grasp whether the hand is there, and its forearm believed
 * @property {Record<Side, Vec3 | null>} wrists as measured, from the hips, at the character's size; null: not believed
 * @property {Record<Side, boolean>} there whether the person has that hand
 * @property {Seat} seat
 * @property {number} seated 0..1
 * @property {number} yaw where the body faces
 */

/** A hand so near to its place on the rim is on it, m. */
const ON_RIM_M = 0.01;

/** @param {string} kind @returns {boolean} */
const isWheelchair = (kind) => kind.endsWith("_wheelchair");

export class Hands {
  /** @type {Wheels | null} */ wheels = null;
  /** @type {(Frame | Stick)[]} */ #aids = [];
  /** @type {Record<Side, boolean>} */ #onRims = { left: false, right: false };

  /** @param {Geometry[]} equipment @param {Body} body @param {Side} cane the hand that holds a single stick */
  constructor(equipment, body, cane) {
    this.chair = equipment.findIndex(({ kind }) => isWheelchair(kind));
    const chair = equipment[this.chair];
    if (chair?.parts.left_rim && chair.parts.right_rim) this.wheels = new Wheels(chair);
    const sticks = equipment.filter(({ parts }) => parts.grip && parts.tip);
    equipment.forEach((aid, index) => {
      if (aid.parts.left_grip && aid.parts.right_grip) this.#aids.push(new Frame(aid, index, body));
      if (!sticks.includes(aid)) return;
      const side = sticks.length > 1 ? SIDES[sticks.indexOf(aid) % 2] : cane;
      this.#aids.push(new Stick(aid, index, body, side));
    });
  }

  /** @param {Now} now @param {number} dt s @returns {Partial<Record<Side, Hold>>} */
  update(now, dt) {
    const { hips, arms, there, yaw } = now;
    this.#roll(now, dt);
    const user = {
      hips, yaw,
      fists: {
        left: there.left ? add(hips, arms.left.fist) : null, right: there.right ? add(hips, arms.right.fist) : null,
      },
      shoulders: { left: add(hips, arms.left.shoulder), right: add(hips, arms.right.shoulder) },
    };
    for (const aid of this.#aids) aid.update(user, dt);
    return Object.fromEntries(SIDES.flatMap((side) => {
      const { position, quaternion } = now.seat;
      const holds = [this.wheels?.hold(side, position, quaternion), ...this.#aids.map((aid) => aid.hold(side))];
      const hold = holds.find(Boolean);
      return hold ? [[side, hold]] : [];
    }));
  }

  /** @param {Now} now @param {number} dt */
  #roll({ hips, arms, grasp, wrists, seat, seated }, dt) {
    if (!this.wheels) return;
    for (const side of SIDES) {
      const holds = grasp[side] && seated === 1;
      const local = unrotate(seat.quaternion, subtract(add(hips, arms[side].fist), seat.position));
      const wrist = wrists[side];
      this.wheels.update(side, holds ? local : null, wrist && unrotate(seat.quaternion, wrist), dt);
    }
  }

  /**
   * After the arms have been solved.
   * @param {Record<string, number>} missed how far hands are from what they hold, m
   */
  check(missed) {
    const wheels = this.wheels;
    if (!wheels) return;
    for (const side of SIDES) {
      const { weight, grip } = wheels.sides[side];
      this.#onRims[side] = weight === 1 && grip !== "free" && missed[`${side}_hand`] < ON_RIM_M;
      wheels.check(side, missed[`${side}_hand`]);
    }
  }

  /** @param {Seat} seat @returns {EquipmentPlacement[]} */
  placements(seat) {
    const all = this.#aids.map((aid) => aid.placement);
    if (this.chair >= 0) {
      const { position, quaternion } = seat;
      const [left, right] = SIDES.map((side) => this.wheels?.sides[side].travel_m ?? 0);
      all.push({ index: this.chair, position, quaternion, travel_left_m: left, travel_right_m: right });
    }
    return all.sort((a, b) => a.index - b.index);
  }

  /** @returns {Record<Side, WheelState> | null} null: there are no rims */
  get state() {
    const wheels = this.wheels;
    if (!wheels) return null;
    const [left, right] = SIDES.map((side) => {
      const { grip, travel_m, speed } = wheels.sides[side];
      return { grip, on_rim: this.#onRims[side], travel_m, speed_m_s: speed };
    });
    return { left, right };
  }
}
