/**
 * The page's end of a tracker worker: calls by message, answered by promises.
 * @module
 */

/** @typedef {{loaded: number, total: number}} Progress */
/** @typedef {{resolve: (value: any) => void, reject: (error: Error) => void}} Waiting */

/** What went wrong, for programs (`code`) and for people (`message`). */
export class TrackerError extends Error {
  /** @override */
  name = "TrackerError";
  /**
   * @param {"busy" | "disposed" | "unsupported" | "backend" | "worker" | "frame" | "deadline"} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** One worker. After {@link Client.close}, or a crash, all its calls are rejected. */
export class Client {
  #worker;
  #calls = 0;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  #onProgress;
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
   * @param {string} name of a call in `worker.js`
   * @param {unknown} [payload]
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>} what the call returned
   * @throws {TrackerError}
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
    return new Promise((resolve, reject) => this.#waiting.set(call, { resolve, reject }));
  }

  /** End the worker at once. */
  close() {
    this.#end(new TrackerError("disposed", "the tracker's worker was closed"));
  }

  /** @param {{call?: number, value?: unknown, error?: {kind: string, message: string}, progress?: Progress}} message */
  #receive({ call, value, error, progress }) {
    if (progress) this.#onProgress(progress);
    const waiting = call === undefined ? undefined : this.#waiting.get(call);
    if (call === undefined || !waiting) return;
    this.#waiting.delete(call);
    if (error) waiting.reject(new TrackerError(error.kind === "FrameError" ? "frame" : "backend", error.message));
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
export async function within(promise, ms, what) {
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
