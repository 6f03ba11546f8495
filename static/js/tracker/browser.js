/**
 * What this browser has, and what it remembers for the tracker.
 * @module
 */
import * as backends from "./backend.js";
import { TrackerError } from "./client.js";

/** @typedef {import("./backend.js").Choice} Choice */
/** @typedef {import("./backend.js").Trial} Trial */

const NEEDED = ["Worker", "OffscreenCanvas", "WebAssembly"];

/** @throws {TrackerError} `unsupported`, when the tracker cannot run here at all */
export function checkBrowser() {
  for (const feature of NEEDED) {
    if (!(feature in globalThis)) {
      const text = `This browser cannot track people: it has no ${feature}. Please update it.`;
      throw new TrackerError("unsupported", text);
    }
  }
}

/** @returns {import("./backend.js").Surroundings} */
export function surroundings() {
  return { isolated: crossOriginIsolated, cores: navigator.hardwareConcurrency || 1, gpu: "gpu" in navigator };
}

/** @param {string} model @returns {{choice: Choice, trials: Trial[]} | null} */
export function recallChoice(model) {
  return withStore((store) => backends.recall(store, model, navigator.userAgent, crossOriginIsolated, Date.now()));
}

/** @param {string} model @param {Choice} choice @param {Trial[]} trials */
export function rememberChoice(model, choice, trials) {
  const outcome = { choice, trials };
  withStore((store) => backends.remember(store, model, navigator.userAgent, crossOriginIsolated, outcome, Date.now()));
}

/** @param {string} model */
export function forgetChoice(model) {
  withStore((store) => backends.forget(store, model));
}

/**
 * Use the browser's storage, which private windows and policies may refuse; then nothing is remembered.
 * @template T
 * @param {(store: Storage) => T} use
 * @returns {T | null}
 */
function withStore(use) {
  try {
    return use(localStorage);
  } catch {
    return null;
  }
}
