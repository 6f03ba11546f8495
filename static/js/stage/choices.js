/**
 * What can be chosen on the stage, with words for menus: `await choices()`. Words are here, facts in `static/spec/` and
 * in the modules that draw.
 * @module
 */
import { VIEWS } from "./camera.js";
import { StageError } from "./errors.js";
import { LIGHTS } from "./light.js";
import { MOTIONS } from "./motion/index.js";
import { ROOM_NAMES } from "./room.js";

/** @typedef {{name: string, label: string}} Choice */
/**
 * @typedef {object} CharacterChoice
 * @property {string} name @property {string} label
 * @property {string} about one phrase: who this is
 * @property {number} age years
 * @property {string[]} not_applicable landmarks of limbs that the character does not have
 */
/**
 * @typedef {object} AidChoice
 * @property {string} name @property {string} label
 * @property {string[]} equipment what `Show.set({equipment})` takes
 * @property {string[]} motions that fit, the usual one first
 */
/**
 * @typedef {object} OptionChoice
 * @property {string} label @property {string} usual the value that is taken where none is given
 * @property {Choice[]} values
 */
/**
 * @typedef {object} MotionChoice
 * @property {string} label
 * @property {Record<string, OptionChoice>} choices by option
 * @property {boolean} attendant whether somebody may push
 */
/**
 * @typedef {object} Choices
 * @property {CharacterChoice[]} characters @property {AidChoice[]} aids
 * @property {Record<string, MotionChoice>} motions
 * @property {Choice[]} lights @property {Choice[]} rooms @property {Choice[]} views
 */

/** Where the characters that are shipped lie: manifest.json and GLB files. */
export const CHARACTERS = new URL("../../characters/", import.meta.url);

/**
 * Aids as people ask for them: a pair of crutches, a white cane.
 * @type {Record<string, {label: string, pieces: {kind: string, params?: Record<string, unknown>}[]}>}
 */
export const AIDS = {
  none: { label: "No aid", pieces: [] },
  manual_wheelchair: { label: "Manual wheelchair", pieces: [{ kind: "manual_wheelchair" }] },
  power_wheelchair: { label: "Power wheelchair", pieces: [{ kind: "power_wheelchair" }] },
  walker: { label: "Walking frame", pieces: [{ kind: "walker" }] },
  rollator: { label: "Rollator", pieces: [{ kind: "rollator" }] },
  forearm_crutch: { label: "Forearm crutches", pieces: [{ kind: "forearm_crutch" }, { kind: "forearm_crutch" }] },
  axillary_crutch: { label: "Underarm crutches", pieces: [{ kind: "axillary_crutch" }, { kind: "axillary_crutch" }] },
  // Named, not drawn: by chance it would be a white cane, which is another aid to whoever uses one.
  cane: { label: "Walking stick", pieces: [{ kind: "cane", params: { variant: "derby" } }] },
  white_cane: { label: "White cane", pieces: [{ kind: "cane", params: { variant: "white" } }] },
};

/** Motions of somebody who uses the aid. `attendant` is another's: it comes with the option of that name. */
const OWN_MOTIONS = Object.keys(MOTIONS).filter((name) => name !== "attendant");
/** The motion whose chair somebody may push. */
export const PUSHED = "wheelchair_pushed";

const OPTIONS = { stroke: "Stroke", hands: "Hands", direction: "To", side: "Hand", weak_side: "Weaker side", bearing: "Weaker leg" };
/** @type {Record<string, string>} */
const VALUES = {
  semicircular: "Semicircular", arc: "Arc", single_loop: "Single loop", double_loop: "Double loop",
  lap: "In the lap", armrests: "On the armrests", rims: "On the rims",
  forward: "Forward", left: "Left", right: "Right", none: "Carries no weight", partial: "Carries some weight",
};
const LIGHT_LABELS = { studio: "Studio", daylight: "Daylight", window: "By a window", evening: "Evening" };
const ROOM_LABELS = {
  studio: "Studio", living_room: "Living room", corridor: "Corridor", clinic: "Clinic", office: "Office", street: "Street",
};
const VIEW_LABELS = {
  front: "Front", quarter: "Half front", left: "Left side", right: "Right side", back: "Back", above: "From above",
};

/** What does not go together although the motion knows both. @type {Record<string, (name: string, value: string) => boolean>} */
const BARRED = { power_wheelchair: (option, value) => option === "hands" && value === "rims" };

/**
 * Whether an aid has what an option of a motion asks for.
 * @param {string[]} equipment kinds or names of aids @param {string} option @param {string} value @returns {boolean}
 */
export const possible = (equipment, option, value) => !equipment.some((name) => BARRED[name]?.(option, value));

/**
 * The kinds that names of aids stand for.
 * @param {string} name one of AIDS
 * @returns {{kind: string, params?: Record<string, unknown>}} one piece of it
 * @throws {RangeError} on an unknown name
 */
export function pieceOf(name) {
  const piece = AIDS[name]?.pieces[0];
  if (!piece) throw new RangeError(`equipment: expected some of ${Object.keys(AIDS).slice(1).join(", ")}, got "${name}"`);
  return piece;
}

/**
 * Whether a motion is one for these aids.
 * @param {string} motion @param {string[]} equipment names of AIDS, one a piece @returns {boolean}
 */
export function fits(motion, equipment) {
  const { equipment: wanted } = MOTIONS[motion];
  if (equipment.includes("white_cane") && motion !== "cane_walk") return false;
  return wanted.length === equipment.length && wanted.every((kinds, k) => kinds.includes(pieceOf(equipment[k]).kind));
}

/**
 * @param {string[]} equipment names of AIDS, one a piece
 * @returns {string[]} motions that fit, those first that nothing else fits
 */
export function motionsFor(equipment) {
  const breadth = (/** @type {string} */ name) => MOTIONS[name].equipment[0]?.length ?? 0;
  return OWN_MOTIONS.filter((name) => fits(name, equipment)).sort((a, b) => breadth(a) - breadth(b));
}

/** @param {Record<string, string>} labels @param {string[]} names @returns {Choice[]} */
const named = (labels, names) => names.map((name) => ({ name, label: labels[name] ?? name }));

/** @param {import("./motion/index.js").MotionKind} kind @returns {Record<string, OptionChoice>} */
function optionsOf({ choices = {} }) {
  return Object.fromEntries(
    Object.entries(choices).map(([option, values]) => [
      option,
      { label: /** @type {Record<string, string>} */ (OPTIONS)[option] ?? option, usual: values[0], values: named(VALUES, [...values]) },
    ]),
  );
}

/**
 * @param {string | URL} [folder] with manifest.json, by default the characters that are shipped
 * @returns {Promise<Record<string, any>>} what the manifest says of each character, by name
 * @throws {StageError} with code `character` when it cannot be fetched
 */
export async function readManifest(folder = CHARACTERS) {
  const address = new URL("manifest.json", new URL(folder, globalThis.location?.href));
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return (await response.json()).characters;
  } catch (error) {
    throw new StageError("character", `the list of characters cannot be loaded from ${address.href}`, { cause: error });
  }
}

/**
 * All that menus show.
 * @param {{characters?: string | URL}} [options] characters: folder with manifest.json
 * @returns {Promise<Choices>}
 * @throws {StageError} with code `character` when the list of characters cannot be fetched
 */
export async function choices({ characters = CHARACTERS } = {}) {
  const people = Object.entries(await readManifest(characters));
  return {
    characters: people.map(([name, { about, age, not_applicable }]) => ({
      name, label: name[0].toUpperCase() + name.slice(1), about, age, not_applicable,
    })),
    aids: Object.entries(AIDS).map(([name, { label, pieces }]) => {
      const equipment = pieces.map(() => name);
      return { name, label, equipment, motions: motionsFor(equipment) };
    }),
    motions: Object.fromEntries(
      OWN_MOTIONS.map((name) => [
        name,
        { label: MOTIONS[name].label, choices: optionsOf(MOTIONS[name]), attendant: name === PUSHED },
      ]),
    ),
    lights: named(LIGHT_LABELS, LIGHTS),
    rooms: named(ROOM_LABELS, ROOM_NAMES),
    views: named(VIEW_LABELS, Object.keys(VIEWS).filter((name) => name !== "side")), // "side" is "right"
  };
}

