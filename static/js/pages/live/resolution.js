/** How large the stage's picture is: as large as fits, and as comes often enough on this device. */

/** The longest side, px: the tracker looks at 256 px of a person, more than this is for the eye alone. */
export const LONGEST_PX = 1280;
/** The shortest side is not made smaller than this, px: joints would be guessed. */
const SHORTEST_PX = 240;
/** Shares of the full size that are tried. */
const LEVELS = [1, 0.75, 0.5, 0.35];
/** Frames further apart than this are too slow, ms: 20 a second look like movement. */
const SLOW_MS = 50;
/** Nearer than this there is room for more, ms. */
const QUICK_MS = 20;
/** A smaller picture must take at most this share of the time, or it is not worth its loss: pixels were not what took it. */
const WORTH = 0.85;
/** A judgement needs this much time and this many frames. */
const WINDOW = { ms: 1200, frames: 4 };
/** Frames after a change are not counted: buffers and programs are made. */
const SKIPPED = 2;

export class Resolution {
  #level = 0;
  /** The largest and the smallest size that may be tried, as levels. */
  #range = [0, LEVELS.length - 1];
  /** What was tried to do better than: a larger size. @type {{level: number, median_ms: number} | null} */
  #before = null;
  /** @type {number[]} ms between frames */
  #intervals = [];
  #skip = SKIPPED;
  #longest;

  /** @param {number} [longest_px]   bound of the picture's longest side */
  constructor(longest_px = LONGEST_PX) {
    this.#longest = longest_px;
  }

  /**
   * A frame was drawn.
   * @param {number} interval_ms   since the one before; NaN: none was before it
   * @returns {boolean} whether the size is another one now
   */
  frame(interval_ms) {
    if (this.#skip > 0 || !Number.isFinite(interval_ms)) {
      this.#skip = Math.max(0, this.#skip - 1);
      return false;
    }
    this.#intervals.push(interval_ms);
    const sum = this.#intervals.reduce((total, interval) => total + interval, 0);
    if (sum < WINDOW.ms || this.#intervals.length < WINDOW.frames) return false;
    const median = this.#intervals.sort((a, b) => a - b)[Math.floor(this.#intervals.length / 2)];
    this.#intervals = [];
    const level = this.#judge(median);
    if (level === this.#level) return false;
    this.#level = level;
    this.#skip = SKIPPED;
    return true;
  }

  /** @param {number} median_ms   between frames of the present size @returns {number} the level to go on with */
  #judge(median_ms) {
    const before = this.#before;
    this.#before = null;
    if (before !== null && median_ms > WORTH * before.median_ms) {
      this.#range = [before.level, before.level];
      return before.level;
    }
    const [largest, smallest] = this.#range;
    if (median_ms > SLOW_MS && this.#level < smallest) {
      this.#before = { level: this.#level, median_ms };
      this.#range[0] = this.#level + 1; // what was too slow once is not tried again
      return this.#level + 1;
    }
    return median_ms < QUICK_MS && this.#level > largest ? this.#level - 1 : this.#level;
  }

  /**
   * @param {[number, number]} box   width, height of what the picture fills, CSS px
   * @param {number} ratio   device px per CSS px
   * @returns {[number, number]} px, of the box's shape, even numbers as video encoders like them
   */
  size([width, height], ratio) {
    const [long, short] = [Math.max(width, height, 1), Math.max(Math.min(width, height), 1)];
    const full = Math.min(ratio, this.#longest / long) * LEVELS[this.#level];
    const scale = Math.min(Math.max(full, SHORTEST_PX / short), this.#longest / long);
    const even = (/** @type {number} */ side) => Math.max(2, 2 * Math.round((side * scale) / 2));
    return [even(width), even(height)];
  }
}
