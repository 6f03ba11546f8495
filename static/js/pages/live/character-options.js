/** What is chosen for the stage: kept between visits, and always something that goes together. */

/** @typedef {import("../../stage/choices.js").Choices} Choices */
/** @typedef {import("../../stage/choices.js").OptionChoice} OptionChoice */
/**
 * @typedef {object} Wish
 * @property {string} character @property {string} aid @property {string} motion
 * @property {Record<string, string>} options   of the motion
 * @property {boolean} attendant   somebody pushes the wheelchair
 * @property {string} light @property {string} room @property {string} view
 */
/** @typedef {(equipment: string[], option: string, value: string) => boolean} Possible   as in stage/choices.js */

/** Somebody who gets about by her own hands, seen as somebody across a bright room sees her. @type {Wish} */
export const FIRST = {
  character: "laurel",
  aid: "manual_wheelchair",
  motion: "wheelchair_push",
  options: {},
  attendant: false,
  light: "window",
  room: "clinic",
  view: "quarter",
};

/**
 * @template {{name: string}} T
 * @param {readonly T[]} list @param {unknown} wanted @param {string} usual
 * @returns {T} what is wanted, else what is usual, else the first there is
 */
function pick(list, wanted, usual) {
  const named = (/** @type {unknown} */ name) => list.find((one) => one.name === name);
  return named(wanted) ?? named(usual) ?? list[0];
}

/**
 * What an option of a motion may be with these aids.
 * @param {OptionChoice} choice @param {string} option @param {string[]} equipment @param {Possible} possible
 */
export const valuesOf = (choice, option, equipment, possible) =>
  choice.values.filter(({ name }) => possible(equipment, option, name));

/**
 * The nearest to a wish that there is. What is stored may be of another version, or anything.
 * @param {Partial<Record<keyof Wish, unknown>>} wish
 * @param {Choices} choices @param {Possible} possible
 * @returns {Wish} names of `choices` only; a motion that fits the aid, options that fit the motion
 */
export function fitting(wish, choices, possible) {
  const aid = pick(choices.aids, wish.aid, FIRST.aid);
  const motions = aid.motions.map((name) => ({ name }));
  const motion = pick(motions, wish.motion, FIRST.motion).name;
  const given = /** @type {Record<string, unknown>} */ (
    typeof wish.options === "object" && wish.options !== null ? wish.options : {}
  );
  const options = Object.entries(choices.motions[motion].choices).map(([name, choice]) => {
    const value = pick(valuesOf(choice, name, aid.equipment, possible), given[name], choice.usual).name;
    return [name, value];
  });
  return {
    character: pick(choices.characters, wish.character, FIRST.character).name,
    aid: aid.name,
    motion,
    options: Object.fromEntries(options),
    attendant: choices.motions[motion].attendant && wish.attendant === true,
    light: pick(choices.lights, wish.light, FIRST.light).name,
    room: pick(choices.rooms, wish.room, FIRST.room).name,
    view: pick(choices.views, wish.view, FIRST.view).name,
  };
}

/**
 * A wish with something of it changed, and what depends on it made to fit.
 * @param {Wish} wish @param {Partial<Wish>} change @param {Choices} choices @param {Possible} possible
 * @returns {Wish}
 */
export function changed(wish, change, choices, possible) {
  const next = { ...wish, ...change };
  // Whoever asks to be pushed has somebody who pushes, until that is switched off.
  if (change.motion !== undefined && change.attendant === undefined) next.attendant = choices.motions[change.motion]?.attendant;
  return fitting(next, choices, possible);
}

/** @param {string} text   as `JSON.stringify` gave it, or anything @returns {Partial<Record<keyof Wish, unknown>>} */
export function readWish(text) {
  try {
    const read = JSON.parse(text);
    return typeof read === "object" && read !== null ? read : {};
  } catch {
    return {};
  }
}

/**
 * @param {Wish} wish @param {Choices} choices
 * @returns {string} in words, for those who do not see it: "Birch, manual wheelchair: pushing a wheelchair"
 */
export function inWords({ character, aid, motion }, choices) {
  const label = (/** @type {readonly {name: string, label: string}[]} */ list, /** @type {string} */ name) =>
    list.find((one) => one.name === name)?.label ?? name;
  const lower = (/** @type {string} */ text) => text[0].toLowerCase() + text.slice(1);
  const who = label(choices.characters, character);
  return `${who}, ${lower(label(choices.aids, aid))}: ${lower(choices.motions[motion].label)}`;
}
