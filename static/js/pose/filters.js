/**
 * Smoothing over time; twin of `pose/filters.py`.
 *
 * The one-euro filter of Casiez et al. (CHI 2012) in MediaPipe's form (OneEuroFilter, LandmarksSmoothingCalculator):
 * speed counts in body sizes, so that near and distant people are smoothed alike, and from raw value to raw value.
 * Functions are pure: they take the state of the last frame (null at first) and give a new one.
 * @module
 */

/** @typedef {import("./projection.js").Pose} Pose */
/**
 * @typedef {object} OneEuro
 * @property {number} minCutoff Hz, at rest
 * @property {number} beta Hz per (body sizes per second)
 * @property {number} derivativeCutoff Hz
 */
/**
 * @typedef {object} OneEuroState
 * @property {number} time s, of the last value
 * @property {Float64Array} raw the last values as they came
 * @property {Float64Array} speed smoothed, body sizes per second
 * @property {Float64Array} smooth the last values as they went out
 */
/** @typedef {{landmarks: OneEuroState, world_landmarks: OneEuroState, visibility: Float64Array}} PoseState */

/** MediaPipe's parameters for landmarks in the image, measured against the region's side. @type {OneEuro} */
export const LANDMARKS = { minCutoff: 0.05, beta: 80, derivativeCutoff: 1 };
/** MediaPipe's parameters for world landmarks, measured against a metre. @type {OneEuro} */
export const WORLD_LANDMARKS = { minCutoff: 0.1, beta: 40, derivativeCutoff: 1 };
const METRE = 1;
/** Share of the new value in a smoothed visibility. */
export const VISIBILITY_SHARE = 0.1;
/** A smaller body, in its own unit, is not smoothed at all. */
const MIN_SIZE = 1e-6;

/**
 * Share of the new value in a first-order low-pass filter.
 * @param {number} cutoff Hz
 * @param {number} rate Hz
 */
function share(cutoff, rate) {
  const tau = 1 / (2 * Math.PI * cutoff);
  return 1 / (1 + tau * rate);
}

/**
 * @param {OneEuro} parameters
 * @param {OneEuroState | null} state
 * @param {Float64Array} values in any unit
 * @param {number} time s
 * @param {number} size of the body, in the values' unit
 * @returns {{values: Float64Array, state: OneEuroState | null}} values unchanged and the state kept when time does
 *   not move on or the body has no size
 */
export function oneEuro(parameters, state, values, time, size) {
  if (size < MIN_SIZE || (state && time <= state.time)) return { values, state };
  if (!state) {
    return { values, state: { time, raw: values, speed: new Float64Array(values.length), smooth: values } };
  }
  const rate = 1 / (time - state.time);
  const speedShare = share(parameters.derivativeCutoff, rate);
  const speed = new Float64Array(values.length);
  const smooth = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const raw = ((values[i] - state.raw[i]) / size) * rate;
    speed[i] = speedShare * raw + (1 - speedShare) * state.speed[i];
    const valueShare = share(parameters.minCutoff + parameters.beta * Math.abs(speed[i]), rate);
    smooth[i] = valueShare * values[i] + (1 - valueShare) * state.smooth[i];
  }
  return { values: smooth, state: { time, raw: values, speed, smooth } };
}

/**
 * @param {Float64Array | null} last what this function gave for the last frame
 * @param {Float64Array} values
 * @param {number} newShare 0..1
 * @returns {Float64Array}
 */
export function lowPass(last, values, newShare) {
  return last ? values.map((value, i) => newShare * value + (1 - newShare) * last[i]) : values;
}

/**
 * Smooth a pose as MediaPipe's PoseLandmarker does in a video: landmarks, world landmarks and visibility; presence
 * and the next region stay as they are.
 * @param {PoseState | null} state of this person, null on a fresh track
 * @param {Pose} pose
 * @param {number} time s
 * @returns {{pose: Pose, state: PoseState | null}}
 */
export function smoothPose(state, pose, time) {
  if (state && time <= state.landmarks.time) return { pose, state };
  const side = (pose.next_roi.width + pose.next_roi.height) / 2;
  const image = oneEuro(LANDMARKS, state && state.landmarks, pose.landmarks, time, side);
  const world = oneEuro(WORLD_LANDMARKS, state && state.world_landmarks, pose.world_landmarks, time, METRE);
  const visibility = lowPass(state && state.visibility, pose.visibility, VISIBILITY_SHARE);
  const smoothed = { ...pose, landmarks: image.values, world_landmarks: world.values, visibility };
  const next = image.state && world.state && { landmarks: image.state, world_landmarks: world.state, visibility };
  return { pose: smoothed, state: next };
}
