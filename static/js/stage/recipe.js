/**
 * From a recipe and a seed to one shot: who, with what, doing what, seen from where, in which light. Plain data; no
 * three.js.
 *
 * A recipe says what may be chosen and how often; `resolveRecipe` chooses. Angles in radians, lengths in metres, times
 * in seconds.
 */
import { chooseBystanders, drawn } from "./crowd.js";
import { createRandom } from "./random.js";

/** @typedef {import("./random.js").Random} Random */
/**
 * @typedef {object} Subject
 * @property {number} weight how often, relative to the others
 * @property {string | null} motion a name of motion/index.js; null: nobody, the equipment stands alone
 * @property {(string | string[])[]} [equipment] kinds, one of a list each; two equal crutches are two entries
 * @property {Record<string, unknown[]>} [options] options of the motion, one value of each list
 * @property {Record<string, unknown>} [params] parameters of the equipment that are set
 * @property {boolean} [attendant] somebody pushes the wheelchair
 * @property {string} group name for evaluation; wheelchairs get `_front`, `_side` or `_back` appended
 * @property {boolean} [by_view] append the view to the group
 */
/**
 * @typedef {object} Recipe
 * @property {Subject[]} [subjects]
 * @property {string[] | null} [characters] names in static/characters/manifest.json; null: all
 * @property {{weight: number, azimuth_rad: [number, number]}[]} [views] sectors from which the subject is seen
 * @property {[number, number]} [elevation_rad]
 * @property {[number, number]} [margin]
 * @property {number} [shift]
 * @property {number} [roll_rad]
 * @property {Record<string, number>} [lenses] weight by name in camera.js
 * @property {Record<string, number>} [lights] weight by name in light.js
 * @property {Record<string, number>} [rooms] weight by name in room.js
 * @property {number} [environments] share of the shots that are in one of the environments, 0..1
 * @property {number} [clutter] share with something before the subject @property {number} [bystanders] share with others
 * @property {number} [dyes] share in which people's clothes, hair and skin have other colours
 * @property {number} [shadow_px]
 */
/**
 * @typedef {object} Shot
 * @property {number | string} seed @property {string} group
 * @property {string | null} motion
 * @property {Record<string, unknown>} options
 * @property {number} phase share of the motion's duration, 0..1
 * @property {string[]} equipment kinds @property {Record<string, unknown>} params
 * @property {string | null} character @property {string | null} attendant name of the character that pushes
 * @property {string | null} light @property {string | null} room null: in an environment @property {string} backdrop
 * @property {{name: string, look: import("./environment.js").EnvironmentLook} | null} environment
 * @property {boolean} clutter @property {boolean} dyed
 * @property {import("./crowd.js").Bystander[]} bystanders
 * @property {{azimuth_rad: number, elevation_rad: number, lens: string, margin: number, shift: [number, number],
 *   roll_rad: number}} camera
 * @property {number} shadow_px
 */

const BACK = [2.36, 3.93]; // a quarter turn around straight from behind
const CRUTCHES = ["forearm_crutch", "axillary_crutch"];
const STROKES = ["arc", "semicircular", "single_loop", "double_loop"];
const BACKDROPS = ["#cfd4d8", "#d9d4cb", "#b9c4cf", "#e6e6e3", "#8f979e", "#5d6670", "#c7b9a8", "#a9b8a4"];

/** @type {Required<Recipe>} */
export const DEFAULT_RECIPE = {
  subjects: [
    { weight: 5, motion: "standing", group: "standing" },
    { weight: 5, motion: "walking", group: "standing" },
    { weight: 4, motion: "reaching", group: "standing" },
    { weight: 4, motion: "sitting", group: "standing" },
    {
      weight: 16,
      motion: "wheelchair_push",
      equipment: ["manual_wheelchair"],
      options: { stroke: STROKES },
      group: "wheelchair",
      by_view: true,
    },
    {
      weight: 9,
      motion: "wheelchair_rest",
      equipment: ["manual_wheelchair"],
      options: { hands: ["lap", "rims"] },
      group: "wheelchair",
      by_view: true,
    },
    {
      weight: 4,
      motion: "wheelchair_rest",
      equipment: ["manual_wheelchair"],
      options: { hands: ["armrests"] },
      params: { armrest: "desk" },
      group: "wheelchair",
      by_view: true,
    },
    {
      weight: 4,
      motion: "wheelchair_weight_shift",
      equipment: ["manual_wheelchair"],
      options: { direction: ["forward", "left", "right"] },
      group: "wheelchair",
      by_view: true,
    },
    { weight: 7, motion: "power_drive", equipment: ["power_wheelchair"], group: "wheelchair", by_view: true },
    {
      weight: 6,
      motion: "wheelchair_pushed",
      equipment: ["manual_wheelchair"],
      options: { hands: ["lap"] },
      params: { push_handles: true, backrest_height_m: 0.42 },
      attendant: true,
      group: "pushed",
    },
    { weight: 6, motion: "walker_step_to", equipment: ["walker"], group: "walker" },
    { weight: 7, motion: "rollator_walk", equipment: ["rollator"], group: "walker" },
    { weight: 3, motion: "crutch_two_point", equipment: [CRUTCHES, CRUTCHES], group: "crutches" },
    {
      weight: 4,
      motion: "crutch_three_point",
      equipment: [CRUTCHES, CRUTCHES],
      options: { bearing: ["none", "partial"] },
      group: "crutches",
    },
    { weight: 3, motion: "crutch_four_point", equipment: [CRUTCHES, CRUTCHES], group: "crutches" },
    { weight: 4, motion: "crutch_swing_through", equipment: [CRUTCHES, CRUTCHES], group: "crutches" },
    { weight: 6, motion: "cane_walk", equipment: ["cane"], options: { weak_side: ["left", "right"] }, group: "cane" },
    {
      weight: 2,
      motion: null,
      equipment: [["manual_wheelchair", "power_wheelchair", "walker", "rollator"]],
      group: "unattended",
    },
  ],
  characters: null,
  // Sides and backs on purpose: that is where the released networks fail.
  views: [
    { weight: 3, azimuth_rad: [-0.79, 0.79] },
    { weight: 2, azimuth_rad: [0.79, 2.36] },
    { weight: 2, azimuth_rad: [-2.36, -0.79] },
    { weight: 3, azimuth_rad: [BACK[0], BACK[1]] },
  ],
  elevation_rad: [-0.05, 0.45],
  margin: [-0.1, 0.18],
  shift: 0.08,
  roll_rad: 0.04,
  lenses: { webcam: 4, phone: 4, portrait: 2, wide: 1 },
  lights: { studio: 2, daylight: 2, window: 3, evening: 2 },
  rooms: { studio: 3, living_room: 3, corridor: 2, clinic: 3, office: 2, street: 2 },
  environments: 0,
  clutter: 0,
  bystanders: 0,
  dyes: 0,
  shadow_px: 1024,
};
const SHARES = /** @type {const} */ (["environments", "clutter", "bystanders", "dyes"]);

/** @template T @param {Random} random @param {{weight: number, value: T}[]} list @param {string} what @returns {T} */
function weighted(random, list, what) {
  const total = list.reduce((sum, { weight }) => sum + weight, 0);
  if (list.length === 0 || !(total > 0) || list.some(({ weight }) => !(weight >= 0))) {
    throw new RangeError(`recipe.${what}: expected weights of at least 0 with a sum above 0`);
  }
  return drawn(random, list.map(({ value, weight }) => [value, weight]));
}

/** @param {Random} random @param {Record<string, number>} table @param {string} what @returns {string} */
const named = (random, table, what) =>
  weighted(
    random,
    Object.entries(table).map(([value, weight]) => ({ value, weight })),
    what,
  );

/** @param {number} azimuth_rad @returns {"front" | "side" | "back"} quadrants around the subject */
export function viewOf(azimuth_rad) {
  const cosine = Math.cos(azimuth_rad);
  return cosine > Math.SQRT1_2 ? "front" : cosine < -Math.SQRT1_2 ? "back" : "side";
}

/** Options of a subject with one value each. @param {Random} random @param {Record<string, unknown[]>} [options] */
function chosen(random, options = {}) {
  return Object.fromEntries(Object.entries(options).map(([name, values]) => [name, random.fork(name).pick(values)]));
}

/**
 * How an environment is shown: from any side, brighter or darker, sharp or out of focus.
 * @param {Random} random @returns {import("./environment.js").EnvironmentLook}
 */
const lookOf = (random) => ({
  turn_rad: random.uniform(0, 2 * Math.PI),
  gain: 2 ** random.uniform(-0.7, 0.5),
  height_m: random.uniform(1.2, 2),
  blur: random.uniform() < 0.6 ? 0 : random.uniform(0.02, 0.22),
});

/**
 * @param {Recipe} recipe what it leaves out is as in DEFAULT_RECIPE
 * @param {number | string} seed
 * @param {string[]} characters the names that there are @param {string[]} [environments] the names that there are
 * @returns {Shot} the same for the same arguments
 * @throws {RangeError} naming what is wrong with the recipe
 */
export function resolveRecipe(recipe, seed, characters, environments = []) {
  const unknown = Object.keys(recipe).filter((name) => !(name in DEFAULT_RECIPE));
  if (unknown.length > 0)
    throw new RangeError(`recipe: unknown ${unknown.join(", ")}; known: ${Object.keys(DEFAULT_RECIPE).join(", ")}`);
  const all = { ...DEFAULT_RECIPE, ...recipe };
  for (const name of SHARES)
    if (!(all[name] >= 0 && all[name] <= 1)) throw new RangeError(`recipe.${name}: expected 0..1, got ${all[name]}`);
  const cast = all.characters ?? characters;
  const missing = cast.filter((name) => !characters.includes(name));
  if (cast.length === 0 || missing.length > 0)
    throw new RangeError(
      `recipe.characters: expected some of ${characters.join(", ")}, got ${missing.join(", ") || "none"}`,
    );
  const random = createRandom(seed);
  const subject = weighted(
    random.fork("subject"),
    all.subjects.map((value) => ({ weight: value.weight, value })),
    "subjects",
  );
  const people = random.fork("people");
  const equipment = random.fork("equipment");
  const camera = random.fork("camera");
  const sector = weighted(
    camera,
    all.views.map((value) => ({ weight: value.weight, value })),
    "views",
  );
  const azimuth_rad = camera.uniform(...sector.azimuth_rad);
  // Equal entries are a pair: both get the same kind.
  /** @type {Map<string, string>} */
  const kinds = new Map();
  const kindOf = (/** @type {string | string[]} */ entry) => {
    const key = JSON.stringify(entry);
    if (!kinds.has(key)) kinds.set(key, Array.isArray(entry) ? equipment.pick(entry) : entry);
    return /** @type {string} */ (kinds.get(key));
  };
  const character = subject.motion ? people.pick(cast) : null;
  const others = cast.filter((name) => name !== character);
  const attendant = subject.attendant ? people.pick(others.length > 0 ? others : cast) : null;
  const surroundings = random.fork("surroundings");
  const [light, room] = [named(surroundings, all.lights, "lights"), named(surroundings, all.rooms, "rooms")];
  // A stream for each of these: who asks for none of them gets the shots of old.
  const around = random.fork("environment");
  const outside = around.uniform() < all.environments && environments.length > 0;
  const crowd = random.fork("crowd");
  const accompanied = crowd.uniform() < all.bystanders;
  const strangers = others.filter((name) => name !== attendant);
  const aids = (subject.equipment ?? []).length > 0;
  return {
    seed,
    group: subject.by_view ? `${subject.group}_${viewOf(azimuth_rad)}` : subject.group,
    motion: subject.motion,
    options: chosen(random.fork("options"), subject.options),
    phase: random.fork("phase").uniform(0, 1),
    equipment: (subject.equipment ?? []).map(kindOf),
    params: subject.params ?? {},
    character,
    attendant,
    light: outside ? null : light,
    room: outside ? null : room,
    environment: outside ? { name: around.pick(environments), look: lookOf(around) } : null,
    clutter: random.fork("clutter").uniform() < all.clutter,
    dyed: random.fork("dyes").uniform() < all.dyes,
    bystanders: accompanied ? chooseBystanders(crowd, strangers, { azimuth_rad, aids, attendant: Boolean(attendant) }) : [],
    backdrop: surroundings.pick(BACKDROPS),
    camera: {
      azimuth_rad,
      elevation_rad: camera.uniform(...all.elevation_rad),
      lens: named(camera, all.lenses, "lenses"),
      margin: camera.uniform(...all.margin),
      shift: [camera.uniform(-all.shift, all.shift), camera.uniform(-all.shift, all.shift)],
      roll_rad: camera.normal(0, all.roll_rad / 2),
    },
    shadow_px: all.shadow_px,
  };
}
