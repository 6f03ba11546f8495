/** Numbers as people read them. All functions are pure; what is not a finite number becomes an en dash. */
import { OWN, labelOf } from "../../tracker/names.js";

export const NOTHING = "–";

/**
 * @param {number | null | undefined} value
 * @param {number} digits   after the decimal point
 * @returns {string}
 */
export function decimal(value, digits) {
  return Number.isFinite(value) ? Number(value).toFixed(digits) : NOTHING;
}

/**
 * @param {number | null | undefined} seconds
 * @returns {string} "0:07", "12:30", "1:02:03"
 */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return NOTHING;
  const whole = Math.max(0, Math.floor(Number(seconds)));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * @param {number | null | undefined} count   bytes
 * @returns {string} decimal units: "312 B", "6.5 MB"
 */
export function bytes(count) {
  if (!Number.isFinite(count)) return NOTHING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = Number(count);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/**
 * @param {number} count
 * @param {string} one   what one of them is called
 * @param {string} many   what several (and none) are called
 * @returns {string} "1 frame", "1,204 frames"
 */
export function plural(count, one, many) {
  // The first number that is written by locale costs the page's thread 12 ms: only those with separators are.
  const written = Math.abs(count) < 1000 ? String(count) : count.toLocaleString("en");
  return `${written} ${count === 1 ? one : many}`;
}

/**
 * @param {string} iso   ISO 8601 with its zone
 * @returns {string} date and time of the reader's zone and language
 */
export function moment(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return NOTHING;
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/**
 * @param {string} name   "blazepose-full", "own/mine", as recordings have it "blazepose-full@0123456789ab"
 * @returns {string} "BlazePose full", "mine (your own)"
 */
export function modelName(name) {
  const [plain] = name.split("@");
  if (plain.startsWith(OWN)) return `${labelOf(plain)} (your own)`; // as its user has written it
  return plain.replace(/^blazepose-/, "BlazePose ").replaceAll("-", " ");
}

/**
 * @param {string} name   "left_foot_index"
 * @returns {string} "left foot index"
 */
export function landmarkName(name) {
  return name.replaceAll("_", " ");
}

/**
 * Why a back end cannot be used, without its name in front and without the details in brackets.
 * @param {string | null} reason   "webgl: drawn in software (SwiftShader (0xC0DE)), which is slower"
 * @returns {string} "drawn in software, which is slower"
 */
export function shortReason(reason) {
  let text = (reason ?? "").replace(/^\w+: /, "");
  for (let longer = ""; longer !== text;) {
    longer = text;
    text = text.replace(/\s*\([^()]*\)/, "");
  }
  return text || "not available";
}

const BACKENDS = new Map([
  ["webgpu", "WebGPU"],
  ["webgl", "WebGL"],
  ["wasm", "WASM"],
]);

/**
 * @param {{backend: string, threads: number}} choice   as the tracker has it
 * @returns {string} "WebGPU", "WASM", "WASM × 3" (three threads)
 */
export function backendWords({ backend, threads }) {
  const name = BACKENDS.get(backend) ?? backend;
  return threads > 1 ? `${name} × ${threads}` : name;
}
