/** Tracking card: model, back end with what was measured, people, smoothing; and the tracker's progress. */
import { backendWords, bytes, decimal, modelName, shortReason } from "../common/format.js";
import { box, element, input, make, select, setText } from "../common/dom.js";

/** @typedef {import("./tracking.js").Options} Options */
/** @typedef {import("./tracking.js").Info} Info */
/** @typedef {import("../../tracker/tracker.js").Status} Status */
/** @typedef {import("../../tracker/tracker.js").Model} Model */

export class TrackingPanel {
  #model = select("model");
  #controls = [this.#model, select("backend"), select("people"), input("smooth")];

  /**
   * @param {Options} options
   * @param {(change: Partial<Options>) => void} change
   */
  constructor(options, change) {
    const [backend, people, smooth] = [select("backend"), select("people"), input("smooth")];
    this.showOptions(options);
    this.#model.addEventListener("change", () => change({ model: this.#model.value }));
    backend.addEventListener("change", () => change({ backend: /** @type {Options["backend"]} */ (backend.value) }));
    people.addEventListener("change", () => change({ maxPeople: Number(people.value) }));
    smooth.addEventListener("change", () => change({ smooth: smooth.checked }));
  }

  /** @param {Model[]} models @param {string} current */
  showModels(models, current) {
    const options = models.map(({ name, bytes: size, available }) => {
      const words = `${modelName(name)} (${available ? bytes(size) : "not on this server yet: make heavy"})`;
      return make("option", { value: name, disabled: !available, selected: name === current }, words);
    });
    this.#model.replaceChildren(...options);
  }

  /** @param {boolean} locked   while a recording states what it was made with */
  lock(locked) {
    for (const control of this.#controls) control.disabled = locked;
  }

  /** @param {Status} status   loading is shown on the stage; measuring goes on while people are tracked, so here */
  showStatus({ stage, text, loaded, total }) {
    box("loading").hidden = stage !== "loading";
    box("measuring").hidden = stage !== "measuring";
    if (stage === "measuring") setText(box("measuring"), `${text}…`);
    if (stage !== "loading") return;
    setText(box("loading-text"), `${text}…`);
    const progress = element("loading-progress", HTMLProgressElement);
    if (total) progress.value = (loaded ?? 0) / total;
    else progress.removeAttribute("value");
  }

  /** @param {Options} options   put back what a refused change had set */
  showOptions({ model, backend, maxPeople, smooth }) {
    this.#model.value = model;
    select("backend").value = backend;
    select("people").value = String(maxPeople);
    input("smooth").checked = smooth;
  }

  /** @param {Info} info */
  showInfo({ backend, threads, trials }) {
    box("trials-field").hidden = trials.length === 0;
    const slowest = Math.max(...trials.map(({ ms }) => ms ?? 0));
    const rows = trials.map((trial) => {
      const name = backendWords(trial);
      const chosen = trial.backend === backend && trial.threads === threads;
      const row = make("li", { "data-chosen": chosen }, make("span", {}, name));
      if (trial.ms === null) {
        row.append(make("span", { class: "reason", title: trial.reason }, shortReason(trial.reason)));
      } else {
        const words = `${decimal(trial.ms, trial.ms < 10 ? 1 : 0)} ms`;
        row.append(make("meter", { min: 0, max: slowest, value: trial.ms, "aria-label": name }));
        row.append(make("span", { class: "number" }, words));
      }
      return row;
    });
    box("trials").replaceChildren(...rows);
  }
}
