/** The switch of the second view, in which a character mirrors whoever a camera or a video shows. */
import { box, input } from "../common/dom.js";
import * as messages from "../common/messages.js";
import { part, remedies } from "../common/parts.js";

/** @typedef {import("./mirror-view.js").MirrorView} MirrorView */
/** @typedef {import("../common/notices.js").Notices} Notices */
/** @typedef {import("./source.js").Kind} Kind */
/** @typedef {import("../../tracker/tracker.js").Result} Result */

/** Event `used` (detail: the name of a character that came with the page). */
export class CharacterMirror extends EventTarget {
  #switch = input("character-mirror");
  #notices;
  #limbs;
  #mirrored = true;
  /** @type {MirrorView | null} */
  #view = null;
  /** Grows with each switching, so that a view that comes too late is not shown. */
  #era = 0;

  /** @param {Notices} notices @param {string[]} limbs   that everybody in view is without */
  constructor(notices, limbs) {
    super();
    this.#notices = notices;
    this.#limbs = limbs;
    this.#switch.addEventListener("change", () => (this.#switch.checked ? void this.#open() : this.#close()));
  }

  /** Another source is shown. @param {Kind} kind @param {boolean} mirrored   whether its picture is */
  sourceChanged(kind, mirrored) {
    const possible = kind === "camera" || kind === "video";
    box("character-mirror-field").hidden = !possible;
    if (!possible) this.#close();
    this.mirrored(mirrored);
  }

  /** @param {boolean} on   whether the picture is mirrored */
  mirrored(on) {
    if (this.#mirrored === on) return;
    this.#mirrored = on;
    this.#view?.mirrored(on);
  }

  /** @param {string[]} limbs */
  absent(limbs) {
    this.#limbs = limbs;
    void this.#view?.absent(limbs);
  }

  /** @param {Result} result */
  update({ people, time }) {
    this.#view?.update(people[0] ?? null, time);
  }

  async #open() {
    const era = ++this.#era;
    const current = () => era === this.#era;
    this.#notices.set("mirror", null);
    box("mirror-screen").hidden = false;
    box("mirror-loading").hidden = false;
    /** @type {MirrorView | null} */
    let view = null;
    try {
      const { MirrorView } = await part(import("./mirror-view.js"));
      view = await MirrorView.load({ absent: this.#limbs, mirrored: this.#mirrored });
      view.addEventListener("refused", (event) => this.#refused(/** @type {CustomEvent} */ (event).detail));
      view.addEventListener("used", (event) => {
        this.dispatchEvent(new CustomEvent("used", { detail: /** @type {CustomEvent<string>} */ (event).detail }));
      });
      if (current()) await view.open();
      if (!current()) return view.close();
      this.#view = view;
      // What was switched while it was made.
      view.mirrored(this.#mirrored);
      box("mirror-card").hidden = false;
      box("mirror-loading").hidden = true;
    } catch (error) {
      view?.close(); // or it would answer to the menus, which the next one shares
      if (!current()) return;
      this.#close();
      this.#notices.set("mirror", messages.characterMessage(error), remedies(error, () => this.#again()));
    }
  }

  #again() {
    this.#switch.checked = true;
    void this.#open();
  }

  #close() {
    this.#era += 1;
    this.#switch.checked = false;
    for (const part of ["mirror-screen", "mirror-card", "mirror-loading"]) box(part).hidden = true;
    this.#view?.close();
    this.#view = null;
  }

  /** @param {unknown} error */
  #refused(error) {
    this.#notices.set("mirror", null);
    this.#notices.set("mirror", messages.refusedMessage(error));
  }
}
