/** Card of limbs that are not there: a checkbox for each, and a figure that shows what is left. */
import { implied, limbWords, storeLimbs, storedLimbs, toggled } from "./absent-limbs.js";
import { box, setText } from "../common/dom.js";

/** @typedef {import("../../pose/limbs.js").Limb} Limb */

export class LimbsPanel {
  #root = box("limbs");
  #change;
  #limbs;

  /**
   * @param {object} given
   * @param {(limbs: Limb[]) => void} given.change   after every change, with the new choice
   * @param {Limb[]} [given.limbs]   chosen at first; otherwise what is kept on this device
   */
  constructor({ change, limbs = storedLimbs() }) {
    this.#change = change;
    this.#limbs = limbs;
    for (const input of this.#root.querySelectorAll("input")) {
      input.addEventListener("change", () => this.#toggle(/** @type {Limb} */ (input.value), input.checked));
    }
    // The figure is a shortcut for pointers: whatever it does, a checkbox does too.
    for (const part of this.#root.querySelectorAll("[data-limb]")) {
      const limb = /** @type {Limb} */ (part.getAttribute("data-limb"));
      part.addEventListener("click", () => this.#toggle(limb, !implied(this.#limbs).includes(limb)));
    }
    /** @type {HTMLDetailsElement} */ (this.#root.querySelector("details")).open = limbs.length > 0;
    this.#show();
  }

  /** @returns {Limb[]} the choice: the largest limbs only */
  get limbs() {
    return this.#limbs;
  }

  /** @param {Limb} limb @param {boolean} gone */
  #toggle(limb, gone) {
    this.#limbs = toggled(this.#limbs, limb, gone);
    storeLimbs(this.#limbs);
    this.#show();
    this.#change(this.#limbs);
  }

  #show() {
    const gone = new Set(/** @type {string[]} */ (implied(this.#limbs)));
    for (const input of this.#root.querySelectorAll("input")) input.checked = gone.has(input.value);
    for (const part of this.#root.querySelectorAll("[data-limb]")) {
      part.toggleAttribute("data-gone", gone.has(part.getAttribute("data-limb") ?? ""));
    }
    setText(box("limbs-chosen"), limbWords(this.#limbs) || "none marked");
  }
}
