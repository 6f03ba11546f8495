/**
 * The page's connection to its server: recordings go out, news of jobs come in.
 * Everything here goes on by itself after a lost network or a restarted server; recordings of earlier page loads are
 * sent and ended when their page is gone. Only this module knows Socket.IO.
 * @module
 */
import { io } from "../../vendor/socket.io.js";
import { createSHA256 } from "../../vendor/sha256.js";
import { Courier, RefusedError } from "./courier.js";
import { Outbox } from "./outbox.js";
import { SCHEMA, TRUTH_SCHEMA } from "../pose/wire.js";
import { Recorder } from "./recording.js";
import { turns } from "./turns.js";

/**
 * @typedef {import("./recording.js").Result} Result
 * @typedef {import("./recording.js").Hasher} Hasher
 * @typedef {import("../../vendor/socket.io.js").Socket} Socket
 * @typedef {"recording" | "paused" | "stopping"} RecordingState
 * @typedef {{  // frames
 *   session: string, state: RecordingState, recorded: number, acknowledged: number, waiting: number,
 * }} Counts
 * @typedef {{
 *   connection: "connecting" | "online" | "offline", reason?: string,
 *   recording: Counts | null,
 *   earlier: number,  // frames of earlier page loads that are being sent
 *   undelivered: string[],  // why recordings of earlier page loads are not complete on the server, one reason each
 * }} State
 * @typedef {{
 *   id: string, session: string, kind: string,
 *   state: "queued" | "running" | "done" | "failed", progress: number, reason: string | null,
 * }} Job
 * @typedef {{
 *   pseudonym: string, model: string, backend: string, source: string, fps: number, codec?: "f32" | "i16",
 *   truth?: boolean,  // the results carry what is true of characters, and the session is to hold it
 * }} About
 */

const RECONNECT_MS = 500;
const RECONNECT_MAX_MS = 5000; // a page is on its way again within seconds of the server's return
const EARLIER_MS = 10_000; // an earlier recording that is not sent by then lets the next one begin
const STATE_MS = 100; // at most ten state events a second: they drive the page's text

/** Events: `state` with detail State, `job` with detail Job. */
export class Link extends EventTarget {
  #token;
  /** @type {State["connection"]} */
  #connection = "connecting";
  /** @type {string | null} */
  #reason = null;
  /** @type {Recording | null} */
  #recording = null;
  #earlier = 0; // frames
  /** @type {string[]} */
  #undelivered = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #stateTimer;
  /** @type {Promise<Outbox>} */
  #outbox;
  #socket;
  #abort = new AbortController();

  /** @param {{ token: string, storage?: string }} options  `storage` names the IndexedDB database */
  constructor({ token, storage }) {
    super();
    this.#token = token;
    this.#outbox = Outbox.open(storage);
    const socket = (this.#socket = connect(token));
    socket.on("connect", () => this.#online("online", null));
    socket.on("disconnect", () => this.#online("offline", "The connection to the server was lost."));
    socket.on("connect_error", (error) => this.#online("offline", explain(error, socket.active)));
    socket.on("job", (job) => this.dispatchEvent(new CustomEvent("job", { detail: job })));
    socket.on("flow", ({ window }) => this.#recording?.limit(window));
    const { signal } = this.#abort;
    addEventListener("pagehide", () => this.#recording?.flush(), { signal });
    document.addEventListener("visibilitychange", () => this.#recording?.flush(), { signal });
    this.#adopt();
  }

  /** @returns {State} */
  get state() {
    const reason = this.#recording?.reason ?? this.#reason;
    return {
      connection: this.#connection,
      ...(reason && { reason }),
      recording: this.#recording?.counts ?? null,
      earlier: this.#earlier,
      undelivered: [...this.#undelivered],
    };
  }

  /**
   * Begin a recording. Works offline: frames wait in the browser.
   * @param {About} about
   * @returns {Promise<Recording>}
   */
  async start({ fps, codec = "f32", truth = false, ...about }) {
    if (this.#recording) throw new Error("A recording is running: stop it first.");
    if (!isSecureContext) throw new Error("Recording needs a secure page: open it on localhost or over https.");
    /** @type {Hasher} */
    const hasher = (await createSHA256()).init();
    const outbox = await this.#outbox;
    const entry = {
      id: crypto.randomUUID(),
      key: crypto.randomUUID(),
      hello: { codec, fps, schema: truth ? TRUTH_SCHEMA : SCHEMA, about },
      messages: 0,
      frames: 0,
      hash: hasher.save(),
    };
    const release = await hold(entry.id, this.#abort.signal);
    await outbox.put(entry, null);
    const recording = new Recording(outbox, new Recorder(outbox, entry, hasher), this.#socket, () => this.#changed());
    this.#recording = recording;
    recording.finished
      .catch((error) => (this.#reason = `The recording ended: ${error.message}`))
      .finally(() => {
        release();
        this.#recording = null;
        this.#changed();
      });
    this.#changed();
    return recording;
  }

  /** Disconnect; what waits stays in the browser for the next Link. */
  close() {
    this.#recording?.flush();
    this.#abort.abort();
    this.#socket.disconnect();
  }

  /** @param {State["connection"]} connection @param {string | null} reason */
  #online(connection, reason) {
    this.#connection = connection;
    this.#reason = reason;
    this.#changed();
  }

  #changed() {
    this.#stateTimer ??= setTimeout(() => {
      this.#stateTimer = undefined;
      this.dispatchEvent(new CustomEvent("state", { detail: this.state }));
    }, STATE_MS);
  }

  /** Send and end the recordings that other page loads have left, as soon as their pages are gone. */
  async #adopt() {
    const outbox = await this.#outbox;
    const next = turns(EARLIER_MS);
    for (const { id } of await outbox.entries()) {
      hold(id, this.#abort.signal).then(
        (release) => next(() => this.#deliver(outbox, id).finally(release)),
        () => {}, // this Link was closed
      );
    }
  }

  /** @param {Outbox} outbox @param {string} session */
  async #deliver(outbox, session) {
    const entry = await outbox.entry(session);
    if (!entry || this.#abort.signal.aborted) return; // another page has sent it
    const courier = new Courier(outbox, session);
    courier.offer(entry.messages);
    courier.close();
    this.#earlier += entry.frames;
    this.#changed();
    const socket = connect(this.#token);
    this.#abort.signal.addEventListener("abort", () => socket.disconnect());
    try {
      await carry(socket, courier, this.#abort.signal);
    } catch (error) {
      const { pseudonym } = /** @type {{pseudonym?: string}} */ (entry.hello.about ?? {});
      this.#undelivered.push(`${pseudonym || "Without a name"}: ${/** @type {Error} */ (error).message}`);
    } finally {
      socket.disconnect();
      this.#earlier -= entry.frames;
      this.#changed();
    }
  }
}

/** A running recording: push the tracker's results, then stop. */
export class Recording {
  /** Resolves once everything is sealed on the server; rejects with RefusedError where that is impossible. */
  finished;

  /** @type {RecordingState} */
  #state = "recording";
  #outbox;
  #recorder;
  #courier;
  #changed;

  /** @param {Outbox} outbox @param {Recorder} recorder @param {Socket} socket @param {() => void} changed */
  constructor(outbox, recorder, socket, changed) {
    this.#outbox = outbox;
    this.#recorder = recorder;
    this.#changed = changed;
    this.#courier = new Courier(outbox, recorder.entry.id);
    this.#courier.onprogress = changed;
    recorder.onstored = (made) => this.#courier.offer(made);
    this.finished = carry(socket, this.#courier).catch((error) => this.#fail(error));
  }

  /** @returns {Counts} */
  get counts() {
    const { recorded, sums, entry } = this.#recorder;
    const acknowledged = sums[this.#courier.next];
    return { session: entry.id, state: this.#state, recorded, acknowledged, waiting: recorded - acknowledged };
  }

  /** What the person should know, if anything. @returns {string | null} */
  get reason() {
    const { refused, refusal } = this.#recorder;
    return this.#outbox.reason ?? (refused ? `${refused} frames were left out: ${refusal}` : null);
  }

  /** Record a result of the tracker; costs microseconds, every sixth time a millisecond. @param {Result} result */
  push(result) {
    if (this.#state !== "recording") return;
    this.#recorder.push(result);
    this.#changed();
  }

  /** Leave a gap in the recording; its time goes on. */
  pause() {
    this.#turn("recording", "paused");
  }

  resume() {
    this.#turn("paused", "recording");
  }

  /** End the recording. Resolves once the server has sealed it, which waits for the network if need be. */
  async stop() {
    if (this.#state !== "stopping") {
      this.#state = "stopping";
      this.#changed();
      await this.#recorder.settle();
      this.#courier.close();
    }
    return this.finished;
  }

  /** Write what is being gathered; the write is issued before this returns. */
  flush() {
    this.#recorder.flush();
  }

  /** The server lowers or raises the number of messages on the way. @param {number} window */
  limit(window) {
    this.#courier.window = window;
  }

  /** The server will not take any more. @param {RefusedError} error @returns {Promise<never>} */
  async #fail(error) {
    this.#state = "stopping";
    await this.#recorder.settle(); // what was pushed meanwhile ...
    if (error.code === "gone") await this.#outbox.remove(this.#recorder.entry.id); // ... goes the same way
    throw error;
  }

  /** @param {RecordingState} from @param {RecordingState} to */
  #turn(from, to) {
    if (this.#state !== from) return;
    this.#state = to;
    this.flush();
    this.#changed();
  }
}

/** @param {string} token */
function connect(token) {
  return io({
    transports: ["websocket"],
    forceNew: true,
    auth: { token },
    reconnectionDelay: RECONNECT_MS,
    reconnectionDelayMax: RECONNECT_MAX_MS,
    randomizationFactor: 0.5,
  });
}

/**
 * Let the courier deliver over whatever connections the socket makes.
 * @param {Socket} socket @param {Courier} courier @param {AbortSignal} [signal]  gives up, and resolves
 * @returns {Promise<void>} resolves when the recording is sealed, rejects with RefusedError
 */
function carry(socket, courier, signal) {
  return new Promise((resolve, reject) => {
    const settle = (/** @type {() => void} */ outcome) => {
      socket.off("connect", attempt);
      outcome();
    };
    const attempt = () => {
      const connection = socket.id;
      courier.deliver(socket).then(
        (sealed) => sealed && settle(resolve),
        (error) => {
          if (error instanceof RefusedError) settle(() => reject(error));
          else if (socket.connected && socket.id === connection) socket.disconnect().connect(); // it hangs
        },
      );
    };
    socket.on("connect", attempt);
    signal?.addEventListener("abort", () => settle(resolve));
    if (socket.connected) attempt();
  });
}

/**
 * Hold a recording, so that no other page sends it; waits while another page holds it. Ends with the page at the
 * latest.
 * @param {string} session @param {AbortSignal} signal
 * @returns {Promise<() => void>} release
 */
function hold(session, signal) {
  return new Promise((resolve, reject) => {
    const held = () => /** @type {Promise<void>} */ (new Promise((release) => resolve(release)));
    navigator.locks.request(`poseable-recording-${session}`, { signal }, held).catch(reject);
  });
}

/** @param {Error} error @param {boolean} retrying */
function explain(error, retrying) {
  if (!retrying) return `The server refuses this page (${error.message}).`;
  return "The server cannot be reached; trying again.";
}
