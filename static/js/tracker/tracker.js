/**
 * People's poses from frames: the page's face of the tracker, whose work is done in a worker of its own.
 *
 * Tracking starts on WASM. With `backend: "auto"` the other back ends are then tried, each in a short-lived worker; one
 * that is clearly faster takes over, people's tracks included, and the choice is remembered.
 * @module
 */
import { Shelf } from "./catalogue.js";
import { FIRST_CHOICE, candidates, describe, pick, wasmThreads } from "./backend.js";
import { checkBrowser, forgetChoice, recallChoice, rememberChoice, surroundings } from "./browser.js";
import { Client, TrackerError } from "./client.js";
import { OWN, labelOf } from "./names.js";
import { DEFAULTS, checkOptions } from "./options.js";
import { initialState } from "./people.js";

export { TrackerError } from "./client.js";

/** @typedef {import("../pose/roi.js").Roi} Roi */
/** @typedef {import("./models.js").Backend} Backend */
/** @typedef {import("./backend.js").Choice} Choice */
/** @typedef {import("./backend.js").Trial} Trial */
/** @typedef {import("./people.js").State} State */
/** One person in one frame.
 * @typedef {object} Person
 * @property {number} id stable within the tracker's life, from 1
 * @property {boolean} fresh first frame of a track (filters were reset)
 * @property {number} score pose flag, probability
 * @property {Float32Array} landmarks 33*3: px in the source image; z px, smaller is nearer
 * @property {Float32Array} world_landmarks 33*3: metres, origin at the hip centre
 * @property {Float32Array} visibility 33 probabilities
 * @property {Float32Array} presence 33 probabilities
 * @property {Roi} roi where the network looked; px, radians clockwise
 */
/** @typedef {{detector: number, landmarks: number, total: number}} Timings ms; detector 0 when it did not run */
/** @typedef {{time: number, image_size: [number, number], people: Person[], timings: Timings}} Result
 * time: capture time, s, on the clock of performance.now() / 1000; image_size: width, height, px; people by id */
/** @typedef {import("./options.js").Options} Options */
/**
 * @typedef {object} Info what runs
 * @property {string} model landmark network, by its name
 * @property {string} revision 12 hex digits for what that network's files hold
 * @property {string} detector
 * @property {Backend} backend
 * @property {number} threads
 * @property {Trial[]} trials what other back ends took
 * @property {number} tensors
 */
/** @typedef {{stage: "loading" | "measuring" | "ready" | "failed", text: string, loaded?: number, total?: number,
 *   error?: TrackerError}} Status */
/** @typedef {import("./catalogue.js").Catalogue} Catalogue */
/** @typedef {import("./catalogue.js").Model} Model */
/** @typedef {import("./catalogue.js").Networks} Networks */
/** @typedef {{client: Client, info: {backend: Backend, threads: number, tensors: number}}} Opened */

const shelf = new Shelf();

/**
 * Follows people through frames. Events: `status`, with a {@link Status} as its `detail`.
 */
export class Tracker extends EventTarget {
  #options;
  /** @type {Client | null} */
  #client = null;
  /** @type {Info} */
  #info;
  /** What the options' names stand for now. @type {Networks | null} */
  #networks = null;
  /** Frames, measurements and changes of worker take turns. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #tracking = false;
  /** @type {AbortController} */
  #trials = new AbortController();
  #disposed = false;
  #highestId = 0;

  /**
   * @param {Partial<Options>} [options]
   * @throws {RangeError} when an option is none of the known values
   */
  constructor(options = {}) {
    super();
    this.#options = checkOptions({ ...DEFAULTS, ...options });
    const { model, detector } = this.#options;
    this.#info = { model, revision: "", detector, backend: "wasm", threads: 0, trials: [], tensors: 0 };
    /** What runs, once tracking can begin. @type {Promise<Info>} */
    this.ready = this.#exclusively(() => this.#start());
    this.ready.catch(() => {}); // whoever waits gets the error; nobody has to
  }

  /** What runs now, and what the trials gave. @returns {Info} */
  get info() {
    return { ...this.#info, trials: [...this.#info.trials] };
  }

  /**
   * Networks that can be chosen, and which of them are taken by default.
   * @param {string | null} [own] address of a folder with own networks
   * @returns {Promise<Catalogue>}
   * @throws {TrackerError} when the shipped manifest cannot be read
   */
  static catalogue(own = null) {
    // The server's own list of its files: asking for a model that is not there would be an error in the console.
    return shelf.catalogue({ own, index: true });
  }

  /**
   * Landmark networks that can be chosen.
   * @param {string | null} [own] address of a folder with own networks
   * @returns {Promise<Model[]>} `available` is false where the weights still have to be made on the server
   */
  static async models(own = null) {
    const { models } = await Tracker.catalogue(own);
    return models.filter(({ role }) => role === "landmarks");
  }

  /**
   * @param {ImageBitmap | VideoFrame} frame transferred, and closed whatever happens
   * @param {number} time s, when it was taken; a time before the last one's means another source
   * @returns {Promise<Result>}
   * @throws {TrackerError} `busy` while another frame is worked on, `disposed`, `frame` when it holds no picture,
   *   `deadline`, `backend` or `worker` when the back end hangs or fails (WASM then takes its place), or what kept the
   *   tracker from starting
   */
  async track(frame, time) {
    if (this.#tracking || this.#disposed || !Number.isFinite(time)) {
      frame.close();
      if (!Number.isFinite(time)) throw new RangeError(`time: expected seconds, got ${time}`);
      throw this.#disposed ? disposed() : new TrackerError("busy", "the tracker still works on the last frame");
    }
    this.#tracking = true;
    try {
      return await this.#exclusively(() => this.#trackNow(frame, time));
    } finally {
      this.#tracking = false;
    }
  }

  /**
   * Change options. Another model or back end is loaded beside the running one, which goes on if that fails. An own model
   * that is named is loaded even if it runs: it may have been taught again.
   * @param {Partial<Options>} changes
   * @returns {Promise<Info>}
   * @throws {RangeError} when an option is none of the known values
   * @throws {TrackerError} when the model or back end cannot run here
   */
  async configure(changes) {
    const [before, networks] = [this.#options, this.#networks];
    const options = checkOptions({ ...before, ...changes });
    const same = /** @type {const} */ (["model", "detector", "own", "backend"]).every((key) => options[key] === before[key]);
    if (same && ![changes.model, changes.detector].some((name) => name?.startsWith(OWN))) {
      this.#options = options;
      await this.#exclusively(() => this.#client?.call("settings", this.#settings()));
      return this.info;
    }
    this.#trials.abort();
    return this.#exclusively(async () => {
      this.#options = options;
      try {
        return await this.#start();
      } catch (error) {
        this.#options = before;
        this.#networks = networks;
        throw error;
      }
    });
  }

  /** Forget all tracks; ids are not used again. */
  reset() {
    this.#exclusively(() => this.#client?.call("restore", this.#blankState())).catch(() => {});
  }

  /** End the worker. Frames on their way are rejected. */
  dispose() {
    this.#disposed = true;
    this.#trials.abort();
    this.#client?.close();
  }

  /** Open what the options ask for. @returns {Promise<Info>} */
  async #start() {
    const { backend } = this.#options;
    try {
      checkBrowser();
      this.#networks = await shelf.networks(this.#options);
      const model = this.#networks.landmarks.name;
      const remembered = backend === "auto" ? recallChoice(model) : null;
      if (backend !== "auto") {
        await this.#switchTo({ backend, threads: backend === "wasm" ? wasmThreads(surroundings()) : 1 });
        this.#info.trials = [];
      } else if (!remembered || !(await this.#tryRemembered(model, remembered))) {
        await this.#switchTo(FIRST_CHOICE);
        this.#info.trials = [];
        this.#measureOthers(model).catch((/** @type {Error} */ error) => {
          if (!this.#disposed) this.#status({ stage: "ready", text: `Trying other back ends ended: ${error.message}` });
        });
      }
      return this.info;
    } catch (error) {
      const failure = error instanceof TrackerError ? error : new TrackerError("unsupported", String(error));
      this.#reportFailure(failure);
      throw failure;
    }
  }

  /** Nothing runs, or what ran before goes on. @param {TrackerError} error */
  #reportFailure(error) {
    if (this.#disposed) return;
    if (!this.#client) this.#status({ stage: "failed", text: error.message, error });
    else this.#status({ stage: "ready", text: `${error.message}. Going on with ${this.#running()}`, error });
  }

  /**
   * @param {string} model
   * @param {{choice: Choice, trials: Trial[]}} remembered
   * @returns {Promise<boolean>} whether it still works
   */
  async #tryRemembered(model, { choice, trials }) {
    try {
      await this.#switchTo(choice);
    } catch (error) {
      if (this.#disposed || (error instanceof TrackerError && error.code === "model")) throw error;
      forgetChoice(model);
      return false;
    }
    this.#info.trials = trials;
    return true;
  }

  /** Load a back end beside the running one and let it take over. @param {Choice} choice */
  async #switchTo(choice) {
    const { client, info } = await this.#open(choice, this.#options.backend !== "auto");
    await this.#promote(client, info);
  }

  /**
   * @param {Choice} choice
   * @param {boolean} allowSoftware
   * @param {AbortSignal} [trial] set when it is only tried: nothing is said, and it ends with the trials
   * @returns {Promise<Opened>}
   */
  async #open({ backend, threads }, allowSoftware, trial) {
    if (this.#disposed) throw disposed();
    const networks = /** @type {Networks} */ (this.#networks); // found at the start
    const text = `Loading ${labelOf(networks.landmarks.name)} on ${describe({ backend, threads })}`;
    const client = new Client((progress) => {
      if (!trial) this.#status({ stage: "loading", text, ...progress });
    });
    trial?.addEventListener("abort", () => client !== this.#client && client.close());
    if (!this.#client) this.#client = client; // so that dispose() reaches it
    try {
      const options = { networks, backend, threads, allowSoftware, settings: this.#settings() };
      return { client, info: await client.call("open", options) };
    } catch (error) {
      client.close();
      if (this.#client === client) this.#client = null;
      throw error;
    }
  }

  /**
   * Let an opened worker take over from the running one, with its tracks.
   * @param {Client} client
   * @param {Opened["info"]} info
   */
  async #promote(client, info) {
    const running = this.#client;
    if (running && running !== client) {
      const state = await running.call("state").catch(() => this.#blankState());
      try {
        await client.call("restore", state);
        await client.call("settings", this.#settings()); // they may have changed since it was opened
      } catch (error) {
        client.close();
        throw error;
      }
      running.close();
    }
    this.#client = client;
    if (this.#disposed) client.close();
    this.#info = { ...this.#info, ...info, ...this.#names() };
    this.#status({ stage: "ready", text: this.#running() });
  }

  /**
   * @param {ImageBitmap | VideoFrame} frame
   * @param {number} time s
   * @returns {Promise<Result>}
   */
  async #trackNow(frame, time) {
    if (!this.#client) {
      frame.close();
      await this.ready; // tells why there is nothing to track with
      throw disposed();
    }
    try {
      const { result, tensors } = await this.#client.call("track", { frame, time }, [frame]);
      this.#info.tensors = tensors;
      for (const { id } of result.people) this.#highestId = Math.max(this.#highestId, id);
      return result;
    } catch (error) {
      frame.close();
      if (this.#disposed || !(error instanceof TrackerError) || error.code === "frame") throw error;
      await this.#recover(error);
      throw error;
    }
  }

  /** The back end failed or hangs while running: go on with WASM. @param {TrackerError} cause */
  async #recover(cause) {
    this.#trials.abort();
    forgetChoice(this.#info.model);
    this.#status({ stage: "loading", text: `${cause.message}. Changing to WASM.`, error: cause });
    try {
      await this.#switchTo(FIRST_CHOICE);
    } catch (error) {
      this.#client?.close();
      this.#client = null;
      const failure = error instanceof TrackerError ? error : cause;
      this.ready = Promise.reject(failure);
      this.ready.catch(() => {});
      this.#reportFailure(failure);
    }
  }

  /** Try the other back ends while tracking goes on; frames wait only during the measurements. @param {string} model */
  async #measureOthers(model) {
    const trials = new AbortController();
    this.#trials = trials;
    /** @type {Opened | null} */
    let best = null;
    try {
      const running = this.#info;
      const found = [await this.#trial({ backend: running.backend, threads: running.threads }, this.#client)];
      for (const choice of candidates(surroundings())) {
        if (trials.signal.aborted) return;
        this.#status({ stage: "measuring", text: `Trying ${describe(choice)}` });
        const opened = await this.#open(choice, false, trials.signal).catch((/** @type {Error} */ error) => error);
        if (opened instanceof Error) {
          found.push({ ...choice, ms: null, reason: opened.message });
          continue;
        }
        if (!trials.signal.aborted) found.push(await this.#trial(choice, opened.client));
        const wins = pick(found);
        if (!trials.signal.aborted && wins.backend === choice.backend && wins.threads === choice.threads) {
          best?.client.close();
          best = opened;
        } else {
          opened.client.close();
        }
      }
      if (trials.signal.aborted) return;
      this.#info.trials = found;
      rememberChoice(model, pick(found), found);
      const winner = best;
      best = null;
      if (winner) await this.#exclusively(() => this.#promoteUnless(trials.signal, winner));
      else this.#status({ stage: "ready", text: this.#running() });
    } finally {
      best?.client.close();
    }
  }

  /**
   * The options may have changed while the winner waited for its turn.
   * @param {AbortSignal} signal
   * @param {Opened} winner
   */
  async #promoteUnless(signal, { client, info }) {
    if (signal.aborted) client.close();
    else await this.#promote(client, info);
  }

  /** @param {Choice} choice @param {Client | null} client @returns {Promise<Trial>} */
  async #trial(choice, client) {
    try {
      const ms = await this.#exclusively(() => (client ? client.call("measure") : Promise.reject(disposed())));
      return { ...choice, ms, reason: null };
    } catch (error) {
      return { ...choice, ms: null, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /**
   * Run one thing after another.
   * @template T
   * @param {() => Promise<T> | T} work
   * @returns {Promise<T>}
   */
  #exclusively(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** @returns {{maxPeople: number, smooth: boolean}} */
  #settings() {
    const { maxPeople, smooth } = this.#options;
    return { maxPeople, smooth };
  }

  /** @returns {State} nobody in view, and ids that were never given */
  #blankState() {
    return { ...initialState(), next_id: this.#highestId + 1 };
  }

  /** @returns {{model: string, revision: string, detector: string}} */
  #names() {
    const { landmarks, detector } = /** @type {Networks} */ (this.#networks);
    return { model: landmarks.name, revision: landmarks.revision, detector: detector.name };
  }

  /** @returns {string} for people */
  #running() {
    return `${labelOf(this.#info.model)} on ${describe(this.#info)}`;
  }

  /** @param {Status} status */
  #status(status) {
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }
}

function disposed() {
  return new TrackerError("disposed", "the tracker was disposed of");
}
