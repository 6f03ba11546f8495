/**
 * What a tracker is asked for.
 * @module
 */

import { DEFAULT, OWN } from "./names.js";

/** @typedef {import("./models.js").Backend} Backend */
/**
 * @typedef {object} Options
 * @property {string} model landmark network: a name of the manifest, "own/NAME", or "default"
 * @property {string} detector person detector, likewise
 * @property {string | null} own address of a folder with own networks and their manifest.json
 * @property {"auto" | Backend} backend
 * @property {number} maxPeople
 * @property {boolean} smooth
 */

/** @type {Readonly<Options>} */
export const DEFAULTS = Object.freeze({
  model: DEFAULT,
  detector: DEFAULT,
  own: null,
  backend: "auto",
  maxPeople: 2,
  smooth: true,
});
const NETWORK = /^(own\/)?[a-z0-9-]{1,40}$/;
const BACKENDS = ["auto", "wasm", "webgl", "webgpu"];
const MOST_PEOPLE = 8;

/**
 * @param {Options} options
 * @returns {Options}
 * @throws {RangeError} when one is none of the known values
 */
export function checkOptions(options) {
  const { own, backend, maxPeople } = options;
  for (const key of /** @type {const} */ (["model", "detector"])) {
    if (!NETWORK.test(options[key])) {
      throw new RangeError(`${key}: expected a name like blazepose-full or own/mine, or default; got "${options[key]}"`);
    }
    if (own === null && options[key].startsWith(OWN)) throw new RangeError(`own: expected an address for ${options[key]}`);
  }
  if (!BACKENDS.includes(backend)) throw new RangeError(`backend: expected ${BACKENDS.join(", ")}, got "${backend}"`);
  if (!Number.isInteger(maxPeople) || maxPeople < 1 || maxPeople > MOST_PEOPLE) {
    throw new RangeError(`maxPeople: expected 1 to ${MOST_PEOPLE}, got ${maxPeople}`);
  }
  return { ...options, smooth: Boolean(options.smooth) };
}
