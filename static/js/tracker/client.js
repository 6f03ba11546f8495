/**
 * The page's end of a tracker worker: calls by message, answered by promises.
 * @module
 */

/** @typedef {{loaded: number, total: number}} Progress */
/** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void}} Waiting */

/**
 * How long each call may take, ms, and what it is to people. A GPU that hangs or is lost may never answer: TensorFlow.js
 * then asks its fence for ever. Without an end, everything that waits for its turn behind such a call would be dead.
 */
export const LIMITS = Object.freeze({
  open: { ms: 30_000, what: "loading" },
  /** Longer than the worker's own limit by one slow run. */
  measure: { ms: 4_000, what: "measuring" },
  /** Compiles the detector's shaders: a renderer in software needs 7 s and more for that. */
  first: { ms: 30_000, what: "the first frame" },
  /** Several times the slowest that could be used at all: a frame in software takes a second or two. */
  track: { ms: 10_000, what: "a frame" },
  // No work at all, but the worker's thread may be kept waiting for a core of a busy machine.
  settings: { ms: 5_000, what: "changing the settings" },
  state: { ms: 5_000, what: "reading the tracks" },
  restore: { ms: 5_000, what: "handing over the tracks" },
});

/** Names of the worker's errors, and what they are here; others are the back end's. */
/** @type {Map<string, "frame" | "model">} */
const CODES = new Map([
  ["FrameError", "frame"],
  ["ModelError", "model"],
]);

/** What went wrong, for programs (`code`) and for people (`message`). */
export class TrackerError extends Error {
  /** @override */
  name = "TrackerError";
  /**
   * @param {"busy" | "disposed" | "unsupported" | "backend" | "model" | "offline" | "worker" | "frame" | "deadline"} code
   * @param {string} message
   * @param {string | null} [network] the name of the network that it is about, with the code `model`
   */
  constructor(code, message, network = null) {
    super(message);
    this.code = code;
    this.network = network;
  }
}

/** One worker. After {@link Client.close}, or a crash, all its calls are rejected. */
export class Client {
  #worker;
  #calls = 0;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #onProgress;
  /** Whether a frame was worked on: all networks have run. */
  #warm = false;
  /** @type {TrackerError | null} */
  #ended = null;

  /** @param {(progress: Progress) => void} onProgress while networks load */
  constructor(onProgress = () => {}) {
    this.#onProgress = onProgress;
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "poseable-tracker" });
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      const reason = event.message || "it could not be loaded";
      this.#end(new TrackerError("worker", `the tracker's worker failed: ${reason}`));
    });
  }

  /**
   * @param {Exclude<keyof typeof LIMITS, "first">} name of a call in `worker.js`
   * @param {unknown} [payload]
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>} what the call returned
   * @throws {TrackerError} with code `deadline` when no answer came within {@link LIMITS}
   */
  call(name, payload, transfer = []) {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#calls += 1;
    const call = this.#calls;
    try {
      this.#worker.postMessage({ call, name, payload }, transfer);
    } catch (error) {
      return Promise.reject(new TrackerError("frame", `it cannot be sent to the tracker's worker: ${error}`));
    }
    const { ms, what } = LIMITS[name === "track" && !this.#warm ? "first" : name];
    const answer = new Promise((resolve, reject) => this.#waiting.set(call, { resolve, reject }));
    return within(answer, ms, what)
      .then((value) => {
        if (name === "track") this.#warm = true;
        return value;
      })
      .finally(() => this.#waiting.delete(call));
  }

  /** End the worker at once. */
  close() {
    this.#end(new TrackerError("disposed", "the tracker's worker was closed"));
  }

  /**
   * @param {{call?: number, value?: unknown, error?: {kind: string, message: string, network?: string},
   *   progress?: Progress}} message
   */
  #receive({ call, value, error, progress }) {
    if (progress) this.#onProgress(progress);
    const waiting = call === undefined ? undefined : this.#waiting.get(call);
    if (call === undefined || !waiting) return;
    this.#waiting.delete(call);
    if (error) waiting.reject(new TrackerError(CODES.get(error.kind) ?? "backend", error.message, error.network));
    else waiting.resolve(value);
  }

  /** @param {TrackerError} error */
  #end(error) {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {string} what was not done in time, for people
 * @returns {Promise<T>}
 * @throws {TrackerError} with code `deadline`
 */
async function within(promise, ms, what) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TrackerError("deadline", `${what} took longer than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
