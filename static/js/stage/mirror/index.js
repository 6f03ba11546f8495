/**
 * The mirror: a character that does what a tracked person does. Plain numbers, no three and no page; see
 * docs/mirror.md.
 * @module
 */
import { SIDES } from "../rig.js";
import { mix, slerp } from "../vectors.js";
import { Figure, goneWith } from "./figure.js";
import { Ground } from "./ground.js";
import { BLAZEPOSE } from "./habits.js";
import { Hands } from "./hands.js";
import { absentLimbs, readPoints } from "./points.js";
import { Poser } from "./pose.js";
import { Posture, Seat } from "./posture.js";
import { seatedRest, standingRest } from "./rest.js";
import { GAP_S } from "./smooth.js";
import { yawOf } from "./torso.js";
import { Touch } from "./touch.js";
import { needed, NEEDED, Trust } from "./trust.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Rig} Rig */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../rig.js").Pose} Pose */
/** @typedef {import("../motion/placement.js").Geometry} Geometry */
/** @typedef {import("../motion/placement.js").EquipmentPlacement} EquipmentPlacement */
/** @typedef {import("./points.js").Seen} Seen */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./trust.js").Trusted} Trusted */
/** @typedef {import("./rest.js").Turns} Turns */
/**
 * @typedef {object} MirrorOptions
 * @property {Rig} rig
 * @property {Body} body
 * @property {Geometry[]} [equipment] the character's aids, as `geometryOf` gives them
 * @property {"auto" | boolean} [seated] "auto": as the legs tell, see posture.js
 * @property {Iterable<string>} [absent] limbs that the person does not have, by the person's own sides
 * @property {Side} [cane_hand] the person's hand that holds a single cane or crutch; default right
 * @property {import("./habits.js").Habits} [habits] of whoever finds the landmarks; default the released network
 * @property {boolean} [mirrored] as in a looking-glass: the person's left hand is on the left of the picture, and is
 *   the character's right. Default
 *   true; false: left is left, as somebody opposite would see it
 */
/**
 * Sides are the character's.
 * @typedef {object} MirrorState
 * @property {boolean} seen whether somebody was seen in this update
 * @property {boolean} seated
 * @property {number | null} seat_height_m of a plain chair's seat while somebody sits on one; null: stands, or has a
 *   wheelchair
 * @property {{position: Vec3, quaternion: Quat} | null} seat that chair's origin on the floor, z ahead
 * @property {Record<string, boolean>} trusted head, torso, left_arm, left_hand, left_leg, right_…
 * @property {string[]} absent limbs that the character does not have
 * @property {Record<Side, import("./hands.js").WheelState> | null} wheels null: none that hands push
 * @property {Record<Side, boolean>} standing feet that are on their spots on the floor
 */

/** Frames closer together than this are one, s. */
const SAME_S = 1e-4;
/** Time between frames that filters are fed with at most, s. */
const LONGEST_S = 0.2;
const WHEELCHAIR = /_wheelchair$/;

export class Mirror {
  #mirrored;
  /** @type {string[]} */ #absent = [];
  /** @type {ReadonlySet<string>} */ #gone = new Set();
  #trust = new Trust();
  /** @type {number | null} */ #time = null;
  /** @type {number | null} */ #id = null;
  /** @type {{pose: Pose, equipment: EquipmentPlacement[], state: MirrorState} | null} */ #last = null;
  #sat = false;

  /**
   * @param {MirrorOptions} options
   * @throws {RangeError} when a limb is unknown or `seated` is none of its values
   */
  constructor({
    rig, body, equipment = [], seated = "auto", absent = [], mirrored = true, cane_hand = "right", habits = BLAZEPOSE,
  }) {
    if (!SIDES.includes(cane_hand)) {
      throw new RangeError(`mirror: cane_hand: expected left or right, got ${String(cane_hand)}`);
    }
    this.#mirrored = mirrored;
    const wheelchair = equipment.find(({ kind }) => WHEELCHAIR.test(kind)) ?? null;
    this.hands = new Hands(equipment, body, (cane_hand === "left") === mirrored ? "right" : "left");
    this.seat = new Seat(body, wheelchair);
    this.posture = new Posture({ seated: checkSeated(seated), wheelchair: wheelchair !== null });
    this.rest = { standing: standingRest(rig, body), seated: seatedRest(rig, body, this.seat.sitting) };
    this.figure = new Figure(rig, this.posture.seated ? this.rest.seated : this.rest.standing, habits);
    this.ground = new Ground(body);
    this.poser = new Poser(rig);
    this.touch = new Touch(rig);
    this.absent = absent;
  }

  /** Limbs that the person does not have, by the person's own sides. @param {Iterable<string>} limbs */
  set absent(limbs) {
    this.#absent = absentLimbs(limbs, this.#mirrored);
    this.#gone = goneWith(this.#absent);
  }

  /** "auto", or whether the person sits. @param {"auto" | boolean} seated */
  set seated(seated) {
    this.posture.choose(checkSeated(seated));
  }

  /**
   * @param {Seen | null} person as the tracker gives it; null: nobody is seen
   * @param {number} time_s capture time, on any clock that goes ahead
   * @returns {{pose: Pose, equipment: EquipmentPlacement[], state: MirrorState}}
   * @throws {RangeError} when the person's arrays have the wrong length
   */
  update(person, time_s) {
    if (!Number.isFinite(time_s)) throw new RangeError(`mirror: expected a time in seconds, got ${time_s}`);
    const points = person && readPoints(person, this.#mirrored);
    const dt = this.#step(person, time_s);
    if (this.#last && dt === 0) return this.#last;
    const trusted = this.#trust.update(points, this.#gone, dt);
    this.posture.update(points, trusted, dt);
    this.#follow(points?.at ?? {}, trusted, dt);
    this.#last = this.#show(points?.at ?? null, trusted, dt);
    return this.#last;
  }

  /**
   * Time since the last frame; what does not go on from there begins anew.
   * @param {Seen | null} person
   * @param {number} time_s
   */
  #step(person, time_s) {
    const gap = this.#time === null ? 0 : time_s - this.#time;
    if (this.#time !== null && Math.abs(gap) < SAME_S) return 0;
    this.#time = time_s;
    const other = person?.id !== undefined && this.#id !== null && person.id !== this.#id;
    if (person?.id !== undefined) this.#id = person.id;
    if (other) {
      this.posture.reset();
      this.#trust = new Trust();
    }
    if (other || gap > GAP_S || gap < 0) this.figure.reset();
    return this.#last ? Math.min(gap < 0 ? SAME_S : gap, LONGEST_S) : 0;
  }

  /** @param {Points["at"]} at @param {Trusted} trusted @param {number} dt */
  #follow(at, trusted, dt) {
    const { weight, seated } = this.posture;
    const rest = seated ? this.rest.seated : this.rest.standing;
    const standing = this.figure.pelvis(at, trusted, this.rest.standing, dt);
    if (seated && !this.#sat && !this.seat.wheelchair) this.seat.bring(this.ground.root.value, yawOf(standing));
    this.#sat = seated;
    if (weight > 0) this.seat.turn(yawOf(standing), dt);
    const pelvis = weight > 0 ? slerp(standing, this.seat.pelvis(standing), weight) : standing;
    this.figure.update(pelvis, { at, trusted, gone: this.#gone, rest, dt });
  }

  /** @param {Points["at"] | null} at @param {Trusted} trusted @param {number} dt */
  #show(at, trusted, dt) {
    const { weight } = this.posture;
    const [left, right] = SIDES.map((side) => this.poser.leg(this.figure, side, this.#gone.has(`${side}_ankle`)));
    const seat = weight > 0 ? this.seat.out(this.seat.sitting.hips) : null;
    const { hips, feet } = this.ground.update({ left, right }, dt, seat, weight);
    for (const side of this.seat.wheelchair && weight > 0 ? SIDES : []) {
      feet[side] = blendFeet(feet[side], this.seat.foot(side), weight);
    }
    const arms = { left: this.poser.arm(this.figure, "left"), right: this.poser.arm(this.figure, "right") };
    /** @param {Side} side */
    const there = (side) => !this.#gone.has(`${side}_index`);
    /** @param {Side} side */
    const grasp = (side) => there(side) && trusted(...needed(side, "upper_arm"), ...needed(side, "forearm"));
    const held = this.hands.update({
      hips, arms, wrists: this.figure.wrists, seat: this.seat, seated: weight, yaw: yawOf(this.figure.pelvisTurn),
      grasp: { left: grasp("left"), right: grasp("right") }, there: { left: there("left"), right: there("right") },
    }, dt);
    this.touch.update(this.figure, arms, { at: at ?? {}, trusted }, dt);
    for (const side of SIDES) held[side] ??= this.touch.hold(side, arms[side], hips) ?? undefined;
    const { pose, missed } = this.poser.assemble(this.figure, { hips, feet, arms, held });
    this.hands.check(missed);
    return { pose, equipment: this.hands.placements(this.seat), state: this.#state(trusted, at !== null) };
  }

  /** @param {Trusted} trusted @param {boolean} seen @returns {MirrorState} */
  #state(trusted, seen) {
    const { seated } = this.posture;
    /** @type {Record<string, boolean>} */
    const believed = { head: trusted(...NEEDED.head), torso: trusted(...NEEDED.torso) };
    for (const side of SIDES) {
      believed[`${side}_arm`] = trusted(...needed(side, "upper_arm"), ...needed(side, "forearm"));
      believed[`${side}_hand`] = trusted(...needed(side, "hand"));
      believed[`${side}_leg`] = trusted(...needed(side, "thigh"), ...needed(side, "shank"));
    }
    const plain = seated && !this.seat.wheelchair;
    return {
      seen, seated, trusted: believed, absent: this.#absent, standing: this.ground.standing,
      wheels: this.hands.state, seat_height_m: plain ? this.seat.height_m : null,
      seat: plain ? { position: this.seat.position, quaternion: this.seat.quaternion } : null,
    };
  }
}

/** @param {"auto" | boolean} seated @returns {"auto" | boolean} @throws {RangeError} */
function checkSeated(seated) {
  if (seated === "auto" || seated === true || seated === false) return seated;
  throw new RangeError(`mirror: seated: expected "auto", true or false, got ${String(seated)}`);
}

/**
 * @param {import("../motion/placement.js").FootTarget} a @param {import("../motion/placement.js").FootTarget} b @param
 *   {number} share   0 is a, 1 is b
 * @returns {import("../motion/placement.js").FootTarget}
 */
const blendFeet = (a, b, share) => ({
  position: mix(a.position, b.position, share), quaternion: slerp(a.quaternion, b.quaternion, share),
  toes: a.toes * (1 - share) + b.toes * share, knee: mix(a.knee, b.knee, share),
});
