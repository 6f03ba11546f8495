/** The tracker's life on the page: made, configured, failed, made again. */
import { OWN_MODELS } from "./models.js";
import { DEFAULT } from "../../tracker/names.js";
import { Tracker, TrackerError } from "../../tracker/tracker.js";

/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {import("../../tracker/tracker.js").Info} Info */
/** @typedef {import("../../tracker/tracker.js").Options} Options */
/** @typedef {import("../../tracker/tracker.js").Status} Status */

/** Any name may be of a network that somebody has taught; whether it is there shows when it is loaded. */
const NETWORK = /^(own\/)?[a-z0-9-]{1,40}$/;

/**
 * The options of earlier visits. What is stored may be of another version, or anything: values that are none of those
 * the page offers are left out.
 * @param {(name: string, otherwise: string) => string} stored
 * @returns {Options}
 */
export function storedOptions(stored) {
  const pick = (/** @type {string} */ name, /** @type {RegExp} */ known, /** @type {string} */ otherwise) => {
    const value = stored(name, otherwise);
    return known.test(value) ? value : otherwise;
  };
  return {
    model: pick("model", NETWORK, DEFAULT),
    detector: pick("detector", NETWORK, DEFAULT),
    own: OWN_MODELS,
    backend: /** @type {Options["backend"]} */ (pick("backend", /^(auto|webgpu|webgl|wasm)$/, "auto")),
    maxPeople: Number(pick("maxPeople", /^[1-4]$/, "2")),
    smooth: stored("smooth", "true") !== "false",
  };
}

/**
 * Events: `status` (detail as the tracker gives it), `info` (detail: what runs now, and what was measured), `refused`
 * (detail: why a change was not made; tracking goes on as before), `replaced` (detail: a list of why networks that
 * were chosen cannot be used; tracking goes on with the default ones), `failed` (detail: why there is no tracking).
 */
export class Tracking extends EventTarget {
  /** @type {Options} */
  options;
  /** @type {Tracker | null} */
  #tracker = null;
  #make;
  /** Each tracker counts people from 1; this is added, so that no id comes twice while the page is open. */
  #idOffset = 0;
  #highestId = 0;
  /** Changes under way: frames wait, and failures are theirs. */
  #changes = 0;

  /** @param {Options} options @param {(options: Options) => Tracker} [make] */
  constructor(options, make = (asked) => new Tracker(asked)) {
    super();
    this.options = options;
    this.#make = make;
  }

  /** Whether frames may be given now. */
  get ready() {
    return this.#tracker !== null && this.#changes === 0;
  }

  /** What runs now; null while there is no tracker. @returns {Info | null} */
  get info() {
    return this.#tracker?.info ?? null;
  }

  /** Make the tracker, unless there is one; after a failure, make it again. @returns {Promise<void>} never rejects */
  async start() {
    if (this.#tracker !== null) return;
    this.#changes += 1;
    /** @type {unknown[]} */
    const reasons = [];
    try {
      while (!(await this.#open().then(() => true, (error) => this.#without(error, reasons))));
      if (reasons.length > 0) this.#emit("replaced", reasons);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#changes -= 1;
    }
    this.#tellInfo();
  }

  /** @returns {Promise<unknown>} */
  #open() {
    const tracker = this.#make(this.options);
    this.#tracker = tracker;
    this.#idOffset = this.#highestId;
    tracker.addEventListener("status", (event) =>
      this.#status(tracker, /** @type {CustomEvent<Status>} */ (event).detail),
    );
    return tracker.ready;
  }

  /**
   * Put the default in the place of a network that was chosen and cannot be used.
   * @param {unknown} error
   * @param {unknown[]} reasons   gets it
   * @returns {false} it is to be tried again
   * @throws {unknown} the error, when it is not about a network that was chosen
   */
  #without(error, reasons) {
    const role = /** @type {const} */ (["model", "detector"]).find(
      (each) => error instanceof TrackerError && this.options[each] !== DEFAULT && this.options[each] === error.network,
    );
    if (role === undefined) throw error;
    this.#tracker?.dispose();
    this.options = { ...this.options, [role]: DEFAULT };
    reasons.push(error);
    return false;
  }

  /** @param {Partial<Options>} change @returns {Promise<void>} never rejects */
  async configure(change) {
    const before = this.options;
    this.options = { ...before, ...change };
    if (this.#tracker === null) return;
    this.#changes += 1;
    try {
      await this.#tracker.configure(change);
    } catch (error) {
      this.options = before;
      this.#emit("refused", error);
    } finally {
      this.#changes -= 1;
    }
    this.#tellInfo();
  }

  /** @param {Frame} frame   taken over @param {number} time   s @returns {Promise<Result>} */
  async track(frame, time) {
    if (this.#tracker === null) {
      frame.close();
      throw new Error("there is no tracker");
    }
    const offset = this.#idOffset;
    const result = await this.#tracker.track(frame, time);
    const people = result.people.map((person) => ({ ...person, id: person.id + offset }));
    this.#highestId = Math.max(this.#highestId, ...people.map(({ id }) => id));
    return { ...result, people };
  }

  /** The next frame does not follow from the last one: forget people and filters. */
  reset() {
    this.#tracker?.reset();
  }

  /** @param {Tracker} tracker @param {Status} status */
  #status(tracker, status) {
    if (tracker !== this.#tracker) return;
    this.#emit("status", status);
    if (status.stage === "ready") this.#tellInfo();
    // While a change is made, its own promise tells of the failure.
    if (status.stage === "failed" && this.#changes === 0) this.#fail(status.error ?? status.text);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#tracker?.dispose();
    this.#tracker = null;
    this.#emit("failed", error);
  }

  #tellInfo() {
    if (this.ready) this.#emit("info", this.info);
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
