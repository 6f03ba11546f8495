/** The page's recording: which controls work when, its clock, and its way through the link. */
import { plural } from "../common/format.js";

/** @typedef {{recorded: number, acknowledged: number, waiting: number}} Counts   frames */
/**
 * @typedef {object} Moment
 * @property {"idle" | "recording" | "paused" | "stopping"} state
 * @property {boolean} tracking   whether results come
 * @property {boolean} source   whether there is a source other than the drawn figure
 * @property {boolean} online   whether the server answers
 * @property {Counts} counts
 * @property {number} earlier   frames of earlier recordings that still wait on this device
 * @property {boolean} failed   whether the last recording could not begin or was refused
 */
/** @typedef {{record: boolean, pause: boolean, stop: boolean, pauseText: "Pause" | "Resume", hint: string}} Controls */

/**
 * @param {Moment} moment
 * @returns {Controls} record, pause, stop: whether they work
 */
export function controls(moment) {
  const { state, tracking, source } = moment;
  const running = state === "recording" || state === "paused";
  return {
    record: state === "idle" && source && tracking,
    pause: running,
    stop: running,
    pauseText: state === "paused" ? "Resume" : "Pause",
    hint: hint(moment),
  };
}

/** @param {Moment} moment @returns {string} */
function hint({ state, source, tracking, online, counts, earlier, failed }) {
  const kept = "Frames are kept on this device until the server is back.";
  if (state === "recording") return online ? "Joints are being recorded and sent to the server." : `Recording. ${kept}`;
  if (state === "paused") return "Paused. The time that passes stays visible as a gap.";
  if (state === "stopping") return online ? "Sending the last frames…" : `Stopped. ${kept}`;
  if (earlier > 0) {
    const frames = plural(earlier, "frame", "frames");
    const where = online ? "are being sent" : "wait on this device until the server is back";
    return `${frames} of an earlier recording ${where}.`;
  }
  if (!source) return "Start a camera, open a file or choose a character to record.";
  if (!tracking) return "Recording is possible as soon as tracking runs.";
  if (failed) return "The last recording is not complete. The message above says why.";
  if (counts.recorded > 0 && counts.waiting > 0) return kept;
  if (counts.recorded > 0) return "Everything is saved. Find it among the recorded sessions.";
  return "Records joint positions, never pictures.";
}

/**
 * Recording time: runs while recording, stands still while paused.
 */
export class Stopwatch {
  #sum = 0;
  /** @type {number | null} */
  #since = null;

  /** @param {number} now   s */
  start(now) {
    this.#sum = 0;
    this.#since = now;
  }

  /** @param {number} now   s */
  pause(now) {
    this.#sum = this.read(now);
    this.#since = null;
  }

  /** @param {number} now   s */
  resume(now) {
    this.#since ??= now;
  }

  /** @param {number} now   s @returns {number} s */
  read(now) {
    return this.#sum + (this.#since === null ? 0 : now - this.#since);
  }
}

/** @returns {string} a pseudonym to begin with, "participant-4071": says nothing about anybody */
export function freshPseudonym() {
  return `participant-${1000 + (crypto.getRandomValues(new Uint16Array(1))[0] % 9000)}`;
}

/** @typedef {import("../../link/link.js").Link} Link */
/** @typedef {import("../../link/link.js").State} LinkState */
/** @typedef {import("../../link/link.js").About} About */
/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {Awaited<ReturnType<Link["start"]>>} Recording */

/**
 * The page's one recording: its state, its counts and its clock. Event `change`: something of that is new;
 * `failed` (detail: the error): it could not begin, or the server refuses it for good.
 */
export class RecordingControl extends EventTarget {
  /** @type {Moment["state"]} */
  state = "idle";
  /** @type {Counts} of the recording, or of the last one */
  counts = { recorded: 0, acknowledged: 0, waiting: 0 };
  /** Whether the last recording could not begin or was refused. */
  failed = false;
  #link;
  #clock = new Stopwatch();
  #now;
  /** @type {Recording | null} */
  #recording = null;
  /** Settles when the recording has begun, or could not; never rejects. */
  #begun = Promise.resolve();

  /** @param {Link} link @param {() => number} [now]   s */
  constructor(link, now = () => performance.now() / 1000) {
    super();
    this.#link = link;
    this.#now = now;
    link.addEventListener("state", (event) => this.#follow(/** @type {CustomEvent<LinkState>} */ (event).detail));
  }

  /** Recording time so far, without pauses, s. */
  get seconds() {
    return this.#clock.read(this.#now());
  }

  /** @param {About} about */
  async start(about) {
    if (this.state !== "idle") return;
    this.counts = { recorded: 0, acknowledged: 0, waiting: 0 };
    this.failed = false;
    this.#clock = new Stopwatch();
    this.#become("recording");
    this.#begun = this.#begin(about);
    await this.#begun;
  }

  /** @param {About} about */
  async #begin(about) {
    try {
      const recording = await this.#link.start(about);
      this.#recording = recording;
      if (this.state === "recording") this.#clock.start(this.#now()); // else it was stopped meanwhile
      recording.finished.catch((error) => this.#end(recording, error));
      this.#emit("change");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {Result} result */
  push(result) {
    if (this.state === "recording") this.#recording?.push(result);
  }

  /** Pause, or resume. */
  toggle() {
    if (this.#recording === null) return;
    if (this.state === "recording") {
      this.#recording.pause();
      this.#clock.pause(this.#now());
      this.#become("paused");
    } else if (this.state === "paused") {
      this.#recording.resume();
      this.#clock.resume(this.#now());
      this.#become("recording");
    }
  }

  /** @returns {Promise<void>} resolves when the server has sealed the recording; never rejects */
  async stop() {
    if (this.state !== "recording" && this.state !== "paused") return;
    this.#clock.pause(this.#now());
    this.#become("stopping");
    await this.#begun;
    const recording = this.#recording;
    if (recording === null) return; // it could not begin, or was refused: that was told
    await recording.stop().then(
      () => this.#end(recording),
      (error) => this.#end(recording, error),
    );
  }

  /** Sealed, or refused for good; only the first word counts. @param {Recording} recording @param {unknown} [error] */
  #end(recording, error) {
    if (recording !== this.#recording) return;
    this.#recording = null;
    this.counts = recording.counts;
    this.#clock.pause(this.#now());
    if (error === undefined) this.#become("idle");
    else this.#fail(error);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.failed = true;
    this.#become("idle");
    this.#emit("failed", error);
  }

  /** @param {LinkState} state */
  #follow({ recording }) {
    if (recording !== null && this.#recording !== null) this.counts = recording;
    this.#emit("change");
  }

  /** @param {Moment["state"]} state */
  #become(state) {
    this.state = state;
    this.#emit("change");
  }

  /** @param {string} name @param {unknown} [detail] */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
