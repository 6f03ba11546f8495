/** Live figures over a sliding window: frames per second, latency, dropped frames. */

/** Long enough to be steady, short enough to follow a change. */
export const WINDOW_MS = 2000;

/** @typedef {{fps: number | null, latency_ms: number | null, dropped: number}} Figures   null: not known yet */

export class Metrics {
  /** @type {{at: number, latency: number}[]} */
  #frames = [];
  #dropped = 0;

  /**
   * A tracked frame.
   * @param {number} at   ms, when its result was there
   * @param {number} latency   ms from its capture to its result
   */
  frame(at, latency) {
    this.#frames.push({ at, latency });
    this.#forget(at);
  }

  /** A frame that came while another was being tracked. */
  drop() {
    this.#dropped += 1;
  }

  reset() {
    this.#frames = [];
    this.#dropped = 0;
  }

  /**
   * @param {number} now   ms, on the clock of `frame`
   * @returns {Figures} fps: intervals over the time they span, so that the window's edge adds no error; latency: median
   */
  figures(now) {
    this.#forget(now);
    const frames = this.#frames;
    if (frames.length < 2) return { fps: null, latency_ms: frames[0]?.latency ?? null, dropped: this.#dropped };
    const span = frames[frames.length - 1].at - frames[0].at;
    const latencies = frames.map(({ latency }) => latency).sort((a, b) => a - b);
    return {
      fps: span > 0 ? ((frames.length - 1) * 1000) / span : null,
      latency_ms: latencies[Math.floor(latencies.length / 2)],
      dropped: this.#dropped,
    };
  }

  /** @param {number} now */
  #forget(now) {
    const first = this.#frames.findIndex(({ at }) => at >= now - WINDOW_MS);
    this.#frames.splice(0, first === -1 ? this.#frames.length : first);
  }
}
