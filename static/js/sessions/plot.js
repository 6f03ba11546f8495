/** From a session's preview to lines, gaps and a sentence. Pure. */
import { decimal, duration, landmarkName, plural } from "../format.js";

/** @typedef {import("./api.js").Preview} Preview */
/** @typedef {import("./api.js").Series} Series */
/** @typedef {import("./api.js").Values} Values */
/** @typedef {(value: number) => number} Scale */

/** Drawn if the preview has them: the ends of the limbs say most. */
const FAVOURITES = ["left_wrist", "right_wrist", "left_ankle", "right_ankle"];
/** A value of less confidence is drawn faintly. */
export const CERTAIN = 0.5;

/**
 * @param {[number, number]} from   data
 * @param {[number, number]} to   px
 * @returns {Scale} linear; data without extent goes to the middle
 */
export function scale([low, high], [start, end]) {
  const span = high - low;
  return (value) => (span > 0 ? start + ((value - low) / span) * (end - start) : (start + end) / 2);
}

/** @param {Values[]} rows @returns {[number, number] | null} least and greatest, or null where there is no value */
export function extent(rows) {
  const values = rows.flat().filter((value) => value !== null);
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}

/** @param {Preview} preview @returns {number[]} ids */
export const peopleIn = ({ series }) => [...new Set(series.map(({ person }) => person))].sort((a, b) => a - b);

/** @param {Preview} preview @param {number} person @returns {Series[]} the favourites, else the first four there are */
export function chosenSeries({ series }, person) {
  const theirs = series.filter((one) => one.person === person);
  const favourites = theirs.filter(({ landmark }) => FAVOURITES.includes(landmark));
  return favourites.length > 0 ? favourites : theirs.slice(0, 4);
}

/**
 * An SVG path through the points that are there; a missing one interrupts it.
 * @param {number[]} time   s
 * @param {Values} values
 * @param {Scale} x
 * @param {Scale} y
 * @param {(i: number) => boolean} [keep]   leave out the others
 * @returns {string} "" where no two neighbours are there
 */
export function linePath(time, values, x, y, keep = () => true) {
  let path = "";
  let open = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || !keep(i)) {
      open = false;
      continue;
    }
    path += `${open ? "L" : "M"}${x(time[i]).toFixed(1)} ${y(value).toFixed(1)}`;
    open = true;
  }
  return path;
}

/**
 * The same as an area above a base line.
 * @param {number[]} time @param {Values} values @param {Scale} x @param {Scale} y @param {number} base   px
 * @returns {string}
 */
export function areaPath(time, values, x, y, base) {
  return runs(values, (value) => value !== null)
    .map(([first, last]) => {
      const top = linePath(time.slice(first, last + 1), values.slice(first, last + 1), x, y).slice(1);
      return `M${x(time[first]).toFixed(1)} ${base}L${top}L${x(time[last]).toFixed(1)} ${base}Z`;
    })
    .join("");
}

/**
 * Stretches without anybody.
 * @param {Preview} preview
 * @returns {[number, number][]} begin and end, s
 */
export function gaps({ time, mean_visibility: values }) {
  // A gap reaches from the last value before it to the first one after it.
  return runs(values, (value) => value === null).map(([first, last]) => [
    time[Math.max(0, first - 1)],
    time[Math.min(time.length - 1, last + 1)],
  ]);
}

/**
 * @param {Values} values
 * @param {(value: number | null) => boolean} belongs
 * @returns {[number, number][]} first and last index of each run that belongs
 */
function runs(values, belongs) {
  /** @type {[number, number][]} */
  const found = [];
  values.forEach((value, i) => {
    if (!belongs(value)) return;
    const last = found.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else found.push([i, i]);
  });
  return found;
}

/**
 * What the chart shows, in words.
 * @param {Preview} preview
 * @param {Series[]} series   those that are drawn
 * @returns {string}
 */
export function summary(preview, series) {
  const known = preview.mean_visibility.filter((value) => value !== null);
  if (known.length === 0) return "Nobody was seen in this session.";
  const length = preview.time[preview.time.length - 1] - preview.time[0];
  const ranges = series.flatMap(({ landmark, y_px: values }) => {
    const range = extent([values]);
    return range ? [`${landmarkName(landmark)} ${decimal(range[0], 0)} to ${decimal(range[1], 0)} px`] : [];
  });
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const empty = gaps(preview);
  const missing = empty.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const absence = empty.length === 0 ? "No gap." : `${plural(empty.length, "gap", "gaps")}, ${decimal(missing, 1)} s together.`;
  return `${duration(length)} long. Distance from the top: ${ranges.join(", ")}. Mean confidence ${decimal(100 * mean, 0)} %. ${absence}`;
}
