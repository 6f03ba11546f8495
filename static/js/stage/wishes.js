/**
 * What a show is asked for: partial wishes made whole, and refused where they cannot be. Plain data, nothing is drawn.
 * @module
 */
import { VIEWS } from "./camera.js";
import { PUSHED, fits, motionsFor, pieceOf, possible } from "./choices.js";
import { LIGHTS } from "./light.js";
import { MOTIONS } from "./motion/index.js";
import { ROOM_NAMES } from "./room.js";
import { landmarksOf } from "../pose/limbs.js";

/** @typedef {import("./character.js").Character} Character */
/** @typedef {import("./orbit.js").OrbitView} OrbitView */
/**
 * @typedef {object} ShowOptions
 * @property {string | Character} character a name of the manifest, or one that was made elsewhere and stays its maker's
 * @property {string} motion one of MOTIONS
 * @property {string[]} equipment a name for each piece: kinds, or `white_cane`; `choices()` lists what goes together
 * @property {Record<string, string>} options of the motion
 * @property {boolean | string} attendant somebody pushes the wheelchair: true, or the name of who
 * @property {string} light @property {string} room
 * @property {string | OrbitView} view a name of VIEWS, or where the camera was moved to
 * @property {number | string} seed of pace, sway, colours, furniture
 * @property {string[]} absent limbs that the character is shown without, see pose/limbs.js
 */

/** @type {Readonly<ShowOptions>} */
export const DEFAULTS = Object.freeze({
  character: "alder",
  motion: "wheelchair_push",
  equipment: ["manual_wheelchair"],
  options: {},
  attendant: false,
  light: "studio",
  room: "studio",
  view: "front",
  seed: 7,
  absent: [],
});

/** @param {string} what @param {unknown} got @param {Iterable<string>} expected */
function oneOf(what, got, expected) {
  const names = [...expected];
  if (!names.includes(/** @type {string} */ (got))) {
    throw new RangeError(`${what}: expected one of ${names.join(", ")}, got ${JSON.stringify(got)}`);
  }
}

/** @param {string} what @param {unknown} got @returns {string[]} */
function strings(what, got) {
  if (Array.isArray(got) && got.every((one) => typeof one === "string")) return [...got];
  throw new TypeError(`${what}: expected a list of names, got ${JSON.stringify(got)}`);
}

/**
 * Motion and equipment that go together: of the two, the one that was not asked for follows.
 * @param {ShowOptions} now @param {Partial<ShowOptions>} changes @returns {{motion: string, equipment: string[]}}
 */
function motionAndAids(now, { motion, equipment }) {
  if (motion !== undefined) oneOf("motion", motion, Object.keys(MOTIONS));
  const aids = equipment === undefined ? now.equipment : strings("equipment", equipment);
  const pieces = aids.filter((name) => name !== "none");
  pieces.forEach(pieceOf);
  const readings = pieces.length === 1 ? [pieces, [pieces[0], pieces[0]]] : [pieces]; // one crutch stands for a pair
  const wished = motion ?? now.motion;
  const fitting = readings.find((reading) => fits(wished, reading));
  if (fitting) return { motion: wished, equipment: fitting };
  if (motion === undefined) {
    const usable = readings.find((reading) => motionsFor(reading).length > 0);
    if (usable) return { motion: motionsFor(usable)[0], equipment: usable };
  } else if (equipment === undefined) {
    return { motion, equipment: MOTIONS[motion].equipment.map(([usual]) => usual) };
  }
  const needs = MOTIONS[wished].equipment.map((kinds) => kinds.join(" or ")).join(" and ") || "no equipment";
  throw new RangeError(`${wished} needs ${needs}, got ${pieces.join(", ") || "none"}`);
}

/**
 * @param {ShowOptions} now @param {Partial<ShowOptions>} changes @param {{motion: string, equipment: string[]}} chosen
 * @returns {Record<string, string>} a value for each of the motion's choices
 */
function motionOptions(now, { options }, { motion, equipment }) {
  const { choices = {} } = MOTIONS[motion];
  const kept = motion === now.motion ? now.options : {};
  const wished = options ?? {};
  for (const [name, value] of Object.entries(wished)) {
    oneOf(`${motion}: option`, name, Object.keys(choices));
    oneOf(`${motion}: ${name}`, value, choices[name].filter((each) => possible(equipment, name, each)));
  }
  return Object.fromEntries(
    Object.entries(choices).map(([name, values]) => {
      const [usual] = values.filter((value) => possible(equipment, name, value));
      const before = kept[name] !== undefined && possible(equipment, name, kept[name]) ? kept[name] : usual;
      return [name, wished[name] ?? before];
    }),
  );
}

/** @param {string | OrbitView} view */
function checkView(view) {
  if (typeof view === "string") return oneOf("view", view, Object.keys(VIEWS));
  const numbers = view && [view.azimuth_rad, view.elevation_rad, view.zoom ?? 1];
  if (!numbers?.every(Number.isFinite)) {
    throw new RangeError(`view: expected a name, or azimuth_rad, elevation_rad and zoom, got ${JSON.stringify(view)}`);
  }
}

/**
 * Wishes made whole.
 * @param {ShowOptions} now what is shown @param {Partial<ShowOptions>} changes what is asked for
 * @returns {ShowOptions} what is not asked for stays; but motion and equipment follow each other where only one is asked
 *   for and the other does not fit, and somebody pushes whoever is to be pushed unless `attendant` is false
 * @throws {RangeError} on what is unknown or does not go together; TypeError on what has another form
 */
export function complete(now, changes) {
  const unknown = Object.keys(changes).filter((name) => !(name in DEFAULTS));
  if (unknown.length > 0) {
    throw new RangeError(`unknown ${unknown.join(", ")}; known: ${Object.keys(DEFAULTS).join(", ")}`);
  }
  const chosen = motionAndAids(now, changes);
  const pushed = chosen.motion === PUSHED;
  const attendant = changes.attendant ?? (pushed && now.motion !== PUSHED ? true : pushed && now.attendant);
  if (attendant && !pushed) throw new RangeError(`attendant: only with the motion ${PUSHED}, got ${chosen.motion}`);
  const all = { ...now, ...changes, ...chosen, attendant, options: motionOptions(now, changes, chosen) };
  oneOf("light", all.light, LIGHTS);
  oneOf("room", all.room, ROOM_NAMES);
  checkView(all.view);
  all.absent = strings("absent", all.absent);
  landmarksOf(all.absent);
  const seeded = typeof all.seed === "string" || Number.isFinite(all.seed);
  if (!seeded) throw new TypeError(`seed: expected a finite number or a text, got ${String(all.seed)}`);
  return all;
}
