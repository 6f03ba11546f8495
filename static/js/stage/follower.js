/** The picture of somebody who is moved by a driver: wide enough, and with a camera that goes along in no hurry. */

/** @typedef {import("../../vendor/three.js").PerspectiveCamera} PerspectiveCamera */
/** @typedef {import("./vectors.js").Vec3} Vec3 */
/** @typedef {import("./camera.js").Extent} Extent */

/** The camera is this far behind, s: who sways does not rock the room, who steps aside stays in the picture. */
const LATE_S = 0.8;
/** After a longer pause the camera goes on as if it had been this long, s. */
const LONGEST_S = 0.25;

/** What the picture must have room for, per stature: arms aside and up, knees ahead, a chair behind. */
const ROOM = { aside: 0.5, up: 1.12, ahead: 0.4, behind: 0.25 };

/**
 * @param {Extent} extent of a motion, stage metres @param {number} stature_m
 * @returns {Extent} with space for what a driver may want
 */
export function widened({ low, high }, stature_m) {
  const { aside, up, ahead, behind } = ROOM;
  return {
    low: [Math.min(low[0], -aside * stature_m), low[1], Math.min(low[2], -behind * stature_m)],
    high: [Math.max(high[0], aside * stature_m), Math.max(high[1], up * stature_m), Math.max(high[2], ahead * stature_m)],
  };
}

export class Follower {
  /** Where the person is for the camera, stage metres; cameras are set up for the stage's middle. */
  #x = 0;
  #z = 0;
  /** @type {number | null} */ #last_ms = null;

  /** @param {PerspectiveCamera} camera as it was set up */
  place(camera) {
    camera.position.x += this.#x;
    camera.position.z += this.#z;
  }

  /**
   * @param {PerspectiveCamera} camera placed
   * @param {Vec3} person hips, stage metres
   * @param {number} now_ms
   */
  follow(camera, [x, , z], now_ms) {
    const step = Math.min(LONGEST_S, (now_ms - (this.#last_ms ?? now_ms)) / 1000);
    this.#last_ms = now_ms;
    const share = 1 - Math.exp(-step / LATE_S);
    const [dx, dz] = [share * (x - this.#x), share * (z - this.#z)];
    this.#x += dx;
    this.#z += dz;
    camera.position.x += dx;
    camera.position.z += dz;
  }
}
