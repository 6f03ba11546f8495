/**
 * Poses and motions of people, with and without mobility equipment: `createMotion(name, options)`.
 *
 * A motion is a pure function of time: the same options and seed give the same placements on every machine.
 * @module
 */
import { attendant } from "./attendant.js";
import { rollatorWalk, walkerStepTo } from "./frames.js";
import { whiteCane } from "./guide.js";
import { reaching, sitting, standing } from "./idle.js";
import { hangingArm } from "./placement.js";
import { wheelchairPush } from "./push.js";
import { caneWalk, crutchFourPoint, crutchSwingThrough, crutchSwingTo, crutchThreePoint, crutchTwoPoint } from "./sticks.js";
import { walking } from "./walking.js";
import { powerDrive, weightShift, wheelchairPushed, wheelchairRest } from "./wheelchair.js";

export { geometryOf } from "./geometry.js";

/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */
/** @typedef {import("./placement.js").Motion} Motion */
/** @typedef {import("./placement.js").Placement} Placement */
/** @typedef {import("./placement.js").Geometry} Geometry */
/**
 * @typedef {object} MotionOptions
 * @property {Body} body
 * @property {Geometry[]} [equipment] as the motion's `equipment` lists them
 * @property {number | string} [seed]
 * @property {number} [speed_m_s]
 * @property {Side[]} [absent] hands that the person does not have: they hold nothing, and their contacts are left out
 * @property {import("./push.js").Stroke} [stroke]
 * @property {"lap" | "armrests" | "rims"} [hands]
 * @property {"forward" | Side} [direction]
 * @property {Side} [weak_side]
 * @property {"none" | "partial"} [bearing]
 * @property {import("../vectors.js").Vec3} [target]
 * @property {Side} [side]
 */
/**
 * @typedef {object} MotionKind
 * @property {string} label for a menu
 * @property {readonly (readonly string[])[]} equipment for each piece it takes, the kinds that fit
 * @property {Record<string, readonly string[]>} [choices] options that have a fixed set of values
 * @property {(options: any) => Motion} create
 */

const CHAIRS = /** @type {const} */ (["manual_wheelchair", "power_wheelchair"]);
const CRUTCH = /** @type {const} */ (["forearm_crutch", "axillary_crutch"]);
const WEAK = { weak_side: /** @type {const} */ (["left", "right"]) };

/** A white cane feels the way, others carry. @param {any} options @returns {Motion} */
const withCane = (options) => (options.equipment[0].params?.variant === "white" ? whiteCane(options) : caneWalk(options));

/** @type {Record<string, MotionKind>} */
export const MOTIONS = {
  standing: { label: "Standing", equipment: [], create: standing },
  walking: { label: "Walking", equipment: [], create: walking },
  reaching: { label: "Reaching", equipment: [], choices: { side: ["left", "right"] }, create: reaching },
  sitting: { label: "Sitting on a chair", equipment: [], create: sitting },
  wheelchair_push: {
    label: "Pushing a wheelchair", equipment: [["manual_wheelchair"]],
    choices: { stroke: ["semicircular", "arc", "single_loop", "double_loop"] }, create: wheelchairPush,
  },
  wheelchair_rest: { label: "In a wheelchair, at rest", equipment: [CHAIRS], choices: { hands: ["lap", "armrests", "rims"] }, create: wheelchairRest },
  wheelchair_weight_shift: {
    label: "In a wheelchair, shifting weight", equipment: [CHAIRS], choices: { direction: ["forward", "left", "right"] }, create: weightShift,
  },
  wheelchair_pushed: { label: "In a wheelchair, being pushed", equipment: [CHAIRS], choices: { hands: ["lap", "armrests"] }, create: wheelchairPushed },
  power_drive: { label: "Driving a power wheelchair", equipment: [["power_wheelchair"]], create: powerDrive },
  attendant: { label: "Pushing somebody's wheelchair", equipment: [CHAIRS], create: attendant },
  walker_step_to: { label: "With a walker, step by step", equipment: [["walker"]], choices: WEAK, create: walkerStepTo },
  rollator_walk: { label: "With a rollator", equipment: [["rollator"]], create: rollatorWalk },
  crutch_two_point: { label: "Crutches, two-point gait", equipment: [CRUTCH, CRUTCH], choices: WEAK, create: crutchTwoPoint },
  crutch_three_point: {
    label: "Crutches, three-point gait", equipment: [CRUTCH, CRUTCH], choices: { ...WEAK, bearing: ["none", "partial"] }, create: crutchThreePoint,
  },
  crutch_four_point: { label: "Crutches, four-point gait", equipment: [CRUTCH, CRUTCH], choices: WEAK, create: crutchFourPoint },
  crutch_swing_to: { label: "Crutches, swing-to gait", equipment: [CRUTCH, CRUTCH], create: crutchSwingTo },
  crutch_swing_through: { label: "Crutches, swing-through gait", equipment: [CRUTCH, CRUTCH], create: crutchSwingThrough },
  cane_walk: { label: "With a cane", equipment: [["cane"]], choices: WEAK, create: withCane },
};

/**
 * @param {string} name one of MOTIONS
 * @param {MotionOptions} options
 * @returns {Motion}
 * @throws {RangeError} on an unknown name, missing or unfitting equipment, or a value out of range
 */
export function createMotion(name, { seed = 0, equipment = [], absent = [], ...options }) {
  const kind = MOTIONS[name];
  if (!kind) throw new RangeError(`motion: expected one of ${Object.keys(MOTIONS).join(", ")}, got "${name}"`);
  kind.equipment.forEach((kinds, index) => {
    const given = equipment[index]?.kind;
    if (!kinds.includes(given)) throw new RangeError(`${name}: equipment ${index} must be one of ${kinds.join(", ")}, got ${given ?? "none"}`);
  });
  const motion = kind.create({ ...options, seed, equipment });
  return absent.length === 0 ? motion : { ...motion, at: (t_s) => without(motion.at(t_s), absent) };
}

/** @param {Placement} placement @param {Side[]} absent @returns {Placement} */
function without(placement, absent) {
  const limbs = absent.map((side) => `${side}_hand`);
  const hands = Object.fromEntries(limbs.map((limb) => [limb, hangingArm()]));
  return { ...placement, ...hands, contacts: placement.contacts.filter(({ limb }) => !limbs.includes(limb)) };
}
