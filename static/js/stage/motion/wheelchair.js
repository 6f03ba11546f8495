/**
 * In a wheelchair without pushing: at rest, shifting weight, driving a power chair, being pushed.
 *
 * Weight shifts as taught against pressure sores: trunk well ahead over the knees, or to one side so that the other buttock is free
 * (Consortium for Spinal Cord Medicine, "Pressure ulcer prevention", 2014).
 * @module
 */
import { createRandom } from "../random.js";
import { SIDES } from "../rig.js";
import { add, rotate } from "../vectors.js";
import { ease, sway } from "./curves.js";
import { checked, requireAid } from "./placement.js";
import { onRim, reachOf } from "./push.js";
import { lapHand, leanToReach, seatedBody, sit } from "./seated.js";
import { rebased } from "./walking.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("./placement.js").Geometry} Geometry */
/** @typedef {import("./placement.js").HandTarget} HandTarget */
/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {import("./placement.js").Contact} Contact */
/** @typedef {import("./seated.js").Seat} Seat */
/** @typedef {{body: Body, equipment: Geometry[], seed: number | string}} Options */
/** @typedef {"lap" | "armrests" | "rims"} Rest */

/** Breaths a minute of an adult at rest; 12 to 18 are usual. */
const BREATHS = 15;
const IDLE_S = 12;
const REST = { position: /** @type {Vec3} */ ([0, 0, 0]), quaternion: /** @type {import("../vectors.js").Quat} */ ([0, 0, 0, 1]) };

/**
 * Small movements of somebody who sits or stands quietly.
 * @param {import("../random.js").Random} random
 * @returns {(phase: number) => {lean: number, side: number, turn: number, gaze: [number, number]}} phase of IDLE_S; radians
 */
export function fidget(random) {
  const [lean, side, turn, pitch, yaw] = ["lean", "side", "turn", "pitch", "yaw"].map((name) => sway(random.fork(name), 1, 3));
  const breaths = Math.round((BREATHS * IDLE_S) / 60);
  return (phase) => ({
    lean: 0.018 * lean(phase) + 0.008 * Math.sin(2 * Math.PI * breaths * phase),
    side: 0.015 * side(phase), turn: 0.02 * turn(phase), gaze: [0.05 + 0.06 * pitch(phase), 0.22 * yaw(phase)],
  });
}

/** Where a forearm's hand lies on an armrest: near its front end, fingers ahead. @param {Geometry} chair @param {Side} side @returns {HandTarget} */
function armrestHand(chair, side) {
  const s = side === "left" ? 1 : -1;
  const rest = chair.parts[`${side}_armrest`];
  const front = typeof rest.length_m === "number" ? rest.length_m / 2 - 0.06 : 0.1;
  const position = add(rest.position, rotate(rest.quaternion, [0, 0.012, front]));
  return { position, quaternion: null, thumb: [-s, 0, 0.1], palm: [0, -1, 0], elbow: [0.15 * s, -0.35, -1], closed: 0.3 };
}

/** @param {Geometry} chair @param {Side} side @param {number} [angle]   from the rim's top, forward, radians @returns {HandTarget} */
function rimHand(chair, side, angle = 0.1) {
  const s = side === "left" ? 1 : -1;
  return {
    position: onRim(chair, side, angle, 0, 0), quaternion: null, thumb: [-0.15 * s, -0.6 * angle, 1], palm: [-s, -0.5, 0],
    elbow: [0.55 * s, -0.15, -0.9], closed: 0.7,
  };
}

/** @param {Body} body @param {Geometry} chair @param {Seat} seat @param {Rest} rest @returns {Record<Side, {hand: HandTarget, contact: Contact}>} */
function restingHands(body, chair, seat, rest) {
  const part = { lap: null, armrests: "armrest", rims: "rim" }[rest];
  if (part) requireAid([chair], 0, SIDES.map((side) => `${side}_${part}`), "resting hands");
  /** @param {Side} side */
  const one = (side) => {
    const hand = rest === "lap" ? lapHand(body, seat, side) : rest === "rims" ? rimHand(chair, side) : armrestHand(chair, side);
    /** @type {Contact} */
    const contact = part
      ? { limb: `${side}_hand`, part: `${side}_${part}`, equipment: 0 }
      : { limb: `${side}_hand`, part: `${side}_thigh`, equipment: null };
    return { hand, contact };
  };
  return { left: one("left"), right: one("right") };
}

/** What hands can rest on in this chair, best first. @param {Geometry} chair @returns {Rest} */
const usualRest = ({ parts }) => (parts.left_armrest ? "armrests" : "lap");

/** @param {number} [travel] m, both sides */
export const chairAt = (travel = 0) => ({ index: 0, ...REST, travel_left_m: travel, travel_right_m: travel });

/**
 * Sitting quietly.
 * @param {Options & {hands?: Rest}} options hands: by default on the armrests where there are any, else in the lap
 * @returns {Motion}
 */
export function wheelchairRest({ body, equipment, seed, hands }) {
  const chair = requireAid(equipment, 0, ["seat", "backrest"], "wheelchair_rest");
  return quiet("wheelchair_rest", { body, chair, seed, speed: 0, hands: hands ?? usualRest(chair) });
}

/**
 * Sitting in a chair that somebody else pushes.
 * @param {Options & {hands?: Rest, speed_m_s?: number}} options
 * @returns {Motion}
 */
export function wheelchairPushed({ body, equipment, seed, hands, speed_m_s = 1 }) {
  const chair = requireAid(equipment, 0, ["seat", "backrest"], "wheelchair_pushed");
  checked(speed_m_s, "speed_m_s", [0.1, 1.8]);
  return quiet("wheelchair_pushed", { body, chair, seed, speed: speed_m_s, hands: hands ?? usualRest(chair) });
}

/**
 * @param {string} name
 * @param {{body: Body, chair: Geometry, seed: number | string, speed: number, hands: Rest}} options
 * @returns {Motion}
 */
function quiet(name, { body, chair, seed, speed, hands }) {
  const seat = sit(body, chair);
  const moves = fidget(createRandom(seed).fork(name));
  const resting = restingHands(body, chair, seat, hands);
  return {
    name, duration_s: IDLE_S, cyclic: true, advance_m: speed * IDLE_S, facts: { hands, speed_m_s: speed },
    at(t_s) {
      const base = seatedBody(seat, moves(t_s / IDLE_S));
      base.contacts.push(resting.left.contact, resting.right.contact);
      return rebased({
        ...base, left_hand: resting.left.hand, right_hand: resting.right.hand, equipment: [chairAt(speed * t_s)],
      }, -speed * t_s);
    },
  };
}

/**
 * Driving a power wheelchair: one hand on the joystick, the other on its armrest.
 * @param {Options & {speed_m_s?: number}} options
 * @returns {Motion}
 */
export function powerDrive({ body, equipment, seed, speed_m_s = 1.2 }) {
  const chair = requireAid(equipment, 0, ["seat", "backrest", "joystick", "left_armrest", "right_armrest"], "power_drive");
  checked(speed_m_s, "speed_m_s", [0, 4]);
  const seat = sit(body, chair);
  const moves = fidget(createRandom(seed).fork("power_drive"));
  const stick = chair.parts.joystick.position;
  /** @type {Side} */
  const side = stick[0] > 0 ? "left" : "right";
  const other = side === "left" ? "right" : "left";
  const s = side === "left" ? 1 : -1;
  /** @type {HandTarget} */
  const hand = { position: stick, quaternion: null, thumb: [-s, 0.25, 0.1], palm: [0, -1, 0], elbow: [0.2 * s, -0.35, -1], closed: 0.55 };
  const lean = leanToReach(body, seat, [[side, stick]]);
  return {
    name: "power_drive", duration_s: IDLE_S, cyclic: true, advance_m: speed_m_s * IDLE_S, facts: { speed_m_s, hand: side },
    at(t_s) {
      const idle = moves(t_s / IDLE_S);
      const base = seatedBody(seat, { ...idle, lean: idle.lean + lean });
      base.contacts.push({ limb: `${side}_hand`, part: "joystick", equipment: 0 }, { limb: `${other}_hand`, part: `${other}_armrest`, equipment: 0 });
      const hands = side === "left"
        ? { left_hand: hand, right_hand: armrestHand(chair, "right") }
        : { left_hand: armrestHand(chair, "left"), right_hand: hand };
      return rebased({ ...base, ...hands, equipment: [chairAt(speed_m_s * t_s)] }, -speed_m_s * t_s);
    },
  };
}

/** Share of the cycle for: going into the shift, holding it, coming back; the rest is sitting at ease. */
const SHIFT = { go: 0.22, hold: 0.34, back: 0.22 };
const SHIFT_S = 9;

/** @param {number} phase @returns {number} 0 at ease .. 1 shifted */
function shifted(phase) {
  const at = phase - Math.floor(phase);
  return ease(at / SHIFT.go) * (1 - ease((at - SHIFT.go - SHIFT.hold) / SHIFT.back));
}

/**
 * Relieving the seat: leaning ahead over the knees, or to one side.
 * @param {Options & {direction?: "forward" | Side}} options
 * @returns {Motion}
 */
export function weightShift({ body, equipment, seed, direction = "forward" }) {
  const chair = requireAid(equipment, 0, ["seat", "backrest"], "wheelchair_weight_shift");
  if (!["forward", ...SIDES].includes(direction)) throw new RangeError(`direction: expected forward, left or right, got ${direction}`);
  const random = createRandom(seed).fork("wheelchair_weight_shift");
  const seat = sit(body, chair);
  const moves = fidget(random);
  const depth = random.uniform(0.9, 1.05);
  return {
    name: "wheelchair_weight_shift", duration_s: SHIFT_S, cyclic: true, advance_m: 0, facts: { direction },
    at(t_s) {
      const phase = t_s / SHIFT_S;
      const amount = depth * shifted(phase);
      const idle = moves(phase);
      const phases = { shift: amount < 0.02 ? "at ease" : amount > 0.98 * depth ? "hold" : "moving" };
      const equipmentPlace = [chairAt()];
      if (direction === "forward") {
        const gaze = /** @type {[number, number]} */ ([idle.gaze[0] + 0.6 * amount, idle.gaze[1] * 0.4]);
        const base = seatedBody(seat, { ...idle, lean: idle.lean + 0.9 * amount, pitch: 0.3 * amount, gaze });
        const [left, right] = SIDES.map((side) => lapHand(body, seat, side, 0.62 + 0.3 * amount));
        for (const side of SIDES) base.contacts.push({ limb: `${side}_hand`, part: `${side}_thigh`, equipment: null });
        return { ...base, left_hand: left, right_hand: right, equipment: equipmentPlace, phases };
      }
      return sideways({ body, chair, seat, side: direction, amount, idle, phases });
    },
  };
}

/**
 * Leaning over one armrest or wheel: the pelvis rolls about the hip that stays down.
 * @param {{body: Body, chair: Geometry, seat: Seat, side: Side, amount: number, idle: ReturnType<ReturnType<typeof fidget>>, phases: Record<string, string>}} lean
 * @returns {import("./placement.js").Placement}
 */
function sideways({ body, chair, seat, side, amount, idle, phases }) {
  const s = side === "left" ? 1 : -1;
  const roll = 0.13 * amount;
  const half = body.hip_joint_distance_m / 2;
  const raised = add(seat.hips, [s * half * (1 - Math.cos(roll)), half * Math.sin(roll), 0]);
  const base = seatedBody({ ...seat, hips: raised }, {
    ...idle, lean: idle.lean + 0.14 * amount, side: idle.side + s * 0.34 * amount, roll: -s * roll,
  });
  // The rim as far in front as the arm reaches before the lean; behind the top, the lap is nearer.
  const reaches = chair.parts[`${side}_rim`] ? reachOf(body, chair, seat) : () => false;
  const angle = [0.75, 0.6, 0.45, 0.3, 0.15, 0].find((candidate) => reaches({ angle: candidate, lean: 0 }));
  const part = chair.parts[`${side}_armrest`] ? `${side}_armrest` : angle !== undefined ? `${side}_rim` : null;
  const other = side === "left" ? "right" : "left";
  const rested = part === null ? lapHand(body, seat, side) : part.endsWith("rim") ? rimHand(chair, side, angle) : armrestHand(chair, side);
  // The free hand slides back along its thigh as the shoulder goes away.
  const free = lapHand(body, { ...seat, hips: raised }, other, 0.62 - 0.22 * amount);
  const hands = side === "left" ? { left_hand: rested, right_hand: free } : { left_hand: free, right_hand: rested };
  base.contacts.push(
    { limb: `${side}_hand`, part: part ?? `${side}_thigh`, equipment: part ? 0 : null },
    { limb: `${other}_hand`, part: `${other}_thigh`, equipment: null },
  );
  return { ...base, ...hands, equipment: [chairAt()], phases };
}
