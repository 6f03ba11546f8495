/** Recording card: pseudonym, record, pause, stop, counts. */
import { preference, setPreference } from "../common/preferences.js";
import { pseudonymProblem } from "./pseudonym.js";
import { controls, freshPseudonym } from "./recording-control.js";
import { box, button, input, setText } from "../common/dom.js";

/** @typedef {import("./recording-control.js").Moment} Moment */

export class RecordingPanel {
  #pseudonym = input("pseudonym");

  /** @param {{record: (pseudonym: string) => void, pause: () => void, stop: () => void}} to   pause: pause or resume */
  constructor({ record, pause, stop }) {
    this.#pseudonym.value = preference("pseudonym", "") || freshPseudonym();
    this.#pseudonym.addEventListener("input", () => this.#check());
    this.#pseudonym.addEventListener("change", () => setPreference("pseudonym", this.#pseudonym.value.trim()));
    button("record").addEventListener("click", () => {
      this.#pseudonym.value = this.#pseudonym.value.trim();
      this.#check();
      if (this.#pseudonym.reportValidity()) record(this.#pseudonym.value);
    });
    button("pause").addEventListener("click", pause);
    button("stop").addEventListener("click", stop);
  }

  /** @param {Moment} moment */
  show(moment) {
    const able = controls(moment);
    const focused = document.activeElement;
    button("record").disabled = !able.record;
    button("pause").disabled = !able.pause;
    button("stop").disabled = !able.stop;
    this.#pseudonym.readOnly = moment.state !== "idle";
    setText(box("pause-text"), able.pauseText);
    setText(box("recording-hint"), able.hint);
    setText(box("count-recorded"), String(moment.counts.recorded));
    setText(box("count-saved"), String(moment.counts.acknowledged));
    setText(box("count-waiting"), String(moment.counts.waiting));
    this.#keepFocus(focused);
  }

  #check() {
    this.#pseudonym.setCustomValidity(pseudonymProblem(this.#pseudonym.value.trim()));
  }

  /**
   * A control that goes out of work under the keyboard hands the focus to the one that works now.
   * @param {Element | null} focused
   */
  #keepFocus(focused) {
    if (!(focused instanceof HTMLButtonElement) || !focused.disabled || !focused.closest(".recorder")) return;
    const next = ["stop", "record"].map(button).find((other) => !other.disabled);
    (next ?? this.#pseudonym).focus();
  }
}
