/** The networks that can be chosen on the page: read, read again while the page is open, and put into words. */
import { bytes, decimal, modelName } from "../common/format.js";
import { Tracker } from "../../tracker/tracker.js";
import { DEFAULT, OWN } from "../../tracker/names.js";

/** @typedef {import("../../tracker/tracker.js").Catalogue} Catalogue */
/** @typedef {import("../../tracker/tracker.js").Model} Model */
/** @typedef {import("../../tracker/catalogue.js").Role} Role */
/** @typedef {import("../../tracker/catalogue.js").Figures} Figures */
/** @typedef {{files: string[], known: string[] | null}} OwnFiles   addresses; known: of all there are, null: unknown */

/** Where the server hands out what users taught. */
export const OWN_MODELS = "/models/own/";

/**
 * Events: `change`, when there are others than before.
 */
export class Models extends EventTarget {
  /** @type {Catalogue | null} */
  #catalogue = null;
  #read;
  /** @type {Promise<void> | null} */
  #reading = null;

  /** @param {() => Promise<Catalogue>} [read] */
  constructor(read = () => Tracker.catalogue(OWN_MODELS)) {
    super();
    this.#read = read;
  }

  /**
   * Look what there is now. Calls while it is read wait for the same answer.
   * @returns {Promise<void>}
   * @throws {Error} when even the shipped ones cannot be listed
   */
  refresh() {
    this.#reading ??= this.#refresh().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #refresh() {
    const found = await this.#read();
    const before = this.#catalogue;
    // Without an answer about the own ones, those that were there are not gone.
    const kept = !found.reached && found.problems.length === 0 && before ? before.models.filter(({ own }) => own) : [];
    const now = { ...found, models: [...found.models, ...kept], reached: found.reached || (before?.reached ?? false) };
    this.#catalogue = now;
    if (JSON.stringify(now) !== JSON.stringify(before)) this.dispatchEvent(new CustomEvent("change", { detail: now }));
  }

  /** Why some of the own ones are not listed. @returns {string[]} */
  get problems() {
    return this.#catalogue?.problems ?? [];
  }

  /** @param {Role} role @returns {Model[]} */
  of(role) {
    return (this.#catalogue?.models ?? []).filter((model) => model.role === role);
  }

  /** @param {Role} role @param {string} name   or "default" @returns {string} the name of a network */
  named(role, name) {
    return name === DEFAULT ? (this.#catalogue?.defaults[role] ?? "") : name;
  }

  /**
   * @param {{model: string, revision: string}} running   as the tracker has it
   * @returns {boolean} whether the landmark network that runs was taught again meanwhile
   */
  isOutdated({ model, revision }) {
    const found = this.of("landmarks").find(({ name }) => name === model);
    return found !== undefined && found.revision !== revision;
  }

  /**
   * What of the own folder is to be kept for times without the server.
   * @param {string[]} names   that are used
   * @returns {OwnFiles}
   */
  ownFiles(names) {
    const own = (this.#catalogue?.models ?? []).filter((model) => model.own);
    const files = own.filter(({ name }) => names.includes(name)).flatMap((model) => model.files);
    const whole = this.#catalogue?.reached && this.problems.length === 0;
    return { files, known: whole ? own.flatMap((model) => model.files) : null };
  }
}

/** @param {Model} model @returns {string} "BlazePose full (6.5 MB)", "my-model (your own), 2.9 MB" */
export function choiceWords({ name, own, available, bytes: size }) {
  if (!available) return `${modelName(name)} (not on this server yet: make heavy)`;
  return own ? `${modelName(name)}, ${bytes(size)}` : `${modelName(name)} (${bytes(size)})`;
}

/**
 * What is shown of a network of this role: its words, and before and after, of all people.
 * @type {Record<Role, (measured: Figures | undefined) => [string, unknown]>}
 */
const FIGURES = {
  landmarks: (measured) => ["PCK@0.2", measured?.groups?.all?.["pck@0.2"]],
  detector: (measured) => ["people found", [measured?.before?.detected?.all, measured?.after?.detected?.all]],
};

/**
 * @param {Model | undefined} model
 * @returns {string} what it was taught from and what was measured, in a line; empty for a released one
 */
export function taughtWords(model) {
  if (model === undefined || model.source === null) return "";
  const from = `Taught from ${modelName(model.source)}`;
  const { benchmark, validation } = model.evaluation ?? {};
  const measured = benchmark ?? validation;
  const figures = [
    changeWords(...FIGURES[model.role](measured), 2, ""),
    changeWords("inclusion gap", measured?.inclusion_gap, 1, " points"),
  ].filter((words) => words !== "");
  if (figures.length === 0) return `${from}; not measured.`;
  const pictures = benchmark ? "benchmark" : "validation pictures";
  return `${from}: ${figures.join(", ")}, on the ${pictures}${measured?.synthetic === true ? " – renders" : ""}.`;
}

/**
 * @param {string} label
 * @param {unknown} change   before and after
 * @param {number} digits
 * @param {string} unit
 * @returns {string} empty where it is none
 */
function changeWords(label, change, digits, unit) {
  if (!Array.isArray(change) || change.length !== 2 || !change.every(Number.isFinite)) return "";
  const [before, after] = change.map((value) => decimal(value, digits));
  return `${label} ${before} → ${after}${unit}`;
}

/**
 * What a recording says it was made with.
 * @param {{model: string, revision: string}} running
 * @returns {string} "own/my-model@0123456789ab": the digits name what the network's files hold
 */
export const recordedModel = ({ model, revision }) => (revision === "" ? model : `${model}@${revision}`);

/** @param {string} name @returns {boolean} */
export const isOwn = (name) => name.startsWith(OWN);
