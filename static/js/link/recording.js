/**
 * Turns the tracker's results into messages and puts them into the outbox.
 * @module
 */
import { FRESH, HEADER_BYTES, MISSED, SCHEMA, TRUTH_SCHEMA } from "../pose/wire.js";
import { WireError, check, encode, maxFrames } from "../pose/wire.js";

/**
 * @typedef {import("../pose/wire.js").Frame} Frame
 * @typedef {import("../pose/wire.js").Codec} Codec
 * @typedef {import("../pose/wire.js").Schema} Schema
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {{  // the true landmarks of a character, in the units and frames of static/spec/wire.json
 *   person: number,  // its number in the scene, from 1
 *   landmarks: Float32Array, world_landmarks: Float32Array, visibility: Float32Array,
 * }} Truth
 * @typedef {{ id: number, fresh: boolean, score: number, landmarks: Float32Array, world_landmarks: Float32Array,
 *   visibility: Float32Array, presence: Float32Array, truth?: Truth | null }} Person
 * @typedef {{ time: number, image_size: [number, number], people: Person[], missed?: Truth[] }} Result
 * @typedef {{ init(): any, load(state: Uint8Array): any, update(data: Uint8Array): any, save(): Uint8Array }} Hasher
 */

/** A message is closed after so many results, or after so many ms: small enough to be soon on disk. */
const RESULTS = 6;
const DELAY_MS = 200;
const LANDMARKS = 33;
/** Every landmark absent. */
const NOTHING = {
  landmarks: new Float32Array(3 * LANDMARKS).fill(NaN),
  world_landmarks: new Float32Array(3 * LANDMARKS).fill(NaN),
  visibility: new Float32Array(LANDMARKS),
  presence: new Float32Array(LANDMARKS),
};
/** What a character's frame has to say of tracking where the tracker has missed it. @type {Person} */
const UNTRACKED = { id: 0, fresh: false, score: 0, ...NOTHING };

export class Recorder {
  /** Frames that were pushed, whether they have left this page or not. */
  recorded = 0;
  /** Frames that could not be recorded because the tracker's numbers were not valid; and the last reason. */
  refused = 0;
  /** @type {string | null} */
  refusal = null;
  /** Called when messages before `made` are in the outbox. @type {(made: number) => void} */
  onstored = () => {};
  /** Frames before message i are sums[i]. */
  sums = [0];
  /** @type {Entry} */
  entry;

  #outbox;
  #hasher;
  #codec;
  /** @type {Schema} */
  #schema;
  #start = NaN;
  #last = 0;
  #results = 0;
  /** @type {Frame[]} */
  #pending = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Set<Promise<void>>} */
  #writes = new Set();

  /**
   * @param {Outbox} outbox @param {Entry} entry  of a recording without messages
   * @param {Hasher} hasher  fresh SHA-256
   */
  constructor(outbox, entry, hasher) {
    this.#outbox = outbox;
    this.#hasher = hasher;
    this.#codec = /** @type {Codec} */ (entry.hello.codec);
    this.#schema = /** @type {Schema} */ (entry.hello.schema ?? SCHEMA);
    this.entry = entry;
  }

  /**
   * Record a result; its capture time counts from the first one. Truth, and characters that were missed, are recorded
   * where the session holds truth.
   * @param {Result} result
   */
  push(result) {
    if (Number.isNaN(this.#start)) this.#start = result.time;
    const time = result.time - this.#start;
    const frames = result.people.map((person) => tracked(person, time, result.image_size));
    if (this.#schema === TRUTH_SCHEMA) {
      result.people.forEach(({ truth }, i) => Object.assign(frames[i], trueOf(truth)));
      for (const truth of result.missed ?? []) {
        frames.push({ ...tracked(UNTRACKED, time, result.image_size), flags: MISSED, ...trueOf(truth) });
      }
    }
    for (const frame of frames) this.#add(frame);
    if (++this.#results >= RESULTS) this.flush();
    else if (this.#pending.length) this.#timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  /** Close the message that is being filled. The write is issued before this returns. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#results = 0;
    if (!this.#pending.length) return;
    const frames = this.#pending;
    this.#pending = [];
    const seq = this.entry.messages;
    const message = encode(seq, frames, this.#codec, this.#schema);
    this.#hasher.update(message.subarray(HEADER_BYTES));
    this.sums.push(this.sums[seq] + frames.length);
    this.entry = {
      ...this.entry,
      messages: seq + 1,
      frames: this.entry.frames + frames.length,
      hash: this.#hasher.save(),
    };
    const chunk = { session: this.entry.id, seq, frames: frames.length, message };
    const write = this.#outbox.put(this.entry, chunk).then(() => this.onstored(seq + 1));
    this.#writes.add(write);
    write.finally(() => this.#writes.delete(write));
  }

  /** Resolves when all that was pushed is in the outbox. */
  async settle() {
    this.flush();
    await Promise.all(this.#writes);
  }

  /** @param {Frame} frame */
  #add(frame) {
    try {
      check([frame], { schema: this.#schema, last: this.#last });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.refused++; // one bad frame would block all that follow it: the server takes nothing out of order
      this.refusal = error.message;
      return;
    }
    this.#last = frame.time;
    if (this.#pending.length === maxFrames(this.#schema)) this.flush();
    this.#pending.push(frame);
    this.recorded++;
  }
}

/**
 * @param {Person} person @param {number} time  s since the first result @param {[number, number]} size
 * @returns {Frame} without truth; with copies, since the tracker may use its arrays again
 */
function tracked(person, time, size) {
  return {
    time,
    person: person.id,
    flags: person.fresh ? FRESH : 0,
    image_size: size,
    score: person.score,
    landmarks: person.landmarks.slice(),
    world_landmarks: person.world_landmarks.slice(),
    visibility: person.visibility.slice(),
    presence: person.presence.slice(),
  };
}

/** @param {Truth | null} [truth]  none: whoever was tracked is no character */
function trueOf(truth) {
  const { landmarks, world_landmarks, visibility } = truth ?? NOTHING;
  return {
    truth_person: truth?.person ?? 0,
    truth_landmarks: landmarks.slice(),
    truth_world_landmarks: world_landmarks.slice(),
    truth_visibility: visibility.slice(),
  };
}
