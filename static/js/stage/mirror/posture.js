/**
 * Whether somebody sits, and what they sit on.
 *
 * Legs tell it while they are believed: thighs that are nearly level for a while sit, thighs that hang stand. Legs that
 * are not
 * believed tell nothing: whoever sat goes on sitting. Whose legs have never been seen is shown sitting: people before a
 * webcam that sees
 * them from the hips upward mostly do, and a wheelchair user always; `seated` decides otherwise.
 * @module
 */
import { sit, plainChair, PELVIC_TILT } from "../motion/seated.js";
import { SIDES } from "../rig.js";
import { add, axisAngle, clamp, DEGREE, fromPitchYawRoll, multiply, rotate, wrapAngle, X, Y, Z } from "../vectors.js";
import { way } from "./limbs.js";
import { smoothstep, share, towards } from "./smooth.js";
import { yawOf } from "./torso.js";
import { needed } from "./trust.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../motion/placement.js").Geometry} Geometry */
/** @typedef {import("../motion/placement.js").FootTarget} FootTarget */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./trust.js").Trusted} Trusted */

/**
 * Thighs that rise this far from hanging sit; lower than the second they stand. Between, nothing changes. From in front
 * the released network shows the
 * level thighs of sitters at 46 to 60 degrees.
 */
const SITS = 36 * DEGREE;
const STANDS = 24 * DEGREE;
/** For how long they must, s: a squat is shorter; and a wheelchair user is not stood up by a few bad frames. */
const SIT_S = 1;
const STAND_S = 0.4;
const STAND_FROM_WHEELCHAIR_S = 1.5;
/** While nothing is known yet it goes faster. */
const FIRST_S = 0.3;
/** Time to go down to the seat or up from it, s. */
const CHANGE_S = 0.8;

export class Posture {
  /** Whether the person is taken to sit. */ seated = true;
  /** Legs have told so. */ known = false;
  /** 0 standing .. 1 sitting, for blending. */ weight = 1;
  #change = 1;
  #against_s = 0;
  #first = true;

  /** @param {{seated: "auto" | boolean, wheelchair: boolean}} options */
  constructor({ seated, wheelchair }) {
    this.wheelchair = wheelchair;
    this.choose(seated);
  }

  /** @param {"auto" | boolean} seated */
  choose(seated) {
    this.choice = seated;
    if (seated !== "auto") this.seated = seated;
  }

  /** Another person: what was known is void. */
  reset() {
    this.known = false;
    this.#against_s = 0;
  }

  /** @param {Points | null} points @param {Trusted} trusted @param {number} dt s */
  update(points, trusted, dt) {
    if (points && this.choice === "auto") this.#judge(points, trusted, dt);
    if (points && this.#first) {
      this.#first = false;
      this.#change = this.seated ? 1 : 0;
    }
    this.#change = towards(this.#change, this.seated ? 1 : 0, dt / CHANGE_S);
    this.weight = smoothstep(this.#change);
  }

  /** @param {Points} points @param {Trusted} trusted @param {number} dt */
  #judge({ at }, trusted, dt) {
    const legs = SIDES.filter((side) => trusted(...needed(side, "thigh")));
    const whole = legs.length > 0 && legs.every((side) => trusted(...needed(side, "shank")));
    if (legs.length === 0 || (this.wheelchair && !whole)) {
      this.#against_s = 0;
      return;
    }
    // The lower thigh counts: one raised leg is a step.
    const raised = Math.min(...legs.map((side) => Math.acos(clamp(-way(at, side, "hip", "knee")[1], -1, 1))));
    const says = raised > SITS ? true : raised < STANDS ? false : null;
    if (this.#first && !this.wheelchair) this.seated = raised > (SITS + STANDS) / 2;
    if (says === this.seated) this.known = true;
    this.#against_s = says !== null && says !== this.seated ? this.#against_s + dt : 0;
    const usual = this.seated ? (this.wheelchair ? STAND_FROM_WHEELCHAIR_S : STAND_S) : SIT_S;
    if (this.#against_s >= (this.known || this.wheelchair ? usual : FIRST_S)) {
      this.seated = !this.seated;
      this.known = true;
      this.#against_s = 0;
    }
  }
}

/**
 * How fast a wheelchair turns with its user, Hz; how far the pelvis turns on the seat before a plain chair is turned,
 * radians.
 */
const TURN_HZ = 0.7;
const ON_SEAT = 0.35;
/** A seated pelvis bends and rolls by this share of what it would standing. */
const SEATED_SHARE = 0.4;

/** A seat in the stage, and the pelvis on it. */
export class Seat {
  /** Of the chair's origin, on the floor. @type {Vec3} */ position = [0, 0, 0];
  /** Radians, to the left. */ yaw = 0;

  /** @param {Body} body @param {Geometry | null} wheelchair null: a plain chair that fits */
  constructor(body, wheelchair) {
    this.geometry = wheelchair ?? plainChair(body);
    this.wheelchair = wheelchair !== null;
    this.sitting = sit(body, this.geometry);
  }

  /** Height of the seat's surface, m. @returns {number} */
  get height_m() {
    return this.geometry.parts.seat.position[1];
  }

  /** @returns {Quat} */
  get quaternion() {
    return axisAngle(Y, this.yaw);
  }

  /** @param {Vec3} local frame of the chair @returns {Vec3} stage */
  out(local) {
    return add(this.position, rotate(this.quaternion, local));
  }

  /** Put a plain chair under somebody. @param {Vec3} hips stage @param {number} yaw */
  bring(hips, yaw) {
    this.yaw = yaw;
    const [x, , z] = rotate(this.quaternion, this.sitting.hips);
    this.position = [hips[0] - x, 0, hips[2] - z];
  }

  /** Turn with the sitter, about the sitter. @param {number} heading radians @param {number} dt s */
  turn(heading, dt) {
    const away = wrapAngle(heading - this.yaw);
    const beyond = this.wheelchair ? away : away - clamp(away, -ON_SEAT, ON_SEAT);
    const hips = this.out(this.sitting.hips);
    this.yaw = wrapAngle(this.yaw + beyond * share(TURN_HZ, dt));
    if (!this.wheelchair) this.bring(hips, this.yaw);
  }

  /**
   * The pelvis on the seat: rolled back, turning and leaning little.
   * @param {Quat} pelvis as it would be standing @returns {Quat}
   */
  pelvis(pelvis) {
    const turned = clamp(wrapAngle(yawOf(pelvis) - this.yaw), -ON_SEAT, ON_SEAT) * (this.wheelchair ? SEATED_SHARE : 1);
    const upright = multiply(axisAngle(Y, -yawOf(pelvis)), pelvis);
    const pitch = Math.asin(clamp(-rotate(upright, Z)[1], -1, 1));
    const roll = Math.asin(clamp(rotate(upright, X)[1], -1, 1));
    const bent = fromPitchYawRoll(SEATED_SHARE * pitch - PELVIC_TILT, 0, SEATED_SHARE * roll);
    return multiply(axisAngle(Y, this.yaw + turned), bent);
  }

  /** @param {"left" | "right"} side @returns {FootTarget} on its rest or on the floor, stage */
  foot(side) {
    const { position, quaternion, toes, knee } = this.sitting.feet[side];
    const turn = this.quaternion;
    return { position: this.out(position), quaternion: multiply(turn, quaternion), toes, knee: rotate(turn, knee) };
  }
}
