/**
 * What a motion says about one moment: where a character's pelvis, hands and feet are, and where its equipment is.
 *
 * Frame of the stage: metres and radians, y up, the floor at 0; the way ahead is +z, the character's left +x.
 * @module
 */
import { add, fromRotationVector, rotate, scale, subtract } from "../vectors.js";

/** @typedef {import("../vectors.js").Vec3} Vec3 */
/** @typedef {import("../vectors.js").Quat} Quat */
/** @typedef {import("../rig.js").Body} Body */
/** @typedef {import("../rig.js").Side} Side */

/**
 * A hand that is somewhere: on a rim, a grip, a thigh.
 * @typedef {object} HandTarget
 * @property {Vec3} position where the middle of the fist's tunnel goes
 * @property {Quat | null} quaternion the hand bone's orientation; null: from `thumb` and `palm`
 * @property {Vec3 | null} [thumb] direction in which the thumb's side of the fist points along what it holds; null: the hand goes on
 *   in line with the forearm
 * @property {Vec3 | null} [palm] direction that the palm faces; null: as the forearm comes
 * @property {number} [extension] with `palm` null: how far the wrist bends back, radians
 * @property {Vec3} elbow direction to which the elbow goes
 * @property {number} closed 0 open .. 1 fist
 * @property {number} [shrug] how far the arm lifts the shoulder, radians: what leaning on crutches does
 */
/**
 * An arm that holds nothing: hangs or swings.
 * @typedef {object} FreeArm
 * @property {{flexion: number, abduction: number, rotation?: number, elbow: number, pronation?: number}} angles radians, clinical
 *   signs as in `angles.js`
 * @property {number} closed
 */
/**
 * @typedef {object} FootTarget
 * @property {Vec3} position the sole's point below the ankle, when standing level
 * @property {Quat} quaternion the foot bone's orientation; the identity is level, toes ahead
 * @property {number} toes how far the toes are bent up against the foot
 * @property {Vec3} knee direction to which the knee goes
 */
/**
 * @typedef {object} EquipmentPlacement
 * @property {number} index which of the motion's aids
 * @property {Vec3} position of its origin
 * @property {Quat} quaternion
 * @property {number} travel_left_m how far the left wheels have rolled, forward positive
 * @property {number} travel_right_m
 */
/**
 * Something that touches something at this moment.
 * @typedef {object} Contact
 * @property {"left_hand" | "right_hand" | "left_foot" | "right_foot" | "pelvis"} limb
 * @property {string} part a part of the aid, or "floor"
 * @property {number | null} equipment index; null: the floor, or the own body
 * @property {"heel" | "flat" | "ball"} [point] of a foot, what of it stands
 */
/**
 * @typedef {object} Placement
 * @property {{position: Vec3, quaternion: Quat}} pelvis position: the middle between the hip joints
 * @property {{flexion: number, lateral: number, rotation: number}} spine against the pelvis: forward, to the left, turned left
 * @property {Quat} head orientation in the stage
 * @property {HandTarget | FreeArm} left_hand
 * @property {HandTarget | FreeArm} right_hand
 * @property {FootTarget} left_foot
 * @property {FootTarget} right_foot
 * @property {EquipmentPlacement[]} equipment
 * @property {Record<string, string>} phases what each limb or the whole is doing, as clinicians name it
 * @property {Contact[]} contacts
 * @property {Vec3} origin the even way of the whole: what a viewer follows to keep the character in the picture
 */
/**
 * @typedef {object} Motion
 * @property {string} name
 * @property {number} duration_s of one cycle, or of the whole
 * @property {boolean} cyclic whether at(t + duration_s) is at(t), moved by `advance_m`
 * @property {number} advance_m way ahead (+z) per cycle
 * @property {(t_s: number) => Placement} at any time from 0 on
 * @property {Record<string, number | string>} facts figures of this motion: cadence, step length, push angle...; units in the names
 */
/**
 * An aid's places as plain numbers, in its own frame.
 * @typedef {object} Geometry
 * @property {string} kind as in static/spec/equipment.json
 * @property {Record<string, {position: Vec3, quaternion: Quat} & Record<string, unknown>>} parts rims carry radius_m too
 * @property {{name: string, side: Side | null, radius_m: number}[]} wheels
 * @property {Record<string, any>} [params]
 */

/** @param {Vec3} position @param {Quat} frame @param {Vec3} local @returns {Vec3} */
export const placed = (position, frame, local) => add(position, rotate(frame, local));

/**
 * A part in the stage, of an aid that is placed.
 * @param {Geometry} aid @param {string} name @param {{position: Vec3, quaternion: Quat}} at @returns {Vec3}
 */
export const partPosition = (aid, name, at) => placed(at.position, at.quaternion, aid.parts[name].position);

/**
 * Where a shoulder joint is: the spine bends about the waist. Good to 2 cm for bends up to 30 degrees, which is enough to
 * plan with; `solve` finds the exact place.
 * @param {Body} body @param {{position: Vec3, quaternion: Quat}} pelvis @param {Placement["spine"]} spine @param {Side} side
 * @returns {Vec3}
 */
export function shoulderEstimate(body, pelvis, spine, side) {
  const waist = /** @type {Vec3} */ ([0, body.waist_m, 0]);
  const joint = /** @type {Vec3} */ ([side === "left" ? body.shoulder[0] : -body.shoulder[0], body.shoulder[1], body.shoulder[2]]);
  const bent = fromRotationVector([spine.flexion, spine.rotation, -spine.lateral]);
  return placed(pelvis.position, pelvis.quaternion, add(waist, rotate(bent, subtract(joint, waist))));
}

/** @param {number} y   rad, left of the way ahead @returns {Quat} */
export const facing = (y) => [0, Math.sin(y / 2), 0, Math.cos(y / 2)];

/** An arm at ease. @param {Partial<FreeArm["angles"]>} [angles] @returns {FreeArm} */
export const hangingArm = (angles = {}) => ({
  angles: { flexion: 0.05, abduction: 0.16, rotation: 0.25, elbow: 0.28, pronation: 0.25, ...angles },
  closed: 0.25,
});

/**
 * A point inside a limb's reach: the target, or the nearest point that is.
 * @param {Vec3} from @param {Vec3} target @param {number} reach   m @returns {Vec3}
 */
export function within(from, target, reach) {
  const way = subtract(target, from);
  const far = Math.hypot(...way);
  return far <= reach ? target : add(from, scale(way, reach / far));
}

/** @param {number} value @param {string} name @param {readonly [number, number]} range @returns {number} @throws {RangeError} */
export function checked(value, name, [low, high]) {
  if (typeof value === "number" && value >= low && value <= high) return value;
  throw new RangeError(`${name}: expected a number in ${low}..${high}, got ${String(value)}`);
}

/**
 * @param {Geometry[]} equipment @param {number} index @param {string[]} parts @param {string} motion
 * @returns {Geometry}
 * @throws {RangeError} when the aid or one of the parts that the motion needs is missing
 */
export function requireAid(equipment, index, parts, motion) {
  const aid = equipment[index];
  if (!aid) throw new RangeError(`${motion} needs ${index + 1} piece(s) of equipment, got ${equipment.length}`);
  const missing = parts.filter((name) => !aid.parts[name]);
  if (missing.length > 0) throw new RangeError(`${motion}: the ${aid.kind} has no ${missing.join(", ")}`);
  return aid;
}

