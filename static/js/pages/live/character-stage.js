/**
 * A show as a source: each picture is offered with its truth. A show that stands still is tracked until the joints
 * settle.
 */
import { settled } from "./frames.js";
import { ShowLoop } from "./show-loop.js";

/** @typedef {import("./frames.js").Offer} Offer */
/** @typedef {import("../../stage/show.js").Show} Show */
/** @typedef {import("../../stage/wishes.js").ShowOptions} ShowOptions */
/** @typedef {import("../../tracker/tracker.js").Result} Result */
/** @typedef {(offer: Offer) => Promise<Result | null>} Take */

/** Passes over a picture that stands still: the filters need about ten. */
const PASSES = 40;

/** Events: `seam` (the next picture does not follow from the last one), `tick` (a picture was drawn). */
export class CharacterStage extends EventTarget {
  show;
  #loop;
  #detach;
  /** @type {Take | null} */
  #take = null;
  #looking = false;
  /** Passes over the picture that stands still. */
  #passes = 0;
  /** @type {Result | null} */
  #before = null;
  /** Whether the motion waits for the page to be seen again. */
  #waits = false;

  /**
   * @param {Show} show   taken over @param {HTMLCanvasElement} canvas   its own, also to be turned on
   * @param {HTMLElement} area   what the picture is to fill
   */
  constructor(show, canvas, area) {
    super();
    this.show = show;
    this.#loop = new ShowLoop({ show, canvas, area }, (now, drawn) => this.#after(now, drawn));
    this.#detach = show.orbit(canvas);
  }

  /** @param {Take} take */
  start(take) {
    this.#take = take;
    this.#loop.start();
  }

  stop() {
    this.#take = null;
    this.#detach();
    this.#loop.stop();
  }

  again() {
    this.#passes = 0;
    this.#before = null;
  }

  hide() {
    this.#waits = this.show.playing;
    this.show.pause();
    this.#emit("tick");
  }

  seen() {
    if (this.#waits) this.show.play();
    this.#waits = false;
    this.again();
  }

  /** @param {boolean} on   keep the picture's size, as while it is recorded */
  hold(on) {
    this.#loop.hold(on);
  }

  /** @param {Partial<ShowOptions>} change @returns {Promise<void>} rejects if it cannot be; then all stays as it was */
  async set(change) {
    await this.show.set(change);
    this.#jumped();
  }

  /** @param {number} time_s */
  seek(time_s) {
    this.show.seek(time_s);
    this.#jumped();
  }

  play() {
    this.show.play();
    this.again();
  }

  pause() {
    this.show.pause();
    this.again();
  }

  #jumped() {
    this.again();
    this.#emit("seam");
  }

  /** @param {number} now   ms @param {boolean} drawn */
  #after(now, drawn) {
    if (drawn) {
      this.#passes = 0;
      this.#emit("tick");
    }
    if (this.show.playing) void this.#look(now);
    else if (!this.#looking && this.#passes < PASSES) void this.#lookOnce(now);
  }

  /** @param {number} now   ms @returns {Promise<Result | null>} */
  async #look(now) {
    const take = this.#take;
    if (take === null) return null;
    return take({ grab: () => this.show.capture(), time: now / 1000, captured: now });
  }

  /** One pass over a picture that stands still. @param {number} now   ms */
  async #lookOnce(now) {
    this.#looking = true;
    this.#passes += 1;
    const after = await this.#look(now);
    this.#looking = false;
    if (after === null || this.show.playing) return;
    // A picture that was drawn meanwhile has its own passes to come.
    if (this.#passes > 1 && settled(this.#before, after)) this.#passes = PASSES;
    this.#before = after;
  }

  /** @param {string} name */
  #emit(name) {
    this.dispatchEvent(new Event(name));
  }
}
