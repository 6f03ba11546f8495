/**
 * A crutch or cane in a hand: its tip stands on the floor until the hand has gone on, then steps after it.
 * @module
 */
import { bump, ease } from "../motion/curves.js";
import { fist } from "../motion/holding.js";
import { stickFrame } from "../motion/sticks.js";
import {
  add, addScaled, axisAngle, distance, mix, multiply, normalize, rotate, scale, subtract, X, Y,
} from "../vectors.js";
import { approach, share, smoothstep, towards } from "./smooth.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../motion/placement.js").Geometry} Geometry */
/** @typedef {import("../motion/placement.js").EquipmentPlacement} EquipmentPlacement */
/** @typedef {import("./pose.js").Hold} Hold */
/** @typedef {import("./frame.js").User} User */

/** Where the tip stands against the hand, per stature: aside and ahead. */
const BESIDE = 0.03;
const AHEAD = 0.02;
/** The tip steps when it should stand so much further, per stature; the step takes so long, s, and is so high, m. */
const STEP = 0.09;
const STEP_S = 0.32;
const STEP_UP_M = 0.03;
/** It is put down ahead of a moving hand, by its way in this time, s; and no further than this, m. */
const LEAD_S = 0.25;
const LEAD_M = 0.22;
/** Hands higher than the grip by this carry the stick; lower than the second they put it down again, m. */
const CARRIED_M = 0.12;
const PUT_DOWN_M = 0.06;
const CARRY_S = 0.08;
const SPEED_HZ = 2;
const TAKE_S = 0.25;
/** A stick that no hand can hold lies on the floor, so far aside of the hips, m. */
const LIES_M = 0.35;

export class Stick {
  /** @type {Vec3 | null} */ #tip = null;
  /** @type {"stands" | "steps" | "carried"} */ #state = "stands";
  /** @type {{from: Vec3, share: number}} */ #step = { from: [0, 0, 0], share: 0 };
  /** @type {Vec3} */ #speed = [0, 0, 0];
  /** @type {Vec3} */ #last = [0, 0, 0];
  #weight = 1;
  /** @type {{position: Vec3, quaternion: Quat}} */ #place = { position: [0, 0, 0], quaternion: [0, 0, 0, 1] };
  /** @type {User | null} */ #user = null;

  /** @param {Geometry} aid @param {number} index @param {Body} body @param {Side} side */
  constructor(aid, index, body, side) {
    this.aid = aid;
    this.index = index;
    this.body = body;
    this.side = side;
    this.grip = aid.parts.grip.position;
  }

  /** @param {User} user @param {number} dt s */
  update(user, dt) {
    const at = user.fists[this.side];
    this.#weight = towards(this.#weight, at ? 1 : 0, dt / TAKE_S);
    this.#user = user;
    if (!at) {
      this.#lie(user);
      return;
    }
    if (this.#tip && dt > 0) {
      const speed = scale(subtract(at, this.#last), 1 / dt);
      this.#speed = addScaled(this.#speed, subtract(speed, this.#speed), share(SPEED_HZ, dt));
    }
    this.#last = at;
    this.#tip = this.#move(at, this.#below(at, user.yaw), dt);
    this.#place = { position: this.#tip, quaternion: this.#lean(this.#tip, this.#towards(at, user), user.yaw) };
  }

  /** Where the tip belongs. @param {Vec3} at of the hand @param {number} yaw @returns {Vec3} */
  #below(at, yaw) {
    const s = this.side === "left" ? 1 : -1;
    const size = this.body.stature_m;
    const [x, , z] = add(at, rotate(axisAngle(Y, yaw), [s * BESIDE * size, 0, AHEAD * size]));
    return [x, 0, z];
  }

  /** @param {Vec3} at @param {Vec3} below @param {number} dt @returns {Vec3} the tip */
  #move(at, below, dt) {
    const tip = this.#tip ?? below;
    const raised = at[1] - this.grip[1];
    if (this.#state !== "carried" && raised > CARRIED_M) this.#state = "carried";
    if (this.#state === "carried") {
      if (raised > PUT_DOWN_M) return mix(tip, [below[0], Math.max(0, raised), below[2]], approach(CARRY_S, dt));
      this.#begin(tip);
    }
    if (this.#state === "stands") {
      if (distance(tip, below) <= STEP * this.body.stature_m) return tip;
      this.#begin(tip);
    }
    this.#step.share = Math.min(1, this.#step.share + dt / STEP_S);
    const [x, , z] = this.#speed;
    const lead = Math.min(LEAD_S, LEAD_M / Math.max(1e-6, Math.hypot(x, z)));
    const [tx, ty, tz] = mix(this.#step.from, add(below, [x * lead, 0, z * lead]), ease(this.#step.share));
    if (this.#step.share === 1) this.#state = "stands";
    return [tx, this.#step.share === 1 ? 0 : ty + STEP_UP_M * bump(this.#step.share), tz];
  }

  /** @param {Vec3} from */
  #begin(from) {
    this.#state = "steps";
    this.#step = { from, share: 0 };
  }

  /**
   * What the shaft points to: the hand, or with a pad the armpit.
   * @param {Vec3} at
   * @param {User} user
   * @returns {Vec3}
   */
  #towards(at, { shoulders, yaw }) {
    if (!this.aid.parts.pad) return at;
    const s = this.side === "left" ? 1 : -1;
    const size = this.body.stature_m;
    return add(shoulders[this.side], rotate(axisAngle(Y, yaw), [-0.012 * s * size, -0.06 * size, 0.005]));
  }

  /**
   * @param {Vec3} tip
   * @param {Vec3} to
   * @param {number} yaw
   * @returns {Quat} shaft from tip to hand, facing as the body does
   */
  #lean(tip, to, yaw) {
    const turn = axisAngle(Y, yaw);
    return multiply(turn, stickFrame([0, 0, 0], rotate(axisAngle(Y, -yaw), subtract(to, tip))));
  }

  /** @param {User} user */
  #lie({ hips, yaw }) {
    const s = this.side === "left" ? 1 : -1;
    const [x, , z] = add(hips, rotate(axisAngle(Y, yaw), [s * LIES_M, 0, -0.3]));
    this.#place = { position: [x, 0.02, z], quaternion: multiply(axisAngle(Y, yaw), axisAngle(X, Math.PI / 2)) };
    this.#tip = null;
  }

  /** Whether the tip stands on the floor. @returns {boolean} */
  get stands() {
    return this.#tip !== null && this.#state === "stands";
  }

  /** @returns {EquipmentPlacement} */
  get placement() {
    return { index: this.index, ...this.#place, travel_left_m: 0, travel_right_m: 0 };
  }

  /** @param {Side} side @returns {Hold | null} */
  hold(side) {
    if (side !== this.side || this.#weight === 0 || !this.#tip || !this.#user) return null;
    const s = side === "left" ? 1 : -1;
    const turn = axisAngle(Y, this.#user.yaw);
    const { position, quaternion } = this.#place;
    const held = add(position, rotate(quaternion, this.grip));
    const target = fist(side, held, {
      thumb: rotate(quaternion, [0, 0, 1]), extension: 0.7, shrug: 0.08, elbow: rotate(turn, [0.4 * s, -0.3, -0.9]),
    });
    if (this.aid.parts.cuff) {
      // The forearm lies in the cuff: the elbow is on the way from grip to cuff, and beyond.
      const cuff = subtract(add(position, rotate(quaternion, this.aid.parts.cuff.position)), held);
      const elbow = addScaled(held, normalize(cuff), this.body.forearm_m + 0.5 * this.body.hand_m);
      const away = subtract(elbow, mix(this.#user.shoulders[side], held, 0.5));
      const back = Math.min(-0.1, rotate(axisAngle(Y, -this.#user.yaw), away)[2]);
      target.elbow = rotate(turn, [0.1 * s, -0.2, back]);
    }
    return { target, weight: smoothstep(this.#weight) };
  }
}
