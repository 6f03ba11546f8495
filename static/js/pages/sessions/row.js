/** One session of the list: facts, actions, and its chart below on demand. */
import { backendWords, bytes, duration, modelName, moment, plural } from "../common/format.js";
import { make, setText } from "../common/dom.js";
import { exportUrl } from "./api.js";

/** @typedef {import("./api.js").Session} Session */
/** @typedef {import("./api.js").Rescore} Rescore */
/** @typedef {{chart: (row: Row) => void, rescore: (row: Row) => void, remove: (row: Row) => void}} Actions */

const FORMATS = [
  ["csv", "CSV"],
  ["jsonl", "JSON Lines"],
  ["parquet", "Parquet"],
];
const VERSIONS = [
  ["raw", "As recorded"],
  ["rescored", "Re-scored"],
];

export class Row {
  /** @type {Session} */
  session;
  /** The row of facts and the one that the chart opens in: both belong into a tbody of their own. */
  body = make("tbody", { role: "rowgroup" });
  /** Where the chart goes. */
  chartCell = make("td", { colspan: 6, role: "cell" });
  #chartRow = make("tr", { role: "row", class: "chart-row", hidden: true }, this.chartCell);
  #chartButton;
  #rescoreButton;
  #state = make("div", { class: "state" });
  #rescored;

  /** @param {Session} session @param {Actions} to */
  constructor(session, to) {
    this.session = session;
    const name = session.pseudonym;
    const hidden = () => make("span", { class: "visually-hidden" }, ` ${name}`);
    this.#chartButton = make("button", { type: "button", "aria-expanded": "false" }, "Chart", hidden());
    this.#chartButton.addEventListener("click", () => to.chart(this));
    this.#rescoreButton = make("button", { type: "button" }, "Re-score", hidden());
    this.#rescoreButton.addEventListener("click", () => to.rescore(this));
    const remove = make("button", { type: "button", class: "quiet" }, "Delete", hidden());
    remove.addEventListener("click", () => to.remove(this));
    const { opener, menu, rescored } = downloads(session);
    this.#rescored = rescored;
    const actions = make("div", { class: "actions" }, this.#chartButton, opener, menu, this.#rescoreButton, remove);
    const facts = make("tr", { role: "row" }, heading(session));
    facts.append(
      cell("Length", duration(session.duration_s)),
      cell("Frames", session.frames.toLocaleString("en")),
      cell("Size", bytes(session.bytes)),
      make("td", { role: "cell", class: "state-cell" }, this.#state),
      make("td", { role: "cell", class: "actions-cell" }, actions),
    );
    this.body.append(facts, this.#chartRow);
    this.showRescore(session.rescore);
  }

  get open() {
    return !this.#chartRow.hidden;
  }

  /** @param {boolean} on */
  showChart(on) {
    this.#chartRow.hidden = !on;
    this.#chartButton.setAttribute("aria-expanded", String(on));
  }

  /** @param {Rescore | null} rescore */
  showRescore(rescore) {
    this.session.rescore = rescore;
    const busy = rescore?.state === "queued" || rescore?.state === "running";
    const recording = this.session.state === "recording";
    this.#rescoreButton.disabled = busy || recording;
    this.#rescored.hidden = rescore?.state !== "done";
    if (busy) this.#showProgress(rescore);
    else this.#state.replaceChildren(...badges(this.session.state, rescore));
  }

  focus() {
    this.#chartButton.focus();
  }

  /** @param {Rescore} rescore */
  #showProgress({ state, progress }) {
    const words = state === "queued" ? "Waiting to be re-scored" : `Re-scoring ${Math.round(100 * progress)} %`;
    let bar = this.#state.querySelector("progress");
    if (bar === null) {
      bar = make("progress", { max: 1, "aria-label": `Re-scoring ${this.session.pseudonym}` });
      this.#state.replaceChildren(make("span", { class: "small" }), bar);
    }
    bar.value = progress;
    const text = this.#state.querySelector("span");
    if (text) setText(text, words);
  }
}

/** @param {Session} session */
function heading({ pseudonym, created, people, fps, model, backend, source, truth }) {
  const how = [source, modelName(model), backendWords({ backend, threads: 1 }), `${Math.round(fps)} fps`];
  const made = [...how, plural(people, "person", "people")].join(", ");
  return make(
    "th",
    { scope: "row", role: "rowheader" },
    make("strong", {}, pseudonym),
    make("time", { datetime: created, class: "small" }, moment(created)),
    make("span", { class: "small muted" }, made),
    truth ? make("span", { class: "tag truth" }, "with truth") : null,
  );
}

/** @param {string} label   seen where the table is laid out as cards @param {string} text */
function cell(label, text) {
  return make("td", { role: "cell", class: "number", "data-label": label }, text);
}

/** @param {Session["state"]} state @param {Rescore | null} rescore @returns {HTMLElement[]} */
function badges(state, rescore) {
  if (state === "recording") return [make("span", { class: "tag live" }, "Recording")];
  const found = state === "interrupted" ? [make("span", { class: "tag" }, "Interrupted")] : [];
  if (rescore?.state === "failed")
    found.push(make("span", { class: "tag failed" }, `Re-scoring failed: ${rescore.reason ?? "no reason given"}`));
  if (rescore?.state === "done") found.push(make("span", { class: "tag done" }, "Re-scored"));
  return found.length > 0 ? found : [make("span", { class: "tag" }, "As recorded")];
}

/** @param {Session} session @returns {{opener: HTMLElement, menu: HTMLElement, rescored: HTMLElement}} */
function downloads({ id, pseudonym }) {
  const groups = VERSIONS.map(([version, title]) => {
    const links = FORMATS.map(([format, name]) => {
      const label = `${name}, ${title.toLowerCase()}`;
      return make(
        "li",
        {},
        make("a", { href: exportUrl(id, format, version), download: true, "aria-label": label }, name),
      );
    });
    return make("div", {}, make("h2", { class: "small muted" }, title), make("ul", {}, ...links));
  });
  const menu = make(
    "div",
    { popover: "auto", id: `downloads-${id}`, class: "menu", role: "group", "aria-label": `Downloads of ${pseudonym}` },
    ...groups,
  );
  const opener = make(
    "button",
    { type: "button", popovertarget: menu.id },
    "Download",
    make("span", { class: "visually-hidden" }, ` ${pseudonym}`),
  );
  menu.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") placeNear(menu, opener);
  });
  menu.addEventListener("click", ({ target }) => target instanceof HTMLAnchorElement && menu.hidePopover());
  return { opener, menu, rescored: groups[1] };
}

/**
 * Below its button, or above where there is no room below; within the window.
 * @param {HTMLElement} menu
 * @param {HTMLElement} opener
 */
function placeNear(menu, opener) {
  const { left, top, bottom } = opener.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const below = bottom + 4 + menu.offsetHeight <= clientHeight || top < menu.offsetHeight;
  menu.style.top = `${scrollY + (below ? bottom + 4 : top - 4 - menu.offsetHeight)}px`;
  menu.style.left = `${scrollX + Math.max(8, Math.min(left, clientWidth - menu.offsetWidth - 8))}px`;
}
