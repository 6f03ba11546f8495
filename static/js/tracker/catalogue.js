/**
 * Which networks there are: those shipped in `static/models/`, and somebody's own in a folder of theirs. Both have a
 * `manifest.json` of the same format.
 * @module
 */
import { createSHA256 } from "../../vendor/sha256.js";
import { RefusedError, fetchOrTell } from "./answers.js";
import { TrackerError } from "./client.js";
import { DEFAULT, OWN, labelOf } from "./names.js";

/** @typedef {"landmarks" | "detector"} Role landmarks: finds a person's joints; detector: finds people */
/**
 * A network that can be chosen.
 * @typedef {object} Model
 * @property {string} name what options take: "blazepose-full"; of somebody's own "own/NAME"
 * @property {Role} role
 * @property {boolean} own
 * @property {string} address of its model.json; of an own one with `?sha256=<revision>`, which its shards get too
 * @property {string[]} files addresses of all that has to be loaded
 * @property {number} bytes of these
 * @property {string} revision 12 hex digits for what its files hold
 * @property {boolean} available false where the weights still have to be made on the server
 * @property {string | null} source what it was taught from; null for a released network
 * @property {Evaluation | null} evaluation what was measured after teaching
 */
/**
 * What the manifest keeps of the measurements that follow teaching: on pictures that nothing was chosen on (benchmark),
 * or on those that teaching was judged by. As whoever taught has written it: check before use.
 * @typedef {{benchmark?: Figures, validation?: Figures}} Evaluation
 */
/**
 * @typedef {object} Figures
 * @property {Record<string, Record<string, unknown>>} [groups] of landmark networks; each figure before and after
 * @property {unknown} [inclusion_gap] before and after
 * @property {{detected?: Record<string, unknown>}} [before] of detectors: share of people found, by group
 * @property {{detected?: Record<string, unknown>}} [after]
 * @property {unknown} [synthetic] true: the pictures are renders
 */
/**
 * @typedef {object} Catalogue
 * @property {Model[]} models
 * @property {Record<Role, string>} defaults what the manifest names; a released network where it names none
 * @property {string[]} problems why something of the own folder is not listed, for people
 * @property {boolean} reached whether the own folder was asked for and answered
 */
/** @typedef {{landmarks: Model, detector: Model}} Networks what a tracker runs on */
/** @typedef {{path: string, bytes: number, sha256: string}} File */
/** @typedef {{role: Role, files: File[], source?: Record<string, unknown>, taught?: unknown, evaluation?: unknown}} Entry */

const SHIPPED = new URL("../../models/", import.meta.url);
const INDEX = new URL("../../index.json", import.meta.url);
const MANIFEST = "manifest.json";
const VERSION = 1;
/** @type {Record<Role, string>} */
const RELEASED = { landmarks: "blazepose-full", detector: "person-detector" };
const NAME = /^[a-z0-9-]{1,40}$/;
const SHA256 = /^[0-9a-f]{64}$/;
/** Of a model's folder, what the tracker loads; reports and forms for other runtimes may lie beside it. */
const LOADED = /\/(model\.json|[\w.-]+\.bin)$/;

/** Reads manifests: those that are shipped once, as they stay what they are, own ones each time. */
export class Shelf {
  /** @type {Map<string, Promise<any>>} by address */
  #read = new Map();

  /**
   * @param {{own?: string | null, index?: boolean}} [options] own: address of a folder with own networks; index: ask the
   *   server for the list of its files, to tell which networks are there
   * @returns {Promise<Catalogue>} a flaw in the own folder leaves the shipped ones, and is told in `problems`
   * @throws {TrackerError} when the shipped manifest cannot be read
   */
  async catalogue({ own = null, index = false } = {}) {
    const [manifest, served, ownManifest] = await Promise.all([
      this.#once(new URL(MANIFEST, SHIPPED)),
      index ? this.#once(INDEX) : null,
      own === null ? null : readOwn(own),
    ]);
    const shipped = await listModels(manifest, SHIPPED, { own: false });
    if (shipped.problems.length > 0) throw new TrackerError("model", shipped.problems[0]);
    const models = shipped.models.map((model) => ({ ...model, available: !served || isServed(served, model.name) }));
    const defaults = {
      landmarks: defaultOf("landmarks", manifest, models),
      detector: defaultOf("detector", manifest, models),
    };
    if (own === null) return { models, defaults, problems: [], reached: false };
    if (ownManifest instanceof TrackerError) {
      // Without a network nothing is wrong with them: the page says by itself that there is no server.
      const problems = ownManifest.code === "model" ? [ownManifest.message] : [];
      return { models, defaults, problems, reached: false };
    }
    const found = await listModels(ownManifest, folderOf(own), { own: true });
    return { models: [...models, ...found.models], defaults, problems: found.problems, reached: true };
  }

  /**
   * @param {{model: string, detector: string, own: string | null}} options
   * @returns {Promise<Networks>}
   * @throws {TrackerError} `model`, with the network's name, for one that there is not
   */
  async networks({ model, detector, own }) {
    const asked = [model, detector].some((name) => name.startsWith(OWN));
    const catalogue = await this.catalogue({ own: asked ? own : null });
    return { landmarks: choose(catalogue, "landmarks", model), detector: choose(catalogue, "detector", detector) };
  }

  /** @param {URL} address @returns {Promise<any>} */
  #once(address) {
    const { href } = address;
    const reading = this.#read.get(href) ?? fetchJson(address);
    this.#read.set(href, reading);
    reading.catch(() => this.#read.delete(href)); // the next call tries again
    return reading;
  }
}

/** @param {string[]} served @param {string} name */
const isServed = (served, name) => served.includes(`models/${name}/model.json`);

/** @param {string} own @returns {URL} */
const folderOf = (own) => new URL(own.endsWith("/") ? own : `${own}/`, globalThis.location?.href);

/** @param {string} own @returns {Promise<unknown>} the manifest, or a TrackerError */
function readOwn(own) {
  return fetchJson(new URL(MANIFEST, folderOf(own)), { cache: "no-cache" }).catch((error) => error);
}

/**
 * @param {Role} role
 * @param {any} manifest that was found to be sound
 * @param {Model[]} models
 * @returns {string}
 */
function defaultOf(role, manifest, models) {
  const named = manifest.defaults?.[role];
  return models.some((model) => model.name === named && model.role === role) ? named : RELEASED[role];
}

/**
 * @param {Catalogue} catalogue
 * @param {Role} role
 * @param {string} wanted a name, or {@link DEFAULT}
 * @returns {Model}
 * @throws {TrackerError} `model` when there is none of that name and role
 */
export function choose({ models, defaults, problems, reached }, role, wanted) {
  const name = wanted === DEFAULT ? defaults[role] : wanted;
  const found = models.find((model) => model.name === name && model.role === role);
  if (found) return found;
  const unlisted = problems.join("; ") || (reached ? "there is no such model" : "your own models cannot be reached");
  const why = name.startsWith(OWN) ? unlisted : "there is no such model";
  throw new TrackerError("model", `“${labelOf(name)}” cannot be used: ${why}`, wanted);
}

/**
 * @param {unknown} manifest as it was parsed: anything
 * @param {URL} folder that it lies in
 * @param {{own: boolean}} options
 * @returns {Promise<{models: Model[], problems: string[]}>}
 */
export async function listModels(manifest, folder, { own }) {
  const where = own ? "the manifest of your own models" : "the models' manifest";
  const { version, models } = /** @type {{version?: unknown, models?: unknown}} */ (manifest ?? {});
  if (version !== VERSION) return { models: [], problems: [`${where}: expected version ${VERSION}, found ${version}`] };
  if (!isRecord(models)) return { models: [], problems: [`${where}: expected "models", an object with a key for each`] };
  /** @type {Model[]} */
  const found = [];
  const problems = [];
  for (const [name, entry] of Object.entries(models)) {
    const flaw = flawOf(name, entry);
    if (flaw !== null) problems.push(`${where}: “${name}”: ${flaw}`);
    else if (isOurs(entry)) found.push(await modelOf(name, /** @type {Entry} */ (entry), folder, own));
  }
  return { models: found, problems };
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} entry @returns {boolean} whether it is a network of the tracker; others may be listed for other uses */
const isOurs = ({ role }) => role === "landmarks" || role === "detector";

/**
 * @param {string} name
 * @param {unknown} entry
 * @returns {string | null} what is wrong with it, for people
 */
function flawOf(name, entry) {
  if (!NAME.test(name)) return "a name has lower-case letters, digits and hyphens, at most 40";
  if (!isRecord(entry) || typeof entry.role !== "string") return "expected an object with a role";
  if (!isOurs(entry)) return null;
  if (!Array.isArray(entry.files) || !entry.files.every(isFile)) return "expected files with path, bytes and sha256";
  const paths = entry.files.map(({ path }) => path);
  if (!paths.includes(`${name}/model.json`)) return `its files lack ${name}/model.json`;
  const elsewhere = paths.find((path) => !new RegExp(`^${name}/(?!\\.)[\\w.-]+$`).test(path));
  return elsewhere === undefined ? null : `${elsewhere} is not in its folder`;
}

/** @param {any} file @returns {boolean} */
const isFile = (file) =>
  isRecord(file) && typeof file.path === "string" && Number.isInteger(file.bytes) && SHA256.test(file.sha256);

/**
 * @param {string} name
 * @param {Entry} entry
 * @param {URL} folder
 * @param {boolean} own
 * @returns {Promise<Model>}
 */
async function modelOf(name, entry, folder, own) {
  const revision = await revisionOf(entry.files);
  const loaded = entry.files.filter(({ path }) => LOADED.test(path));
  // Shipped ones lie below an address that names all of their contents; own ones may be taught again any time.
  const addressOf = (/** @type {string} */ path) => new URL(own ? `${path}?sha256=${revision}` : path, folder).href;
  const { source = {}, taught, evaluation } = entry;
  return {
    name: own ? OWN + name : name,
    role: entry.role,
    own,
    address: addressOf(`${name}/model.json`),
    files: loaded.map(({ path }) => addressOf(path)),
    bytes: loaded.reduce((sum, file) => sum + file.bytes, 0),
    revision,
    available: true,
    source: taught && typeof source.model === "string" ? source.model : null,
    evaluation: isRecord(evaluation) ? evaluation : null,
  };
}

/** @param {File[]} files @returns {Promise<string>} the same as `revision` in `server/own_models.py` */
export async function revisionOf(files) {
  const hash = await createSHA256();
  hash.init();
  hash.update(files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join(""));
  return hash.digest("hex").slice(0, 12);
}

/**
 * @param {URL} address
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 * @throws {TrackerError} `offline` without an answer, `model` with one that is not JSON
 */
async function fetchJson(address, init) {
  try {
    return await (await fetchOrTell(address, init)).json();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof RefusedError) throw new TrackerError("model", reason);
    if (error instanceof SyntaxError) throw new TrackerError("model", `${address.pathname} is not readable: ${reason}`);
    throw new TrackerError("offline", `${address.pathname} cannot be reached: ${reason}`);
  }
}
