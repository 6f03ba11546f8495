/** The server's HTTP API for recorded sessions. The access cookie that came with the page lets these calls in. */

/** @typedef {"queued" | "running" | "done" | "failed"} JobState */
/** @typedef {{state: JobState, progress: number, reason?: string | null}} Rescore   progress: 0..1 */
/**
 * @typedef {object} Session
 * @property {string} id
 * @property {string} pseudonym
 * @property {string} created   ISO 8601, UTC
 * @property {number} duration_s
 * @property {number} frames
 * @property {number} people
 * @property {number} fps
 * @property {string} model
 * @property {string} backend
 * @property {string} source
 * @property {"recording" | "interrupted" | "ended"} state   interrupted: not ended, and nothing came for a while
 * @property {number} bytes
 * @property {Rescore | null} rescore
 * @property {string} schema   of a frame, as in static/spec/wire.json
 * @property {boolean} truth   whether it holds what is true of a character beside what was tracked
 */
/** @typedef {(number | null)[]} Values   null: nothing was seen then */
/**
 * y: px from the top
 * @typedef {{person: number, landmark: string, y_px: Values, confidence: Values, truth_y_px?: Values}} Series
 */
/** @typedef {{time: number[], series: Series[], mean_visibility: Values}} Preview   time: s */

/**
 * Tracked against true joints; null: nothing is known
 * @typedef {object} Comparison
 * @property {number} shown   characters, once for each frame
 * @property {number} found   those that were tracked
 * @property {number | null} pck_20   share of joints within a fifth of the torso's length, 0..1; none of those missed
 * @property {number | null} px   mean distance in the image
 * @property {number | null} mm   mean distance in space, hip centres laid on each other
 */

/** An answer that is no success: what the server said about it. */
class ApiError extends Error {
  /**
   * @param {number} status   HTTP; 0: the server was not reached
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/**
 * @param {string} path   below /api
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the JSON, or null where there is none
 * @throws {ApiError}
 */
async function call(path, options) {
  let response;
  try {
    response = await fetch(`/api${path}`, { headers: { Accept: "application/json" }, ...options });
  } catch {
    throw new ApiError(0, "The server cannot be reached.");
  }
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  throw new ApiError(response.status, body?.error?.message ?? `The server answered ${response.status}.`);
}

/** @param {string} id */
const path = (id) => `/sessions/${encodeURIComponent(id)}`;

/** @param {number} limit @param {number} offset @returns {Promise<{sessions: Session[], total: number}>} newest 1st */
export const listSessions = (limit, offset) => call(`/sessions?limit=${limit}&offset=${offset}`);

/** @param {string} id @param {number} points   at most so many per series @returns {Promise<Preview>} */
export const previewSession = (id, points) => call(`${path(id)}/preview?points=${points}`);

/** @param {string} id   of a session with truth @returns {Promise<Comparison>} */
export const compareSession = (id) => call(`${path(id)}/comparison`);

/** @param {string} id @returns {Promise<null>} */
export const deleteSession = (id) => call(path(id), { method: "DELETE" });

/** @param {string} id @returns {Promise<unknown>} the job; its progress comes over the link */
export const rescoreSession = (id) => call(`${path(id)}/rescore`, { method: "POST" });

/** @param {string} id @param {string} format   csv, jsonl or parquet @param {string} version   raw or rescored */
export const exportUrl = (id, format, version) => `/api${path(id)}/export?format=${format}&version=${version}`;
