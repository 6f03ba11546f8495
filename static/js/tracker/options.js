/**
 * What a tracker is asked for.
 * @module
 */

/** @typedef {import("./models.js").Backend} Backend */
/** @typedef {{model: string, backend: "auto" | Backend, maxPeople: number, smooth: boolean}} Options */

/** @type {Readonly<Options>} */
export const DEFAULTS = Object.freeze({ model: "blazepose-full", backend: "auto", maxPeople: 2, smooth: true });
const BACKENDS = ["auto", "wasm", "webgl", "webgpu"];
const MOST_PEOPLE = 8;

/**
 * @param {Options} options
 * @returns {Options}
 * @throws {RangeError} when one is none of the known values
 */
export function checkOptions(options) {
  const { model, backend, maxPeople } = options;
  if (!/^[a-z0-9-]+$/.test(model)) throw new RangeError(`model: expected a name like blazepose-full, got "${model}"`);
  if (!BACKENDS.includes(backend)) throw new RangeError(`backend: expected ${BACKENDS.join(", ")}, got "${backend}"`);
  if (!Number.isInteger(maxPeople) || maxPeople < 1 || maxPeople > MOST_PEOPLE) {
    throw new RangeError(`maxPeople: expected 1 to ${MOST_PEOPLE}, got ${maxPeople}`);
  }
  return { ...options, smooth: Boolean(options.smooth) };
}
