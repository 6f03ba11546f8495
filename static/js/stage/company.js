/**
 * Who is on the stage together: a character, its aids, perhaps somebody who pushes; moved on the spot by their motions.
 * @module
 */
import { pieceOf } from "./choices.js";
import { buildEquipment, fitEquipment } from "./equipment/index.js";
import { plainChair } from "./furniture.js";
import { createMotion, geometryOf } from "./motion/index.js";
import { createRandom } from "./random.js";
import { merged } from "./room.js";
import { SIDES } from "./rig.js";
import { extentOf } from "./truth.js";

/** @typedef {import("./character.js").Character} Character */
/** @typedef {import("./equipment/assembly.js").Equipment} Equipment */
/** @typedef {import("./motion/index.js").Motion} Motion */
/** @typedef {import("./motion/placement.js").EquipmentPlacement} EquipmentPlacement */
/** @typedef {import("./rig.js").Pose} Pose */
/** @typedef {import("./rig.js").Side} Side */
/** @typedef {import("./camera.js").Extent} Extent */
/** @typedef {import("./wishes.js").ShowOptions} ShowOptions */
/** @typedef {{character: Character, motion: Motion, absent: string[]}} Actor */
/** @typedef {{height_m: number, position: import("./vectors.js").Vec3, quaternion: import("./vectors.js").Quat}} Seat of a
 *  plain chair: its height, and its origin on the floor */
/** @typedef {import("../../vendor/three.js").Mesh} Mesh */
/** @typedef {import("../../vendor/three.js").Material} Material */

/** Moments of a cycle at which the company's extent is taken. */
const MOMENTS = 8;

/** What a motion asks of an aid that others do not have. @param {ShowOptions} wish @returns {Record<string, unknown>} */
function asked({ motion, options }) {
  return {
    ...(options.hands === "armrests" && { armrest: "desk" }),
    ...(motion === "wheelchair_pushed" && { push_handles: true, backrest_height_m: 0.42 }),
  };
}

/** @param {ShowOptions} wish @param {Character} user @returns {Equipment[]} fitted to who uses them */
function equip(wish, user) {
  return wish.equipment.map((name) => {
    const { kind, params } = pieceOf(name);
    const wanted = kind === "manual_wheelchair" ? asked(wish) : {};
    const random = createRandom(wish.seed).fork(`equipment/${kind}`); // the same for both of a pair
    return buildEquipment(kind, fitEquipment(kind, user.body, { ...wanted, ...params }, random));
  });
}

/** @param {Character} character @param {string[]} absent limbs @returns {Side[]} */
function absentHands(character, absent) {
  const gone = character.lackingWith(absent);
  return SIDES.filter((side) => gone.has(`${side}_index`)); // a wrist may be there without its hand
}

/**
 * Which aids somebody holds without whose hand they would stand there by themselves.
 * @param {ShowOptions} wish @param {Side[]} absent hands @returns {boolean[]} by aid: whether it is carried
 */
function carried({ motion, equipment }, absent) {
  if (motion.startsWith("crutch_")) return equipment.map((_, k) => !absent.includes(SIDES[k]));
  if (motion === "cane_walk") return [absent.length < 2];
  return equipment.map(() => true);
}

/** @param {ShowOptions} wish @param {Side[]} absent @returns {Record<string, string>} with the cane in the hand that is there */
function handed({ motion, options }, absent) {
  return motion === "cane_walk" && absent.length === 1 ? { ...options, weak_side: absent[0] } : options;
}

export class Company {
  /** How far the whole has come, m along z: what the floor must move back by. */
  advanced_m = 0;
  /** Whether the motion is one on a chair. */
  #seated;

  /**
   * @param {Actor[]} actors the first one uses the aids
   * @param {{all: Equipment[], carried: boolean[]}} aids
   * @param {Mesh | null} chair furniture to sit on
   */
  constructor(actors, aids, chair) {
    this.actors = actors;
    this.motion = actors[0].motion;
    this.aids = aids.all;
    /** Those that are shown. */
    this.equipment = aids.all.filter((_, k) => aids.carried[k]);
    this.chair = chair;
    this.#seated = chair !== null;
  }

  /** Show everybody with the limbs that they have. */
  dress() {
    for (const { character, absent } of this.actors) character.setAbsent(absent);
  }

  /** Go where the motions are at a time, on the spot. @param {number} time_s */
  pose(time_s) {
    const first = this.motion.at(time_s);
    const [x, y, z] = first.origin;
    this.advanced_m = z;
    this.actors.forEach(({ character, motion }, k) => {
      character.place(k === 0 ? first : motion.at(time_s));
      character.object.position.set(-x, -y, -z);
    });
    this.#putAids(first.equipment, first.origin);
  }

  /**
   * Let somebody else move the user and the aids.
   * @param {{pose: Pose, equipment: EquipmentPlacement[], seat?: Seat | null}} moment stage frame; seat: where a plain
   *   chair stands, null: nowhere, undefined: furniture stays as it is
   */
  take({ pose, equipment, seat }) {
    const { character } = this.actors[0];
    character.apply(pose);
    character.object.position.set(0, 0, 0);
    this.#putAids(equipment, [0, 0, 0]);
    if (seat !== undefined) this.#furnish(seat);
  }

  /** Furniture as the motion has it: nobody drives any more. */
  unseat() {
    if (!this.chair) return;
    if (!this.#seated) {
      this.#removeChair();
      return;
    }
    this.chair.visible = true;
    this.chair.position.set(0, 0, 0);
    this.chair.quaternion.set(0, 0, 0, 1);
  }

  /** @param {Seat | null} seat */
  #furnish(seat) {
    if (seat && !this.chair) {
      this.chair = merged(plainChair(seat.height_m));
      this.actors[0].character.object.parent?.add(this.chair);
    }
    if (!this.chair) return;
    this.chair.visible = seat !== null;
    if (!seat) return;
    this.chair.position.set(...seat.position);
    this.chair.quaternion.set(...seat.quaternion);
  }

  /** @param {EquipmentPlacement[]} placements @param {readonly [number, number, number]} origin */
  #putAids(placements, [x, y, z]) {
    for (const { index, position, quaternion, travel_left_m, travel_right_m } of placements) {
      const aid = this.aids[index];
      if (!aid) continue;
      aid.object.position.set(position[0] - x, position[1] - y, position[2] - z);
      aid.object.quaternion.set(...quaternion);
      aid.setTravel(travel_left_m, travel_right_m);
    }
  }

  /** @returns {Extent} of all that happens in a cycle; the company is left at its end */
  extent() {
    const low = /** @type {[number, number, number]} */ ([Infinity, Infinity, Infinity]);
    const high = /** @type {[number, number, number]} */ ([-Infinity, -Infinity, -Infinity]);
    const people = this.actors.map(({ character }) => character);
    const aids = this.equipment.map(({ object }) => object);
    for (let k = 0; k < MOMENTS; k++) {
      this.pose((this.motion.duration_s * k) / MOMENTS);
      for (const { object } of [...people, ...this.equipment]) object.updateMatrixWorld(true);
      const now = extentOf(people, aids);
      for (let axis = 0; axis < 3; axis++) {
        low[axis] = Math.min(low[axis], now.low[axis]);
        high[axis] = Math.max(high[axis], now.high[axis]);
      }
    }
    return { low, high };
  }

  /** Free aids and furniture; characters belong to whoever gave them. */
  dispose() {
    for (const aid of this.aids) aid.dispose();
    this.#removeChair();
  }

  #removeChair() {
    if (!this.chair) return;
    this.chair.removeFromParent();
    this.chair.geometry.dispose();
    /** @type {Material} */ (this.chair.material).dispose();
    this.chair = null;
  }
}

/**
 * Bring together what is wished; nobody moves yet.
 * @param {ShowOptions} wish @param {Character} user @param {Character | null} helper who pushes
 * @returns {Company}
 * @throws {RangeError} when the motion is none for this person with these aids
 */
export function assemble(wish, user, helper) {
  const aids = equip(wish, user);
  try {
    const equipment = aids.map(geometryOf);
    const { motion, seed, absent } = wish;
    const hands = absentHands(user, absent);
    const common = { seed, equipment };
    const actors = [
      { character: user, absent, motion: createMotion(motion, { ...handed(wish, hands), ...common, body: user.body, absent: hands }) },
    ];
    if (helper) {
      const own = { ...common, body: helper.body, absent: absentHands(helper, []) };
      actors.push({ character: helper, absent: [], motion: createMotion("attendant", own) });
    }
    const seat = actors[0].motion.facts.seat_height_m;
    const chair = aids.length === 0 && typeof seat === "number" ? merged(plainChair(seat)) : null;
    return new Company(actors, { all: aids, carried: carried(wish, hands) }, chair);
  } catch (error) {
    for (const aid of aids) aid.dispose();
    throw error;
  }
}
