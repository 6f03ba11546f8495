/**
 * Card of the comparison with the character: headline figures, PCK over time, the body with its errors, all joints. Not
 * a live region: figures that change twice a second are no announcement.
 */
import { BODY, WINDOW_S, level, together } from "./comparison.js";
import { NOTHING, decimal } from "../common/format.js";
import { make, makeSvg, setText } from "../common/dom.js";
import { extent, linePath, scale } from "../common/lines.js";

/** @typedef {import("./comparison.js").ComparisonFigures} ComparisonFigures */
/** @typedef {import("./comparison.js").Errors} Errors */
/** @typedef {import("./comparison.js").JointErrors} JointErrors */
/** @typedef {"body" | "error"} Order */
/** @typedef {{joints: readonly string[], row: HTMLTableRowElement, cells: {show: (errors: Errors) => void}[]}} Row */

/** Of the plot, rem: it grows with the type. */
const SIZE = { height: 7.5, left: 2.7, right: 0.5, top: 0.5, bottom: 1.25, gap: 0.375, middle: 0.25 };
/** Where a bar is full, torso lengths: twice what PCK@0.2 lets pass. */
const FULL_BAR = 0.4;

export class ComparisonPanel {
  #root;
  #plot;
  #details;
  #rows;
  /** @type {Order} */
  #order = "body";
  /** @type {ComparisonFigures | null} */
  #figures = null;
  /** Of the plot, CSS px. */
  #space = { width: 0, rem: 16 };

  /** @param {HTMLElement} root   as templates/comparison.html has it */
  constructor(root) {
    this.#root = root;
    this.#plot = /** @type {HTMLElement} */ (root.querySelector("[data-plot]"));
    this.#details = /** @type {HTMLDetailsElement} */ (root.querySelector("details"));
    this.#rows = new JointTable(/** @type {HTMLTableElement} */ (root.querySelector("table")));
    this.#details.addEventListener("toggle", () => this.#showJoints());
    for (const button of root.querySelectorAll("[data-order]")) {
      button.addEventListener("click", () => this.#sort(/** @type {Order} */ (button.getAttribute("data-order"))));
    }
    new ResizeObserver(() => this.#measure()).observe(this.#plot);
  }

  /** @param {ComparisonFigures | null} figures   null: nothing is compared */
  show(figures) {
    this.#figures = figures;
    const { pck_20 = null, pck_10 = null, px = null, mm = null, found = null, visibility = null } = figures ?? {};
    const shares = { pck_20, pck_10, found, visibility };
    for (const [name, share] of Object.entries(shares)) this.#write(name, percent(share));
    this.#write("px", px === null ? NOTHING : `${decimal(px, 1)} px`);
    this.#write("mm", mm === null ? NOTHING : `${decimal(mm, 0)} mm`);
    this.#write("words", courseWords(figures));
    this.#drawCourse();
    this.#showBody();
    this.#showJoints();
  }

  /** @param {string} name @param {string} text */
  #write(name, text) {
    setText(/** @type {Element} */ (this.#root.querySelector(`[data-figure="${name}"]`)), text);
  }

  /** Here only: to ask for sizes after each writing would have the page laid out twice. */
  #measure() {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.#space = { width: this.#plot.clientWidth, rem };
    this.#drawCourse();
  }

  #drawCourse() {
    if (this.#space.width > 0) this.#plot.replaceChildren(courseDrawing(this.#figures, this.#space));
  }

  #showBody() {
    const joints = this.#figures?.joints ?? [];
    for (const part of this.#root.querySelectorAll("[data-joints]")) {
      const names = (part.getAttribute("data-joints") ?? "").trim().split(/\s+/);
      const { px, torso } = together(joints, names);
      part.setAttribute("data-level", level(torso));
      setText(/** @type {Element} */ (part.querySelector("text")), decimal(px, 0));
    }
  }

  #showJoints() {
    if (this.#details.open) this.#rows.show(this.#figures?.joints ?? [], this.#order);
  }

  /** @param {Order} order */
  #sort(order) {
    this.#order = order;
    for (const button of this.#root.querySelectorAll("[data-order]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-order") === order));
    }
    this.#showJoints();
  }
}

/** Rows that stay the same elements, whatever their order, so that nothing is lost that a reader has selected. */
class JointTable {
  /** @type {{body: HTMLTableSectionElement, rows: Row[]}[]} */
  #groups;
  #flat = make("tbody");
  /** What is in the document now. */
  #shown = "";

  /** @param {HTMLTableElement} table */
  constructor(table) {
    this.#groups = BODY.map(({ group, rows }) => {
      const heading = make("tr", {}, make("th", { colspan: 3, scope: "rowgroup" }, group));
      return { body: make("tbody", {}, heading), rows: rows.map(tableRow) };
    });
    table.append(...this.#groups.map(({ body }) => body), this.#flat);
  }

  /** @param {readonly JointErrors[]} joints @param {Order} order */
  show(joints, order) {
    const all = this.#groups.flatMap(({ rows }) => rows);
    const known = new Map(joints.map((joint) => [joint.name, joint]));
    const of = (/** @type {string} */ name) => known.get(name) ?? { px: null, mm: null, torso: null };
    for (const { joints: names, cells } of all) cells.forEach((cell, i) => cell.show(of(names[i])));
    const worst = (/** @type {Row} */ row) => Math.max(...row.joints.map((name) => of(name).torso ?? -1));
    const sorted = order === "body" ? all : all.toSorted((a, b) => worst(b) - worst(a));
    this.#arrange(sorted, order);
  }

  /** @param {Row[]} sorted @param {Order} order */
  #arrange(sorted, order) {
    const wanted = `${order} ${sorted.map(({ joints }) => joints[0]).join(" ")}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    for (const { body, rows } of this.#groups) {
      body.hidden = order !== "body";
      if (order === "body") body.append(...rows.map(({ row }) => row));
    }
    if (order === "error") this.#flat.append(...sorted.map(({ row }) => row));
  }
}

/** @param {{label: string, joints: readonly string[]}} wanted @returns {Row} */
function tableRow({ label, joints }) {
  const cells = joints.map(() => jointCell(joints.length === 1));
  const row = make("tr", {}, make("th", { scope: "row" }, label), ...cells.map(({ cell }) => cell));
  return { joints, row, cells };
}

/** @param {boolean} alone   it has no left and right */
function jointCell(alone) {
  // The numbers say the same.
  const length = makeSvg("rect", { height: 1, width: 0 });
  const view = { viewBox: `0 0 ${FULL_BAR} 1`, preserveAspectRatio: "none" };
  const bar = makeSvg("svg", { class: "length", ...view, "aria-hidden": "true" }, length);
  const [px, mm] = [make("span", {}, NOTHING), make("span", { class: "muted" })];
  const cell = make("td", { colspan: alone ? 2 : null }, make("div", {}, bar, px, mm));
  const show = (/** @type {Errors} */ errors) => {
    length.setAttribute("width", String(Math.min(FULL_BAR, errors.torso ?? 0)));
    bar.setAttribute("data-level", level(errors.torso));
    setText(px, errors.px === null ? NOTHING : `${decimal(errors.px, errors.px < 10 ? 1 : 0)} px`);
    setText(mm, errors.mm === null ? "" : `${decimal(errors.mm, 0)} mm`);
  };
  return { cell, show };
}

/** @param {number | null} share @returns {string} */
function percent(share) {
  return share === null ? NOTHING : `${decimal(100 * share, 0)} %`;
}

/** @param {ComparisonFigures | null} figures @returns {string} what the plot shows */
export function courseWords(figures) {
  const range = figures && extent([figures.course.pck_20]);
  if (!range) return "Nothing has been compared yet.";
  const [low, high] = range.map((share) => decimal(100 * share, 0));
  return low === high ? `PCK@0.2 has been ${low} % throughout.` : `PCK@0.2 has been between ${low} and ${high} %.`;
}

/**
 * @param {ComparisonFigures | null} figures
 * @param {{width: number, rem: number}} space   CSS px
 * @returns {SVGElement} at its real size
 */
function courseDrawing(figures, { width, rem }) {
  const [left, right, height] = [SIZE.left * rem, width - SIZE.right * rem, SIZE.height * rem];
  const x = scale([-WINDOW_S, 0], [left, right]);
  const y = scale([0, 1], [height - SIZE.bottom * rem, SIZE.top * rem]);
  const svg = makeSvg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  for (const share of [0, 0.5, 1]) {
    const place = { x: left - SIZE.gap * rem, y: y(share) + SIZE.middle * rem, "text-anchor": "end" };
    svg.append(
      makeSvg("path", { class: "axis", d: `M${left} ${y(share)}H${right}` }),
      makeSvg("text", place, percent(share)),
    );
  }
  const foot = height - SIZE.middle * rem;
  svg.append(
    makeSvg("text", { x: left, y: foot }, `${WINDOW_S} s ago`),
    makeSvg("text", { x: right, y: foot, "text-anchor": "end" }, "now"),
  );
  if (figures === null) return svg;
  const { age_s, ...shares } = knownCourse(figures.course);
  svg.append(
    makeSvg("path", { class: "pck-10", d: linePath(age_s, shares.pck_10, x, y) }),
    makeSvg("path", { class: "pck-20", d: linePath(age_s, shares.pck_20, x, y) }),
  );
  return svg;
}

/**
 * Steps in which something was compared. Where frames are slower than steps, those between are no gap: what is one is
 * then told by how far apart the known steps usually are.
 * @param {ComparisonFigures["course"]} course
 * @returns {ComparisonFigures["course"]}
 */
export function knownCourse({ age_s, pck_20, pck_10 }) {
  const known = (/** @type {unknown} */ _, /** @type {number} */ i) => pck_20[i] !== null;
  return { age_s: age_s.filter(known), pck_20: pck_20.filter(known), pck_10: pck_10.filter(known) };
}
