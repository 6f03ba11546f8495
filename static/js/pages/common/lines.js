/** From values over time to lines and areas of an SVG. Pure. */

/** @typedef {(number | null)[]} Values   null: nothing is known */
/** @typedef {(value: number) => number} Scale */

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

/**
 * A pause longer than this is a gap, s; shorter ones come from frames that arrive unevenly. Where the preview's points
 * are further apart, one that is missing is a gap.
 * @param {number[]} time   s, evenly spaced
 * @returns {number} s
 */
export function longestPause(time) {
  const spacing = (time[time.length - 1] - time[0]) / Math.max(1, time.length - 1);
  return Math.max(0.5, 1.5 * spacing);
}

/**
 * The values that are there, in stretches without a gap.
 * @param {number[]} time   s
 * @param {Values} values
 * @param {(i: number) => boolean} [keep]   the others interrupt a stretch
 * @returns {[number, number][][]} of [time, value]
 */
function stretches(time, values, keep = () => true) {
  const pause = longestPause(time);
  /** @type {[number, number][][]} */
  const found = [];
  let open = false;
  values.forEach((value, i) => {
    if (value === null) return;
    const last = found.at(-1)?.at(-1);
    const joined = open && last !== undefined && time[i] - last[0] <= pause;
    open = keep(i);
    if (open && joined) found.at(-1)?.push([time[i], value]);
    else if (open) found.push([[time[i], value]]);
  });
  return found;
}

/**
 * An SVG path through the points that are there; a gap interrupts it.
 * @param {number[]} time   s
 * @param {Values} values
 * @param {Scale} x
 * @param {Scale} y
 * @param {(i: number) => boolean} [keep]   leave out the others
 * @returns {string} "" where nothing is there
 */
export function linePath(time, values, x, y, keep) {
  return stretches(time, values, keep)
    .map((points) => `M${through(points, x, y)}`)
    .join("");
}

/**
 * The same as an area above a base line.
 * @param {number[]} time @param {Values} values @param {Scale} x @param {Scale} y @param {number} base   px
 * @returns {string}
 */
export function areaPath(time, values, x, y, base) {
  return stretches(time, values)
    .map((points) => {
      const [first, last] = [points[0][0], points[points.length - 1][0]].map((t) => x(t).toFixed(1));
      return `M${first} ${base}L${through(points, x, y)}L${last} ${base}Z`;
    })
    .join("");
}

/** @param {[number, number][]} points @param {Scale} x @param {Scale} y @returns {string} */
function through(points, x, y) {
  return points.map(([t, value]) => `${x(t).toFixed(1)} ${y(value).toFixed(1)}`).join("L");
}
