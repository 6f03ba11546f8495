/** From a session's preview to its people, gaps and a sentence. Pure. */
import { decimal, duration, landmarkName, plural } from "../common/format.js";
import { extent, longestPause } from "../common/lines.js";

/** @typedef {import("./api.js").Preview} Preview */
/** @typedef {import("./api.js").Series} Series */
/** @typedef {import("./api.js").Comparison} Comparison */
/** @typedef {import("./api.js").Values} Values */

/** Drawn if they were seen: the ends of the limbs say most. */
const FAVOURITES = ["left_wrist", "right_wrist", "left_ankle", "right_ankle"];
/** A value of less confidence is drawn faintly. */
export const CERTAIN = 0.5;

/**
 * @param {Preview} preview
 * @returns {number[]} ids; who is seen longest comes first
 */
export function peopleIn({ series }) {
  /** @type {Map<number, number>} points with this person */
  const seen = new Map();
  for (const { person, y_px } of series) {
    seen.set(person, Math.max(seen.get(person) ?? 0, y_px.filter((y) => y !== null).length));
  }
  return [...seen.keys()].sort((a, b) => (seen.get(b) ?? 0) - (seen.get(a) ?? 0) || a - b);
}

/**
 * The joints to draw of a person: those favourites that were seen well, else the four that were seen best.
 * @param {Preview} preview
 * @param {number} person
 * @returns {Series[]}
 */
export function chosenSeries({ series }, person) {
  const theirs = series.filter((one) => one.person === person);
  const seen = theirs.filter(
    ({ landmark, confidence }) => FAVOURITES.includes(landmark) && mean(confidence) >= CERTAIN,
  );
  return seen.length >= 2 ? seen : theirs.sort((a, b) => mean(b.confidence) - mean(a.confidence)).slice(0, 4);
}

/**
 * The joints of a person that can be compared: those whose true place is known.
 * @param {Preview} preview
 * @param {number} person
 * @returns {Series[]} first those that are drawn where there is no truth
 */
export function comparedSeries(preview, person) {
  const first = chosenSeries(preview, person);
  const others = preview.series.filter((one) => one.person === person && !first.includes(one));
  return [...first, ...others].filter(({ truth_y_px: truth }) => truth?.some((y) => y !== null));
}

/**
 * A session's figures in words.
 * @param {Comparison} comparison
 * @returns {string}
 */
export function comparisonText({ shown, found, pck_20: pck, px, mm }) {
  if (shown === 0) return "No character was shown in this session.";
  const missed = shown - found;
  const share = `${decimal((100 * missed) / shown, missed > 0 && missed * 100 < shown ? 1 : 0)} %`;
  const misses =
    missed === 0 ? "Never missed." : `Missed in ${plural(missed, "frame", "frames")} of ${shown} (${share}).`;
  if (pck === null) return `Tracked against true joints, on synthetic renders: none was in the picture. ${misses}`;
  const right = `${decimal(100 * pck, 1)} % within a fifth of the torso’s length (PCK@0.2)`;
  const means = px === null ? "" : `, ${decimal(px, 1)} px and ${decimal(mm, 0)} mm off on average`;
  return `Tracked against true joints, on synthetic renders: ${right}${means}. ${misses}`;
}

/** @param {Values} values @returns {number} of those that are there; 0 where none is */
function mean(values) {
  const known = values.filter((value) => value !== null);
  return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
}

/**
 * Stretches without anybody.
 * @param {Preview} preview
 * @returns {[number, number][]} begin and end, s: the last time somebody was there, and the next
 */
export function gaps({ time, mean_visibility: values }) {
  if (time.length === 0) return [];
  const pause = longestPause(time);
  const seen = time.filter((_, i) => values[i] !== null);
  const marks = [time[0], ...seen, time[time.length - 1]];
  return marks
    .slice(1)
    .flatMap((mark, i) => (mark - marks[i] > pause ? [/** @type {[number, number]} */ ([marks[i], mark])] : []));
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
  const empty = gaps(preview);
  const missing = empty.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const absence =
    empty.length === 0 ? "No gap." : `${plural(empty.length, "gap", "gaps")}, ${decimal(missing, 1)} s together.`;
  const sure = `Mean confidence ${decimal(100 * mean(known), 0)} %.`;
  return `${duration(length)} long. Distance from the top: ${ranges.join(", ")}. ${sure} ${absence}`;
}
