/**
 * Characters by name: fetched once, kept while they are likely to come back, freed when others take their place.
 * @module
 */
import { CHARACTERS, readManifest } from "./choices.js";
import { loadCharacter } from "./character.js";
import { StageError } from "./errors.js";

/** @typedef {import("./character.js").Character} Character */

/** Kept besides those on the stage: about 10 MB each on the GPU. */
const KEPT = 3;
/** Who pushes somebody's wheelchair is at least this old, years. */
const GROWN_UP = 16;

export class Cast {
  /** The last used one is last. @type {Map<string, Promise<Character>>} */ #characters = new Map();
  /** @type {Promise<Record<string, any>> | null} */ #manifest = null;
  #folder;
  #load;

  /**
   * @param {string | URL} [folder] with manifest.json and GLB files
   * @param {(address: string) => Promise<Character>} [load]
   */
  constructor(folder = CHARACTERS, load = loadCharacter) {
    this.#folder = new URL(folder, globalThis.location?.href);
    this.#load = load;
  }

  /** @returns {Promise<Record<string, any>>} what the manifest says, by name */
  manifest() {
    this.#manifest ??= readManifest(this.#folder).catch((error) => {
      this.#manifest = null; // the next call tries again
      throw error;
    });
    return this.#manifest;
  }

  /**
   * @param {string} name @returns {Promise<Character>} freed by the cast, not by who uses it
   * @throws {RangeError} when there is no such character; StageError with code `character` when it cannot be loaded
   */
  async get(name) {
    const people = await this.manifest();
    const entry = people[name];
    if (!entry) throw new RangeError(`character: expected one of ${Object.keys(people).join(", ")}, got "${name}"`);
    const known = this.#characters.get(name);
    const coming = known ?? this.#fetch(name, entry.file);
    this.#characters.delete(name);
    this.#characters.set(name, coming);
    return coming;
  }

  /** @param {string} name @param {string} file @returns {Promise<Character>} */
  async #fetch(name, file) {
    try {
      return await this.#load(new URL(file, this.#folder).href);
    } catch (error) {
      this.#characters.delete(name);
      throw new StageError("character", `${name} cannot be loaded: ${/** @type {Error} */ (error).message}`, { cause: error });
    }
  }

  /**
   * Who may push a wheelchair, with both hands, in the manifest's order.
   * @param {string | null} besides who sits in it @returns {Promise<string[]>} names
   */
  async helpers(besides) {
    const people = Object.entries(await this.manifest());
    return people
      .filter(([name, { age, not_applicable }]) => name !== besides && age >= GROWN_UP && not_applicable.length === 0)
      .map(([name]) => name);
  }

  /** Free those that have not been used for long. @param {Set<Character>} needed who is on the stage */
  async tidy(needed) {
    let kept = 0;
    for (const [name, coming] of [...this.#characters].reverse()) {
      const character = await coming.catch(() => null);
      if (!character || needed.has(character)) continue;
      kept += 1;
      if (kept <= KEPT || this.#characters.get(name) !== coming) continue;
      this.#characters.delete(name);
      character.dispose();
    }
  }

  /** Free all, also those that are still on their way. */
  dispose() {
    for (const coming of this.#characters.values()) void coming.then((character) => character.dispose(), () => undefined);
    this.#characters.clear();
  }
}
