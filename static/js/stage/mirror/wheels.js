/**
 * Hands on the rims of a wheelchair, and the wheels that they turn.
 *
 * Directions carry over from the person to the character, so a hand that is at the person's rim is about at the
 * character's. A camera
 * does not see whether it grips: a hand near the rim that goes ahead along it pushes, one that stays there holds or
 * brakes, and one that goes
 * back has let go, because that is how the recovery along the rim (the arc pattern) looks. Reversing is therefore not
 * followed.
 * The wheel turns by the hand's way along the rim, which no error of the hand's place changes; a wheel that is let go
 * rolls on and
 * is slowed by rolling resistance alone.
 * @module
 */
import { onRim } from "../motion/push.js";
import { addScaled, clamp, DEGREE, dot, rotate, subtract, unrotate } from "../vectors.js";
import { share, smoothstep, towards } from "./smooth.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../motion/placement.js").Geometry} Geometry */
/** @typedef {import("./pose.js").Hold} Hold */
/** @typedef {"free" | "push" | "rest"} Grip */

/**
 * Where a hand counts as at the rim: off its circle, beside it, m; from its top, radians. Held, it may be further off.
 */
const ZONE = { radial_m: 0.11, aside_m: 0.14, behind: -75 * DEGREE, ahead: 85 * DEGREE };
const LOOSER = 1.45;
/** To rest on a rim a hand must be nearer: other places to rest are close by. */
const REST_NEARER = 0.6;
/** Speeds along the rim, m/s: that begin a push, and that end it. */
const PUSHES = 0.3;
const RETURNS = -0.12;
/** A hand that has gone ahead by less than this trembles, m. */
const TREMBLES_M = 0.04;
/** Slower than this for so long a hand rests. */
const RESTS = 0.15;
const REST_S = 0.25;
/** Smoothing of the hand's speed, Hz. */
const SPEED_HZ = 6;
/** From here on a rim an arm is too short to the front or, behind it, to the rear; radians. */
const MIDDLE = 0.2;
/** Times in which a hand comes onto the rim and leaves it, s. */
const TAKE_S = 0.1;
const LEAVE_S = 0.15;
/**
 * What slows a wheelchair on a level floor: rolling resistance of about 1.2 % of the weight (van der Woude et al., Med
 * Eng Phys 2001;23:713-33)
 * times gravity, m/s².
 */
const ROLLING = 0.12;
/** The wheel takes on the hand's speed, Hz; a hand slower than this share of the wheel's speed has let go. */
const TAKES_ON_HZ = 3.5;
const LETS_GO = 0.6;
/** A resting hand stops the wheel within about this time, s. */
const BRAKE_S = 0.2;
/** A hand that misses the rim by this much slips along it to where it reaches: by so much a frame, radians. */
const OUT_OF_REACH_M = 0.006;
const SLIP = 0.04;

class Wheel {
  /** @type {Grip} */ grip = "free";
  /** Rolled, m. */ travel_m = 0;
  /** Of the wheel over the floor, m/s. */ speed = 0;
  /** Of the hand on the rim, from the top, radians. */ angle = 0;
  /** 1: the hand is on the rim. */ weight = 0;
  /** Of the hand along the rim, smoothed once and twice, m/s. */ #rough = 0;
  #hand = 0;
  /** Since the hand last turned round, m. */ #gone = 0;
  #slow_s = 0;
  /** Angles that the arm reaches, as far as has been found in this grip. @type {[number, number]} */
  #reach = [ZONE.behind, ZONE.ahead];
  /** @type {Vec3 | null} */ #last = null;

  /** @param {Side} side @param {Geometry} chair */
  constructor(side, chair) {
    this.side = side;
    this.chair = chair;
    this.rim = chair.parts[`${side}_rim`];
    this.rim_m = /** @type {number} */ (this.rim.radius_m);
    this.wheel_m = chair.wheels.find((wheel) => wheel.side === side)?.radius_m ?? this.rim_m;
  }

  /**
   * @param {Vec3 | null} fist as shown, frame of the chair; null: not believed @param {Vec3 | null} wrist as measured
   *   @param {number} dt s
   */
  update(fist, wrist, dt) {
    const way = fist && wrist ? this.#wayOf(wrist, this.#at(fist).tangent, dt) : 0;
    if (!fist || !wrist) this.#forget();
    this.#decide(fist, dt);
    if (this.grip === "push") {
      const rolled = (way * this.wheel_m) / this.rim_m;
      this.travel_m += rolled;
      this.angle = clamp(this.angle + way / this.rim_m, ...this.#reach);
      this.speed += ((this.#hand * this.wheel_m) / this.rim_m - this.speed) * share(TAKES_ON_HZ, dt);
    } else {
      const braked = this.grip === "rest" ? this.speed * Math.exp(-dt / BRAKE_S) : this.speed;
      this.speed = Math.sign(braked) * Math.max(0, Math.abs(braked) - ROLLING * dt);
      this.travel_m += this.speed * dt;
      if (this.grip === "rest") this.angle = clamp(this.angle + (this.speed * dt) / this.wheel_m, ...this.#reach);
    }
    this.weight = towards(this.weight, this.grip === "free" ? 0 : 1, dt / (this.grip === "free" ? LEAVE_S : TAKE_S));
  }

  /** The arm is too short for where the hand is on the rim. */
  slip() {
    const [least, most] = this.#reach;
    this.#reach = this.angle > MIDDLE
      ? [least, Math.max(MIDDLE, this.angle - SLIP)]
      : [Math.min(MIDDLE, this.angle + SLIP), most];
    this.angle = clamp(this.angle, ...this.#reach);
  }

  #forget() {
    this.#last = null;
    this.#rough = 0;
    this.#hand = 0;
    this.#gone = 0;
  }

  /**
   * @param {Vec3} fist
   * @returns {{angle: number, radial: number, aside: number, tangent: Vec3}} tangent: frame of the chair
   */
  #at(fist) {
    const [x, y, z] = unrotate(this.rim.quaternion, subtract(fist, this.rim.position));
    const far = Math.hypot(y, z);
    const tangent = rotate(this.rim.quaternion, [0, -z / far, y / far]);
    return { angle: Math.atan2(z, y), radial: far - this.rim_m, aside: x, tangent };
  }

  /**
   * The measured hand's way, not the shown one's: smoothing that yields to motion would bend the speed.
   * @param {Vec3} wrist @param {Vec3} tangent @param {number} dt @returns {number} way along the rim since the last
   *   frame, m
   */
  #wayOf(wrist, tangent, dt) {
    const way = this.#last ? dot(subtract(wrist, this.#last), tangent) : 0;
    if (this.#last && dt > 0) {
      this.#rough += (way / dt - this.#rough) * share(SPEED_HZ, dt);
      this.#hand += (this.#rough - this.#hand) * share(SPEED_HZ, dt);
    }
    this.#last = wrist;
    this.#gone = this.#hand > 0 ? this.#gone + this.#hand * dt : 0;
    return way;
  }

  /** @param {Vec3} fist @param {number} size of the zone @returns {boolean} */
  #within(fist, size) {
    const { angle, radial, aside } = this.#at(fist);
    const close = Math.abs(radial) < ZONE.radial_m * size && Math.abs(aside) < ZONE.aside_m * size;
    return close && angle > ZONE.behind && angle < ZONE.ahead;
  }

  /** @param {Vec3 | null} fist @param {number} dt */
  #decide(fist, dt) {
    this.#slow_s = Math.abs(this.#hand) < RESTS ? this.#slow_s + dt : 0;
    const rests = this.#slow_s >= REST_S;
    const ahead = this.#hand > PUSHES && this.#gone > TREMBLES_M;
    if (!fist) this.grip = "free";
    else if (this.grip === "free") {
      const pushes = ahead && this.#within(fist, 1);
      if (!pushes && !(rests && this.#within(fist, REST_NEARER))) return;
      this.grip = pushes ? "push" : "rest";
      if (this.weight > 0) return;
      this.#reach = [ZONE.behind, ZONE.ahead];
      this.angle = this.#at(fist).angle;
    } else if (this.#hand < RETURNS || !this.#within(fist, LOOSER)) this.grip = "free";
    else if (this.grip === "push" && this.#hand * this.wheel_m < LETS_GO * this.speed * this.rim_m) this.grip = "free";
    else if (ahead) this.grip = "push";
    else if (rests) this.grip = "rest";
  }

  /** @param {Vec3} position @param {Quat} turn of the chair @returns {Hold} */
  hold(position, turn) {
    const s = this.side === "left" ? 1 : -1;
    const angle = this.angle;
    /** @param {Vec3} v */
    const out = (v) => rotate(turn, v);
    // As in motion/push.js: the fist follows the rim's tangent as far as the wrist lets it.
    return {
      weight: smoothstep(this.weight),
      target: {
        position: addScaled(out(onRim(this.chair, this.side, angle, 0, 0)), position, 1), quaternion: null,
        thumb: out([-0.15 * s, -Math.sin(0.6 * angle), Math.cos(0.6 * angle)]),
        palm: out([-s, -0.55 * Math.cos(angle), -0.4 * Math.sin(angle)]),
        elbow: out([0.55 * s, -0.15, -0.9]), closed: 0.8,
      },
    };
  }
}

/** Both wheels of a manual wheelchair. */
export class Wheels {
  /** @param {Geometry} chair with rims */
  constructor(chair) {
    this.sides = { left: new Wheel("left", chair), right: new Wheel("right", chair) };
  }

  /**
   * @param {Side} side @param {Vec3 | null} fist as shown, frame of the chair, m; null: not believed, or absent
   * @param {Vec3 | null} wrist as measured, from any fixed point, axes of the chair, at the character's size @param
   *   {number} dt s
   */
  update(side, fist, wrist, dt) {
    this.sides[side].update(fist, wrist, dt);
  }

  /** @param {Side} side @param {Vec3} position of the chair @param {Quat} turn @returns {Hold | null} */
  hold(side, position, turn) {
    const wheel = this.sides[side];
    return wheel.weight > 0 ? wheel.hold(position, turn) : null;
  }

  /** @param {Side} side @param {number} missed how far the hand was from its place on the rim, m */
  check(side, missed) {
    if (this.sides[side].weight > 0 && missed > OUT_OF_REACH_M) this.sides[side].slip();
  }
}

