/**
 * Which back end to run on: what may be tried, which trial wins, and remembering the choice.
 * @module
 */

/** @typedef {import("./models.js").Backend} Backend */
/** @typedef {{backend: Backend, threads: number}} Choice threads: of WASM; 1 on a GPU */
/** @typedef {Choice & {ms: number | null, reason: string | null}} Trial ms per person, or why there is none */
/** @typedef {{isolated: boolean, cores: number, gpu: boolean}} Surroundings isolated: threads may run */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

/** What tracking starts on: it runs everywhere and is ready first. @type {Choice} */
export const FIRST_CHOICE = Object.freeze({ backend: "wasm", threads: 1 });
/** More threads than this gain nothing on networks of this size. */
const MAX_THREADS = 4;
/** A trial wins only below this share of the running back end's time: changing costs, and times vary. */
const CLEARLY_FASTER = 0.8;
/** Drivers and browsers change: measure again after this long. */
const REMEMBER_MS = 14 * 24 * 3600 * 1000;
const VERSION = 1;

/**
 * @param {Surroundings} surroundings
 * @returns {number} WASM threads; TensorFlow.js itself uses no more than half of the cores
 */
export function wasmThreads({ isolated, cores }) {
  return isolated ? Math.max(1, Math.min(MAX_THREADS, Math.floor(cores / 2))) : 1;
}

/**
 * @param {Surroundings} surroundings
 * @returns {Choice[]} what to try besides {@link FIRST_CHOICE}
 */
export function candidates(surroundings) {
  /** @type {Choice[]} */
  const found = [];
  const threads = wasmThreads(surroundings);
  if (threads > 1) found.push({ backend: "wasm", threads });
  found.push({ backend: "webgl", threads: 1 });
  if (surroundings.gpu) found.push({ backend: "webgpu", threads: 1 });
  return found;
}

/**
 * @param {readonly Trial[]} trials the running back end's first
 * @returns {Choice} the running one's, unless another is clearly faster
 */
export function pick(trials) {
  const [running, ...others] = trials;
  const limit = running.ms === null ? Infinity : running.ms * CLEARLY_FASTER;
  let best = running;
  for (const trial of others) {
    if (trial.ms !== null && trial.ms < limit && (best === running || trial.ms < (best.ms ?? Infinity))) best = trial;
  }
  return { backend: best.backend, threads: best.threads };
}

/**
 * @param {Choice} choice
 * @returns {string} for people
 */
export function describe({ backend, threads }) {
  const names = { wasm: "WASM", webgl: "WebGL", webgpu: "WebGPU" };
  return threads > 1 ? `${names[backend]}, ${threads} threads` : names[backend];
}

/** @param {string} model */
const keyOf = (model) => `poseable.backend.${model}`;

/**
 * @param {Store} store
 * @param {string} model
 * @param {string} agent the browser's name and version
 * @param {boolean} isolated whether threads were possible
 * @param {{choice: Choice, trials: readonly Trial[]}} outcome
 * @param {number} now ms since 1970
 */
export function remember(store, model, agent, isolated, { choice, trials }, now) {
  const entry = { version: VERSION, agent, isolated, choice, trials, expires: now + REMEMBER_MS };
  store.setItem(keyOf(model), JSON.stringify(entry));
}

/**
 * @param {Store} store
 * @param {string} model
 * @param {string} agent
 * @param {boolean} isolated
 * @param {number} now ms since 1970
 * @returns {{choice: Choice, trials: Trial[]} | null} null when nothing, or nothing that still holds, is remembered
 */
export function recall(store, model, agent, isolated, now) {
  const text = store.getItem(keyOf(model));
  if (text === null) return null;
  try {
    const entry = JSON.parse(text);
    const holds =
      entry.version === VERSION && entry.agent === agent && entry.isolated === isolated && now < entry.expires;
    return holds ? { choice: entry.choice, trials: entry.trials } : null;
  } catch {
    return null;
  }
}

/** @param {Store} store @param {string} model */
export function forget(store, model) {
  store.removeItem(keyOf(model));
}
