/** Tracking card: model, back end with what was measured, people, smoothing; and the tracker's progress. */
import { backendWords, decimal, shortReason } from "../common/format.js";
import { choiceWords, taughtWords } from "./models.js";
import { box, element, input, make, select, setText } from "../common/dom.js";

/** @typedef {import("./tracking.js").Options} Options */
/** @typedef {import("./tracking.js").Info} Info */
/** @typedef {import("../../tracker/tracker.js").Status} Status */
/** @typedef {import("./models.js").Models} Models */
/** @typedef {import("./models.js").Role} Role */
/** @typedef {{role: Role, option: "model" | "detector", list: HTMLSelectElement, hint: string}} Menu */

export class TrackingPanel {
  /** @type {Menu[]} */
  #menus = [
    { role: "landmarks", option: "model", list: select("model"), hint: "model-hint" },
    { role: "detector", option: "detector", list: select("detector"), hint: "detector-hint" },
  ];
  #controls = [...this.#menus.map(({ list }) => list), select("backend"), select("people"), input("smooth")];
  #models;

  /**
   * @param {Options} options
   * @param {Models} models
   * @param {{change: (change: Partial<Options>) => void, look: () => void}} to   look: somebody is about to choose a model
   */
  constructor(options, models, { change, look }) {
    const [backend, people, smooth] = [select("backend"), select("people"), input("smooth")];
    this.#models = models;
    this.showOptions(options);
    for (const { list, option } of this.#menus) {
      list.addEventListener("change", () => {
        this.#showHints();
        change({ [option]: list.value });
      });
      for (const event of ["focus", "pointerdown"]) list.addEventListener(event, look);
    }
    backend.addEventListener("change", () => change({ backend: /** @type {Options["backend"]} */ (backend.value) }));
    people.addEventListener("change", () => change({ maxPeople: Number(people.value) }));
    smooth.addEventListener("change", () => change({ smooth: smooth.checked }));
  }

  /** What can be chosen has changed. @param {Options} options   what is chosen */
  showModels(options) {
    for (const { role, list } of this.#menus) {
      const models = this.#models.of(role);
      const entries = models.map((model) =>
        make("option", { value: model.name, disabled: !model.available }, choiceWords(model)),
      );
      list.replaceChildren(...entries);
    }
    box("detector-field").hidden = this.#models.of("detector").length < 2;
    this.#showChoice(options);
  }

  /** @param {Options} options */
  #showChoice(options) {
    for (const { role, option, list } of this.#menus) list.value = this.#models.named(role, options[option]);
    this.#showHints();
  }

  /** What is known of the choices. */
  #showHints() {
    for (const { role, list, hint } of this.#menus) {
      const words = taughtWords(this.#models.of(role).find(({ name }) => name === list.value));
      box(hint).hidden = words === "";
      setText(box(hint), words);
    }
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

  /** @param {Options} options   those that hold: a refused change is put back */
  showOptions(options) {
    const { backend, maxPeople, smooth } = options;
    this.#showChoice(options);
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
