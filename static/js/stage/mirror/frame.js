/**
 * A walker or rollator that goes where its user's hands go: level, on the floor, its grips in the hands.
 * @module
 */
import { bump, ease } from "../motion/curves.js";
import { fist, standoff } from "../motion/holding.js";
import { partPosition } from "../motion/placement.js";
import { SIDES } from "../rig.js";
import { add, addScaled, axisAngle, distance, dot, mix, rotate, scale, subtract, wrapAngle, Y } from "../vectors.js";
import { approach, PlaceFilter, smoothstep, towards } from "./smooth.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../motion/placement.js").Geometry} Geometry */
/** @typedef {import("../motion/placement.js").EquipmentPlacement} EquipmentPlacement */
/** @typedef {import("./pose.js").Hold} Hold */
/** What the hands and the body do, stage frame, m and radians.
 * @typedef {object} User
 * @property {Record<Side, Vec3 | null>} fists null: not there to hold anything
 * @property {Record<Side, Vec3>} shoulders
 * @property {Vec3} hips
 * @property {number} yaw where the body faces
 */

/** A hand so near its grip takes it, and so far from it has let go, m. */
const TAKES_M = 0.26;
const LEAVES_M = 0.38;
const TAKE_S = 0.2;
/** Nobody's hands are on it for so long, and it is so far away: it is brought along. */
const ALONE_S = 1.5;
const ALONE_M = 0.35;
/** How fast it turns with the body, and a rollator that nobody holds comes along, s. */
const TURN_S = 0.35;
/** Hands are never quite still: a rolling frame follows them from this distance on, m. */
const PLAY_M = 0.015;
/** A frame without wheels stands until it is wanted so far away, or lifted so high, m. */
const STEP_M = 0.09;
const LIFTED_M = 0.05;
const STEP_S = 0.45;
const STEP_UP_M = 0.035;
const POSTURE = { stretch: 0.92, lean: 0.13 };

export class Frame {
  /** @type {Vec3 | null} */ #position = null;
  #yaw = 0;
  #travel = 0;
  #lift = 0;
  #alone_s = 0;
  #wished = new PlaceFilter([0, 0, 0]);
  /** @type {{from: Vec3, share: number} | null} a step of a frame without wheels */ #step = null;
  /** @type {Record<Side, {held: boolean, weight: number}>} */
  #hands = { left: { held: false, weight: 0 }, right: { held: false, weight: 0 } };

  /** @param {Geometry} aid with left_grip and right_grip @param {number} index @param {Body} body */
  constructor(aid, index, body) {
    this.aid = aid;
    this.index = index;
    this.rolls = aid.kind === "rollator";
    const [x, y] = aid.parts.left_grip.position;
    this.ahead_m = standoff(body, y, x, POSTURE).ahead_m;
    this.centre = scale(add(aid.parts.left_grip.position, aid.parts.right_grip.position), 0.5);
  }

  /** @param {User} user @param {number} dt s */
  update(user, dt) {
    const ahead = addScaled(user.hips, rotate(axisAngle(Y, user.yaw), [0, 0, 1]), this.ahead_m);
    const home = /** @type {Vec3} */ ([ahead[0], 0, ahead[2]]);
    if (!this.#position) {
      this.#yaw = user.yaw;
      this.#position = this.#under(user, SIDES.filter((side) => user.fists[side])) ?? home;
      if (distance(this.#position, home) > LEAVES_M) this.#position = home;
      this.#wished.restart(this.#position);
    }
    this.#yaw += wrapAngle(user.yaw - this.#yaw) * approach(TURN_S, dt);
    for (const side of SIDES) this.#grip(side, user.fists[side], dt);
    const holding = SIDES.filter((side) => this.#hands[side].held);
    this.#alone_s = holding.length > 0 || distance(home, this.#position) < ALONE_M ? 0 : this.#alone_s + dt;
    const wish = this.#under(user, holding) ?? (this.#alone_s > ALONE_S ? home : this.#position);
    const smooth = this.#wished.step(wish, dt);
    const before = this.#position;
    if (this.rolls) this.#position = followed(before, smooth);
    else this.#walk(smooth, this.#raised(user, holding), dt);
    this.#travel += dot(subtract(this.#position, before), rotate(axisAngle(Y, this.#yaw), [0, 0, 1]));
  }

  /**
   * Where the frame stands when some hands are on their grips.
   * @param {User} user
   * @param {Side[]} holding
   * @returns {Vec3 | null}
   */
  #under({ fists }, holding) {
    if (holding.length === 0) return null;
    /** @type {Vec3} */
    let sum = [0, 0, 0];
    for (const side of holding) {
      const grip = holding.length === 2 ? this.centre : this.aid.parts[`${side}_grip`].position;
      sum = add(sum, subtract(/** @type {Vec3} */ (fists[side]), rotate(axisAngle(Y, this.#yaw), grip)));
    }
    const [x, , z] = scale(sum, 1 / holding.length);
    return [x, 0, z];
  }

  /** How far the hands hold the frame over the floor. @param {User} user @param {Side[]} holding @returns {number} m */
  #raised({ fists }, holding) {
    if (holding.length < 2) return 0;
    return Math.min(...holding.map((side) => (
      /** @type {Vec3} */ (fists[side])[1] - this.aid.parts[`${side}_grip`].position[1])));
  }

  /** @param {Side} side @param {Vec3 | null} at @param {number} dt */
  #grip(side, at, dt) {
    const hand = this.#hands[side];
    const grip = partPosition(this.aid, `${side}_grip`, this.placement);
    const far = at ? distance(at, grip) : Infinity;
    hand.held = far < (hand.held ? LEAVES_M : TAKES_M);
    hand.weight = towards(hand.weight, hand.held ? 1 : 0, dt / TAKE_S);
  }

  /** A frame without wheels is lifted or stands. @param {Vec3} wish @param {number} raised m @param {number} dt */
  #walk(wish, raised, dt) {
    const at = /** @type {Vec3} */ (this.#position);
    if (!this.#step && (distance(wish, at) > STEP_M || raised > LIFTED_M)) this.#step = { from: at, share: 0 };
    if (!this.#step) return;
    const carried = raised > LIFTED_M && this.#step.share > 0.5;
    this.#step.share = Math.min(carried ? 0.5 : 1, this.#step.share + dt / STEP_S);
    this.#position = mix(this.#step.from, wish, ease(Math.min(1, 1.25 * this.#step.share)));
    this.#lift = STEP_UP_M * bump(this.#step.share);
    if (this.#step.share === 1) this.#step = null;
  }

  /** @returns {EquipmentPlacement} */
  get placement() {
    const [x, , z] = this.#position ?? [0, 0, 0];
    const travel = this.rolls ? this.#travel : 0;
    const quaternion = axisAngle(Y, this.#yaw);
    return { index: this.index, position: [x, this.#lift, z], quaternion, travel_left_m: travel, travel_right_m: travel };
  }

  /** @param {Side} side @returns {Hold | null} */
  hold(side) {
    const { weight } = this.#hands[side];
    if (weight === 0) return null;
    const s = side === "left" ? 1 : -1;
    const turn = axisAngle(Y, this.#yaw);
    return {
      weight: smoothstep(weight),
      target: fist(side, partPosition(this.aid, `${side}_grip`, this.placement), {
        shrug: 0.08, extension: 0.65, thumb: rotate(turn, [0, 0.25, 1]), elbow: rotate(turn, [0.55 * s, -0.3, -0.9]),
      }),
    };
  }
}

/** What is pulled by something with a little play. @param {Vec3} at @param {Vec3} wish @returns {Vec3} */
function followed(at, wish) {
  const way = subtract(wish, at);
  const far = Math.hypot(...way);
  return far <= PLAY_M ? at : addScaled(at, way, (far - PLAY_M) / far);
}
