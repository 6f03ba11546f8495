/** Play, pause and seek below the stage, for whatever has a time: a video, or a motion. */
import { box, button, input, setText } from "../common/dom.js";

/**
 * @typedef {object} Playable
 * @property {string} name   what it is: "video"
 * @property {boolean} playing
 * @property {number} time_s @property {number} duration_s   NaN: not known (yet)
 * @property {(seconds: number) => string} words   a time as it is written
 * @property {() => void} play @property {() => void} pause @property {(time_s: number) => void} seek
 */

export class Transport {
  #play = button("play");
  #seek = input("seek");
  /** @type {Playable | null} */
  #playable = null;

  constructor() {
    this.#play.addEventListener("click", () => {
      if (this.#playable?.playing) this.#playable.pause();
      else this.#playable?.play();
      this.update();
    });
    this.#seek.addEventListener("input", () => {
      this.#playable?.seek(Number(this.#seek.value));
      this.update();
    });
  }

  /** @param {Playable | null} playable   null: nothing is shown that has a time */
  attach(playable) {
    this.#playable = playable;
    box("transport").hidden = playable === null;
    if (playable === null) return;
    box("transport").setAttribute("aria-label", `Controls of the ${playable.name}`);
    this.#seek.setAttribute("aria-label", `Position in the ${playable.name}`);
    this.update();
  }

  /** Show how things stand. */
  update() {
    const playable = this.#playable;
    if (playable === null) return;
    const { name, playing, time_s, duration_s, words } = playable;
    const label = `${playing ? "Pause" : "Play"} ${name}`;
    if (this.#play.getAttribute("aria-label") !== label) {
      this.#play.setAttribute("aria-label", label);
      for (const icon of this.#play.querySelectorAll("[data-icon]")) {
        icon.toggleAttribute("hidden", (icon.getAttribute("data-icon") === "pause") !== playing);
      }
    }
    if (!Number.isFinite(duration_s)) return;
    const text = `${words(time_s)} / ${words(duration_s)}`;
    this.#seek.max = String(duration_s);
    this.#seek.value = String(time_s);
    if (this.#seek.getAttribute("aria-valuetext") !== text) this.#seek.setAttribute("aria-valuetext", text);
    setText(box("position"), text);
  }
}
