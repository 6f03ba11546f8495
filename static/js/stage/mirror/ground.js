/**
 * Feet on the floor. Landmarks are measured from the hips, so a camera alone does not say where somebody stands: the
 * feet do.
 *
 * A foot that is down stays where it is, and the body moves against it; that is also how walking gets anywhere. Which
 * foot is down
 * is told by its height over the lower one and by how the feet move against each other: two that stand keep their
 * distance,
 * and of two that do not, the one that is held higher moves. While a foot is in the air it is carried a little to the
 * stage's middle,
 * so that the character comes back step by step without ever sliding.
 * @module
 */
import { LIMITS } from "../angles.js";
import { twoBones } from "../kinematics.js";
import { SIDES } from "../rig.js";
import {
  add, addScaled, axisAngle, clamp, dot, length, mix, multiply, normalize, rotate, scale, slerp, subtract,
  wrapAngle, X, Y, Z,
} from "../vectors.js";
import { PlaceFilter, share, smoothstep, towards } from "./smooth.js";
import { yawOf } from "./torso.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../motion/placement.js").FootTarget} FootTarget */
/**
 * A leg as measured, in the character's proportions.
 * @typedef {object} Leg
 * @property {Vec3} hip joint, from the hip centre, stage axes, m
 * @property {Vec3} ankle from the hip centre
 * @property {Quat} foot stage
 * @property {Vec3} knee direction to which the knee goes
 * @property {boolean} absent nothing to stand on
 */
/**
 * @typedef {object} Foot
 * @property {boolean} down
 * @property {number} hold 1: stays on its spot .. 0: goes where the leg wants
 * @property {Vec3} spot of the ball on the floor, stage
 * @property {number} yaw of the foot on its spot
 * @property {number} since_s since it was put down or lifted
 * @property {number} strayed_s for how long the leg has wanted it elsewhere
 * @property {{heel: Vec3, ball: Vec3}} last from the hip centre
 * @property {{heel: Vec3, ball: Vec3}} velocity of them, smoothed, m/s
 */

/**
 * For somebody of 1.7 m; others in proportion. Heights over the lower foot at which a foot is put down and lifted, m.
 */
const ON_M = 0.03;
const OFF_M = 0.055;
/** The same over the floor, for somebody who sits. */
const SEATED_ON_M = 0.07;
const SEATED_OFF_M = 0.13;
/** Speeds of the feet against each other at which one is put down, and one has been lifted, m/s. */
const SLOW = 0.4;
const FAST = 0.55;
/** Of two feet that move against each other, the one that is higher by this moves, m. */
const HIGHER_M = 0.012;
/**
 * Times, s: a foot stays down or up at least so long; goes to its spot; leaves it; is wanted elsewhere before it steps.
 */
const LEAST_S = 0.1;
const LAND_S = 0.1;
const LEAVE_S = 0.18;
const STRAY_S = 0.12;
/** Wanted so far from its spot a foot steps there, m and radians; and how high, m. */
const STRAY_M = 0.1;
const STRAY_TURN = 0.5;
const STEP_LIFT_M = 0.03;
/** A leg that would be stretched by more than this lets its foot go, m. */
const OVERSTRETCH_M = 0.05;
/** Straightest leg on a locked foot, as a share: kinematics' own limit and a little. */
const STRAIGHT = 0.999;
/** A standing foot's tilt is taken for noise up to the first, and for tilt from the second, radians. */
const FLAT = [0.05, 0.25];
/** How much of the way back to the middle one step makes, and at most, m. */
const RETURN_SHARE = 0.25;
const RETURN_M = 0.12;
const RETURN_EASE_S = 0.25;
/** Smoothing of the feet's speed, Hz. */
const SPEED_HZ = 5;
const POINTS = /** @type {const} */ (["heel", "ball"]);

export class Ground {
  /** Hip centre in the stage. */ root;
  /** @type {Record<Side, Foot> | null} */ #feet = null;

  /** @param {Body} body */
  constructor(body) {
    this.body = body;
    this.size = body.stature_m / 1.7;
    this.root = new PlaceFilter([0, body.hip_height_m, 0]);
  }

  /** @returns {Record<Side, boolean>} feet that stand on their spots */
  get standing() {
    const feet = this.#feet;
    /** @param {Foot | undefined} foot */
    const stands = (foot) => foot !== undefined && foot.down && foot.hold === 1;
    return { left: stands(feet?.left), right: stands(feet?.right) };
  }

  /**
   * @param {Record<Side, Leg>} legs @param {number} dt s @param {Vec3 | null} [seat] hip centre of somebody who sits;
   *   null: stands
   * @param {number} [sits] 0..1, how far the hips are on the seat
   * @returns {{hips: Vec3, feet: Record<Side, FootTarget>}}
   */
  update(legs, dt, seat = null, sits = 0) {
    const feet = this.#feet ?? this.#begin(legs);
    this.#feet = feet;
    const seated = seat !== null && sits > 0.5;
    for (const side of SIDES) this.#track(feet[side], legs[side], dt);
    const over = this.#heights(legs, seated && seat ? seat[1] : null);
    const apart = length(subtract(lowerVelocity(feet.left), lowerVelocity(feet.right)));
    for (const side of SIDES) this.#decide(side, legs, { over, apart, seated }, dt);
    this.#move(legs, dt);
    const standing = this.root.value;
    const hips = seat ? mix(standing, seat, sits) : this.#reachable(legs, standing);
    if (seat && sits === 1) this.root.restart([seat[0], standing[1], seat[2]]);
    const [left, right] = SIDES.map((side) => this.#place(side, legs[side], hips));
    return { hips, feet: { left, right } };
  }

  /** @param {Record<Side, Leg>} legs @returns {Record<Side, Foot>} both down where they are */
  #begin(legs) {
    const low = Math.min(...SIDES.filter((side) => !legs[side].absent).map((side) => this.#lowest(legs[side])));
    this.root.restart([0, Number.isFinite(low) ? -low : this.body.hip_height_m, 0]);
    const [left, right] = SIDES.map((side) => {
      const still = /** @type {Vec3} */ ([0, 0, 0]);
      return {
        down: true, hold: 1, ...this.#spotUnder(legs[side], this.root.value), since_s: 1, strayed_s: 0,
        last: this.#points(legs[side]), velocity: { heel: still, ball: still },
      };
    });
    return { left, right };
  }

  /** @param {Leg} leg @param {number} z along the sole from below the ankle @returns {Vec3} from the hip centre */
  #sole({ ankle, foot }, z) {
    return add(ankle, rotate(foot, [0, -this.body.ankle_height_m, z]));
  }

  /** @param {Leg} leg @returns {{heel: Vec3, ball: Vec3}} from the hip centre */
  #points(leg) {
    return { heel: this.#sole(leg, -this.body.foot_back_m), ball: this.#sole(leg, this.body.foot_ball_m) };
  }

  /** @param {Leg} leg @returns {number} height of the lower of heel and ball */
  #lowest(leg) {
    const { heel, ball } = this.#points(leg);
    return Math.min(heel[1], ball[1]);
  }

  /**
   * Where the foot would stand flat: heel or ball, whichever is lower, stays where it is.
   * @param {Leg} leg @param {Vec3} hips @returns {{spot: Vec3, yaw: number}}
   */
  #spotUnder(leg, hips) {
    const { heel, ball } = this.#points(leg);
    const yaw = yawOf(leg.foot);
    const length_m = this.body.foot_back_m + this.body.foot_ball_m;
    const ahead = /** @type {Vec3} */ ([Math.sin(yaw) * length_m, 0, Math.cos(yaw) * length_m]);
    const [x, , z] = add(hips, heel[1] < ball[1] ? add(heel, ahead) : ball);
    return { spot: [x, 0, z], yaw };
  }

  /** @param {Foot} foot @param {Leg} leg @param {number} dt */
  #track(foot, leg, dt) {
    const points = this.#points(leg);
    for (const name of dt > 0 ? POINTS : []) {
      const speed = scale(subtract(points[name], foot.last[name]), 1 / dt);
      foot.velocity[name] = addScaled(foot.velocity[name], subtract(speed, foot.velocity[name]), share(SPEED_HZ, dt));
    }
    foot.last = points;
    foot.since_s += dt;
  }

  /**
   * @param {Record<Side, Leg>} legs
   * @param {number | null} seat height of the hips
   * @returns {Record<Side, number>} of the soles, m
   */
  #heights(legs, seat) {
    const [left, right] = SIDES.map((side) => (legs[side].absent ? Infinity : this.#lowest(legs[side])));
    const floor = seat === null ? Math.min(left, right) : -seat;
    return { left: left - floor, right: right - floor };
  }

  /**
   * @param {Side} side @param {Record<Side, Leg>} legs
   * @param {{over: Record<Side, number>, apart: number, seated: boolean}} seen apart: speed of the feet against each
   *   other, m/s
   * @param {number} dt
   */
  #decide(side, legs, { over, apart, seated }, dt) {
    const feet = /** @type {Record<Side, Foot>} */ (this.#feet);
    const other = side === "left" ? "right" : "left";
    const foot = feet[side];
    const [on, off] = seated ? [SEATED_ON_M, SEATED_OFF_M] : [ON_M, OFF_M];
    if (foot.down) {
      const lifted = over[side] > off * this.size;
      const stands = feet[other].down && feet[other].hold === 1;
      const moves = stands && !seated && apart > FAST && this.#mean(legs[side]) >= this.#mean(legs[other]);
      const instead = !feet[other].down && !seated && apart > FAST && over[other] < on * this.size
        && this.#mean(legs[side]) > this.#mean(legs[other]) + HIGHER_M * this.size;
      if (instead) this.#putDown(other, legs[other]);
      foot.strayed_s = this.#strays(foot, legs[side]) ? foot.strayed_s + dt : 0;
      const steps = foot.strayed_s > STRAY_S && (stands || seated);
      const leaves = lifted || moves || steps || instead;
      if (foot.since_s > LEAST_S && leaves) Object.assign(foot, { down: false, since_s: 0, strayed_s: 0 });
    } else {
      const low = over[side] < on * this.size;
      const still = !feet[other].down || apart < SLOW || seated;
      const least = feet[other].down ? LEAVE_S : 0;
      if (foot.since_s > least && low && still) this.#putDown(side, legs[side]);
    }
    foot.hold = towards(foot.hold, foot.down ? 1 : 0, dt / (foot.down ? LAND_S : LEAVE_S));
  }

  /** @param {Leg} leg @returns {number} mean height of heel and ball: a foot that leaves the floor has its heel up */
  #mean(leg) {
    const { heel, ball } = this.#points(leg);
    return (heel[1] + ball[1]) / 2;
  }

  /** @param {Foot} foot @param {Leg} leg */
  #strays(foot, leg) {
    const { spot, yaw } = this.#spotUnder(leg, this.root.value);
    const [x, , z] = subtract(spot, foot.spot);
    return Math.hypot(x, z) > STRAY_M * this.size || Math.abs(wrapAngle(yaw - foot.yaw)) > STRAY_TURN;
  }

  /** @param {Side} side @param {Leg} leg */
  #putDown(side, leg) {
    const foot = /** @type {Record<Side, Foot>} */ (this.#feet)[side];
    const under = this.#spotUnder(leg, add(this.root.value, this.#homeward(foot)));
    Object.assign(foot, { down: true, ...under, since_s: 0, strayed_s: 0 });
  }

  /** How far a foot in the air is carried to the stage's middle. @param {Foot} foot @returns {Vec3} */
  #homeward(foot) {
    const [x, , z] = this.root.value;
    const far = Math.hypot(x, z);
    if (foot.down || far < 1e-6) return [0, 0, 0];
    const back = Math.min(RETURN_M, RETURN_SHARE * far) * smoothstep(foot.since_s / RETURN_EASE_S);
    return [(-x / far) * back, 0, (-z / far) * back];
  }

  /** The body goes where its standing feet want it. @param {Record<Side, Leg>} legs @param {number} dt */
  #move(legs, dt) {
    const feet = /** @type {Record<Side, Foot>} */ (this.#feet);
    /** @type {Vec3} */
    let sum = [0, 0, 0];
    let weight = 0;
    for (const side of SIDES) {
      const { down, hold, spot } = feet[side];
      if (!down || legs[side].absent) continue;
      const counts = hold * hold;
      sum = addScaled(sum, subtract(spot, this.#spotUnder(legs[side], [0, 0, 0]).spot), counts);
      weight += counts;
    }
    const low = Math.min(...SIDES.filter((side) => !legs[side].absent).map((side) => this.#lowest(legs[side])));
    const height = Number.isFinite(low) ? -low : this.body.hip_height_m;
    const expected = addScaled(this.root.value, this.root.velocity, dt);
    const [x, , z] = weight > 0 ? scale(sum, 1 / weight) : expected;
    this.root.step([x, height, z], dt);
  }

  /**
   * Not so high, and not so far, that a standing foot would be pulled off its spot.
   * @param {Record<Side, Leg>} legs
   * @param {Vec3} hips
   */
  #reachable(legs, hips) {
    const feet = /** @type {Record<Side, Foot>} */ (this.#feet);
    const reach = (this.body.thigh_m + this.body.shank_m) * STRAIGHT;
    let drop = 0;
    for (const side of SIDES) {
      if (!feet[side].down || legs[side].absent) continue;
      const hip = add(hips, legs[side].hip);
      const target = this.#onSpot(feet[side], legs[side]);
      const ankle = add(target.position, rotate(target.quaternion, [0, this.body.ankle_height_m, 0]));
      const level = Math.hypot(hip[0] - ankle[0], hip[2] - ankle[2]);
      const highest = ankle[1] + Math.sqrt(Math.max(0, reach ** 2 - level ** 2));
      const needs = hip[1] - highest;
      const tears = needs > OVERSTRETCH_M * this.size && feet[side].since_s > LEAST_S;
      if (tears) Object.assign(feet[side], { down: false, since_s: 0 });
      else drop = Math.max(drop, needs);
    }
    return addScaled(hips, Y, -drop);
  }

  /**
   * A foot on its spot: flat, or rolled over ball or heel.
   * @param {Foot} foot @param {Leg} leg @param {number} [rise] how much further the heel is up, radians @returns
   *   {FootTarget}
   */
  #onSpot({ spot, yaw }, { foot, knee }, rise = 0) {
    const up = Math.asin(clamp(rotate(foot, Z)[1], -1, 1));
    const pitch = up * smoothstep((Math.abs(up) - FLAT[0]) / (FLAT[1] - FLAT[0])) - rise;
    const level = axisAngle(Y, yaw);
    const quaternion = multiply(level, axisAngle(X, -pitch));
    const { foot_ball_m: ball, foot_back_m: back } = this.body;
    // Toes up: the heel stands; heel up: the ball does.
    const pivot = pitch > 0 ? -back : ball;
    const stands = add(spot, rotate(level, [0, 0, pivot - ball]));
    const position = subtract(stands, rotate(quaternion, [0, 0, pivot]));
    return { position, quaternion, toes: Math.max(0, -pitch), knee };
  }

  /**
   * How far the shank leans over a foot.
   * @param {FootTarget} foot
   * @param {Vec3} hip
   * @returns {number} dorsiflexion, radians
   */
  #ankleBend({ position, quaternion, knee }, hip) {
    const ankle = add(position, rotate(quaternion, [0, this.body.ankle_height_m, 0]));
    const { middle, end } = twoBones(hip, ankle, [this.body.thigh_m, this.body.shank_m], knee);
    return Math.asin(clamp(dot(rotate(quaternion, Z), normalize(subtract(middle, end))), -1, 1));
  }

  /**
   * A foot where its leg wants it, not below the floor.
   * @param {Foot} foot
   * @param {Leg} leg
   * @param {Vec3} hips
   * @returns {FootTarget}
   */
  #inAir(foot, leg, hips) {
    const ankle = add(add(hips, leg.ankle), this.#homeward(foot));
    const low = hips[1] + this.#lowest(leg);
    const lift = Math.max(0, -low) + (foot.down ? 0 : STEP_LIFT_M * this.size * 4 * foot.hold * (1 - foot.hold));
    const position = add(ankle, rotate(leg.foot, [0, -this.body.ankle_height_m, 0]));
    return { position: addScaled(position, Y, lift), quaternion: leg.foot, toes: 0, knee: leg.knee };
  }

  /** @param {Side} side @param {Leg} leg @param {Vec3} hips @returns {FootTarget} */
  #place(side, leg, hips) {
    const foot = /** @type {Record<Side, Foot>} */ (this.#feet)[side];
    const flat = this.#onSpot(foot, leg);
    const bent = this.#ankleBend(flat, add(hips, leg.hip)) - LIMITS.ankle_dorsiflexion[1];
    const there = bent > 0 ? this.#onSpot(foot, leg, bent) : flat;
    if (foot.hold === 1) return there;
    const free = this.#inAir(foot, leg, hips);
    const hold = smoothstep(foot.hold);
    return {
      position: mix(free.position, there.position, hold), quaternion: slerp(free.quaternion, there.quaternion, hold),
      toes: there.toes * hold, knee: leg.knee,
    };
  }
}

/** @param {Foot} foot @returns {Vec3} of the lower of heel and ball, about which the foot rolls */
const lowerVelocity = ({ last, velocity }) => (last.heel[1] < last.ball[1] ? velocity.heel : velocity.ball);
