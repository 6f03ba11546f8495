/** From a source to the tracker: one frame in flight, the newest next, others dropped; time that never goes back. */

/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {import("../../stage/scene.js").SceneTruth} SceneTruth */
/** @typedef {ImageBitmap | VideoFrame} Frame */
/** @typedef {{frame: Frame, truth?: Promise<SceneTruth>}} Taken   truth: of the very frame, where its source knows it */
/**
 * @typedef {object} Offer   a frame that a source could give
 * @property {() => Taken | Promise<Taken>} grab   takes it; called only if the tracker is free
 * @property {number} time   capture time, s
 * @property {number} captured   when it was captured, ms on the clock of `performance.now()`
 */

/** @typedef {{offer: Offer, resolve: (result: Result | null) => void}} Waiting */

export class FramePump {
  #track;
  #result;
  #failed;
  #dropped;
  #busy = false;
  /**
   * The newest frame that came meanwhile. Not taken yet: a video shows it until the next one replaces it here too.
   * @type {Waiting | null}
   */
  #next = null;
  /** Grows when results of earlier frames are no longer wanted. */
  #era = 0;

  /**
   * @param {object} to
   * @param {(frame: Frame, time: number) => Promise<Result>} to.track   takes the frame over
   * @param {(result: Result, captured: number, truth: SceneTruth | null) => void} to.result   truth: of its frame
   * @param {(error: unknown) => void} to.failed   a frame could not be taken or tracked; the next one may
   * @param {() => void} to.dropped   a newer frame came before its turn
   */
  constructor({ track, result, failed, dropped }) {
    this.#track = track;
    this.#result = result;
    this.#failed = failed;
    this.#dropped = dropped;
  }

  /**
   * Track a frame as soon as the one in flight is done, unless a newer one comes first.
   * @param {Offer} offer
   * @returns {Promise<Result | null>} null: dropped, failed, or no longer wanted
   */
  offer(offer) {
    if (!this.#busy) return this.#run(offer);
    if (this.#next !== null) {
      this.#next.resolve(null);
      this.#dropped();
    }
    return new Promise((resolve) => {
      this.#next = { offer, resolve };
    });
  }

  /** Forget the frames in flight and waiting: their source is no longer shown. */
  forget() {
    this.#era += 1;
    this.#next?.resolve(null);
    this.#next = null;
  }

  /** @param {Offer} offer @returns {Promise<Result | null>} */
  async #run({ grab, time, captured }) {
    this.#busy = true;
    const era = this.#era;
    try {
      const { frame, truth = null } = await grab();
      // It may fail before the frame is tracked: whoever waits for it then still gets to know.
      truth?.catch(() => {});
      const result = await this.#track(frame, time);
      const known = await truth;
      if (era !== this.#era) return null;
      this.#result(result, captured, known);
      return result;
    } catch (error) {
      if (era === this.#era) this.#failed(error);
      return null;
    } finally {
      this.#busy = false;
      const next = this.#next;
      this.#next = null;
      if (next !== null) void this.#run(next.offer).then(next.resolve);
    }
  }
}

/** What two neighbouring frames of a looped or sought video are apart, s: something plausible, above zero. */
const SEAM_S = 1 / 30;

/**
 * Media time -> time that only grows, for a video that loops and is sought. Within a stretch it runs as the media does,
 * so intervals are those of the recording; at a seam (loop, seek) it goes on where it was.
 */
export class MediaClock {
  /** From media time to ours, s; null at the beginning of a stretch. @type {number | null} */
  #offset = null;
  #last;

  /** @param {number} start   s; the first frame gets this time */
  constructor(start) {
    this.#last = start;
  }

  /** The next frame begins a new stretch. */
  cut() {
    if (this.#offset !== null) this.#last += SEAM_S;
    this.#offset = null;
  }

  /**
   * @param {number} media   s
   * @returns {{time: number, seam: boolean}} time: s, above that of the frame before; seam: the media jumped here
   */
  time(media) {
    let seam = false;
    if (this.#offset !== null && media + this.#offset <= this.#last) {
      // The same frame once more is no jump, but time goes on.
      seam = media + this.#offset < this.#last;
      this.cut();
    }
    this.#offset ??= this.#last - media;
    this.#last = media + this.#offset;
    return { time: this.#last, seam };
  }
}

/** A picture is settled when no landmark moves further than this between two passes, px. */
export const SETTLED_PX = 0.5;

/**
 * Whether tracking a still picture once more would change nothing that shows.
 * @param {Result | null} before
 * @param {Result} after
 * @returns {boolean}
 */
export function settled(before, after) {
  if (before === null || before.people.length !== after.people.length) return false;
  return after.people.every((person, i) => {
    const earlier = before.people[i];
    // z is left out: it is noisier, and an overlay does not show it.
    return (
      earlier.id === person.id &&
      person.landmarks.every((value, k) => k % 3 === 2 || Math.abs(value - earlier.landmarks[k]) <= SETTLED_PX)
    );
  });
}
