/** A session's chart: where a few joints were, and how sure the network was. Drawn at its real size. */
import { decimal, duration, landmarkName } from "../common/format.js";
import { make, makeSvg } from "../common/dom.js";
import { areaPath, extent, linePath, scale } from "../common/lines.js";
import * as plot from "./plot.js";

/** @typedef {import("./api.js").Preview} Preview */
/** @typedef {import("./api.js").Series} Series */
/** @typedef {import("./api.js").Comparison} Comparison */

/** CSS px. */
const HEIGHT = 240;
const BAND = 44;
const MARGIN = { left: 48, right: 12, top: 10, bottom: 24 };

/**
 * A person's joints; where it is known how they really moved, one of them beside its true line.
 * @param {Preview} preview
 * @param {Comparison | null} comparison   of a session with truth
 * @returns {HTMLElement} figure with chart, key, and the same in words
 */
export function sessionChart(preview, comparison) {
  const people = plot.peopleIn(preview);
  const figure = make("figure", { class: "chart" });
  const caption = make("figcaption", { class: "small muted" });
  const key = make("ul", { class: "key" });
  const canvas = make("div", { class: "plot" });
  const joints = make("select", { "aria-label": "Joint in the chart" });
  let person = people[0];
  const show = () => {
    const compared = plot.comparedSeries(preview, person);
    const series = compared.filter(({ landmark }) => landmark === joints.value);
    const drawn = compared.length > 0 ? series : plot.chosenSeries(preview, person);
    caption.textContent = plot.summary(preview, drawn);
    key.replaceChildren(...drawn.flatMap(keyEntries), confidenceEntry());
    if (canvas.clientWidth > 0) canvas.replaceChildren(drawing(preview, drawn, canvas.clientWidth));
  };
  const choose = (/** @type {number} */ who) => {
    person = who;
    const names = plot.comparedSeries(preview, person).map(({ landmark }) => landmark);
    joints.replaceChildren(...names.map((name) => make("option", { value: name }, landmarkName(name))));
    joints.hidden = names.length === 0;
  };
  choose(person);
  joints.addEventListener("change", show);
  const choices = [people.length > 1 ? personChoice(people, (who) => (choose(who), show())) : null, joints];
  if (people.length > 1 || comparison) figure.append(make("div", { class: "choices" }, ...choices));
  figure.append(key, canvas, caption);
  if (comparison) figure.append(make("p", { class: "comparison small" }, plot.comparisonText(comparison)));
  new ResizeObserver(show).observe(canvas);
  return figure;
}

/** @param {number[]} people @param {(person: number) => void} choose */
function personChoice(people, choose) {
  const options = people.map((person) => make("option", { value: person }, `Person ${person}`));
  const select = make("select", { "aria-label": "Person in the chart" }, ...options);
  select.addEventListener("change", () => choose(Number(select.value)));
  return select;
}

/** @param {Series} one @returns {HTMLElement[]} for its line, and its true one if there is one */
function keyEntries({ landmark, truth_y_px: truth }) {
  const name = landmarkName(landmark);
  if (!truth) return [keyEntry(lineClass(landmark), name)];
  return [keyEntry(lineClass(landmark), `${name}, tracked`), keyEntry("line truth", `${name}, true`)];
}

/** @param {string} classes   of the line @param {string} words */
function keyEntry(classes, words) {
  const swatch = makeSvg("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" });
  swatch.append(makeSvg("path", { d: "M2 6h24", class: classes }));
  return make("li", {}, swatch, words);
}

function confidenceEntry() {
  const swatch = makeSvg("svg", { viewBox: "0 0 28 12", "aria-hidden": "true" });
  swatch.append(makeSvg("path", { d: "M2 1h24v10h-24z", class: "confidence" }));
  return make("li", {}, swatch, "mean confidence");
}

/** @param {Preview} preview @param {Series[]} series @param {number} width   px @returns {SVGElement} */
function drawing(preview, series, width) {
  const { time } = preview;
  const svg = makeSvg("svg", {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    width: String(width),
    height: String(HEIGHT),
    "aria-hidden": "true",
  });
  const range = extent(series.flatMap(({ y_px: values, truth_y_px: truth = [] }) => [values, truth]));
  if (time.length === 0 || range === null) return svg;
  const right = width - MARGIN.right;
  const floor = HEIGHT - MARGIN.bottom;
  const x = scale([time[0], time[time.length - 1]], [MARGIN.left, right]);
  // The picture's y points down, and so do the chart's px: what is higher in the picture is higher here.
  const y = scale(range, [MARGIN.top, floor - BAND - 14]);
  const sure = scale([0, 1], [floor, floor - BAND]);

  for (const [begin, end] of plot.gaps(preview)) {
    const at = { x: x(begin).toFixed(1), width: Math.max(1, x(end) - x(begin)).toFixed(1) };
    svg.append(makeSvg("rect", { ...at, y: String(MARGIN.top), height: String(floor - MARGIN.top), class: "gap" }));
  }
  svg.append(makeSvg("path", { d: areaPath(time, preview.mean_visibility, x, sure, floor), class: "confidence" }));
  svg.append(
    makeSvg("path", { d: `M${MARGIN.left} ${floor}H${right}M${MARGIN.left} ${floor - BAND}H${right}`, class: "axis" }),
  );
  for (const { landmark, y_px: values, confidence, truth_y_px: truth } of series) {
    if (truth) svg.append(makeSvg("path", { d: linePath(time, truth, x, y), class: "line truth" }));
    const certain = (/** @type {number} */ i) => (confidence[i] ?? 0) >= plot.CERTAIN;
    svg.append(makeSvg("path", { d: linePath(time, values, x, y), class: `${lineClass(landmark)} faint` }));
    svg.append(makeSvg("path", { d: linePath(time, values, x, y, certain), class: lineClass(landmark) }));
  }
  const labels = /** @type {[number, number, string, string][]} */ ([
    [MARGIN.left - 6, y(range[0]) + 8, "end", `${decimal(range[0], 0)} px`],
    [MARGIN.left - 6, y(range[1]) + 2, "end", `${decimal(range[1], 0)} px`],
    [MARGIN.left - 6, sure(1) + 9, "end", "100 %"],
    [MARGIN.left - 6, floor, "end", "0 %"],
    [MARGIN.left, HEIGHT - 6, "start", duration(time[0])],
    [right, HEIGHT - 6, "end", duration(time[time.length - 1])],
  ]);
  for (const [left, top, anchor, text] of labels) {
    const label = makeSvg("text", { x: String(left), y: String(top), "text-anchor": anchor });
    label.textContent = text;
    svg.append(label);
  }
  return svg;
}

/** @param {string} landmark @returns {string} classes: side gives the colour, arm or leg the dash */
function lineClass(landmark) {
  const side = landmark.match(/left|right/)?.[0] ?? "centre";
  return `line ${side} ${/ankle|knee|hip|heel|foot/.test(landmark) ? "leg" : "arm"}`;
}
