/**
 * Who is who: tracks of people over time. Everything here is pure; the state is one plain object that may be replaced
 * or copied between workers.
 *
 * Places are compared by *anchors*: hip centre and shoulder centre, in px, as both the detector and a pose tell them.
 * Distances count in torso lengths, so that near and distant people are treated alike.
 * @module
 */
import { index } from "../pose/landmarks.js";
import { roiOverlap } from "../pose/roi.js";

/** @typedef {import("../pose/roi.js").Roi} Roi */
/** @typedef {import("../pose/projection.js").Pose} Pose */
/** @typedef {import("../pose/filters.js").PoseState} PoseState */
/** @typedef {number[]} Anchors hip centre x, y, shoulder centre x, y; px */
/**
 * One person being followed.
 * @typedef {object} Track
 * @property {number} id from 1
 * @property {Roi} roi where to look next
 * @property {Anchors} anchors where the person was last
 * @property {PoseState | null} filters
 * @property {number} seen s, the last frame with this person in it
 */
/**
 * @typedef {object} State
 * @property {number} next_id
 * @property {number} time s, of the last frame; -Infinity before the first
 * @property {[number, number]} image_size px, of the last frame
 * @property {number} detected s, when the detector last looked
 * @property {Track[]} tracks people in view, by id
 * @property {Track[]} lost people who went out of view within {@link RESUME_S}
 */

/** A person who comes back within this time and near the old place keeps the id. */
export const RESUME_S = 1;
/** How near: mean distance of the anchors, torso lengths. */
const RESUME_DISTANCE = 1;
/** With somebody in view and room for more, the detector looks for newcomers this often. */
export const LOOK_S = 1;
/** Anchors nearer than this, in torso lengths, are one person. Two people one behind the other differ in height. */
const SAME_ANCHORS = 0.5;
/** Poses whose landmarks are nearer than this on average, in torso lengths, are one person. */
const SAME_POSE = 0.3;
/** A region smaller than this, px, cannot show a person. */
const MIN_SIDE = 4;

const [LEFT_HIP, RIGHT_HIP] = [index("left_hip"), index("right_hip")];
const [LEFT_SHOULDER, RIGHT_SHOULDER] = [index("left_shoulder"), index("right_shoulder")];

/** @returns {State} before the first frame */
export function initialState() {
  return { next_id: 1, time: -Infinity, image_size: [0, 0], detected: -Infinity, tracks: [], lost: [] };
}

/**
 * The state in which a frame finds the tracker. When time goes back or the picture's size changes, the source is
 * another one: all tracks end, ids are not used again.
 * @param {State} state
 * @param {number} time s
 * @param {[number, number]} imageSize px
 * @returns {State}
 */
export function enterFrame(state, time, imageSize) {
  const sameSource = time >= state.time && String(imageSize) === String(state.image_size);
  const kept = sameSource ? state : { ...initialState(), next_id: state.next_id };
  return { ...kept, time, image_size: imageSize, lost: kept.lost.filter(({ seen }) => time - seen <= RESUME_S) };
}

/**
 * Whether the detector should look at this frame: at once when nobody is in view or somebody was lost a moment ago,
 * else from time to time while there is room for more.
 * @param {State} state
 * @param {number} maxPeople
 * @returns {boolean}
 */
export function wantsDetection({ tracks, lost, time, detected }, maxPeople) {
  if (tracks.length >= maxPeople) return false;
  return tracks.length === 0 || lost.length > 0 || time - detected >= LOOK_S;
}

/**
 * @param {State} state
 * @param {Anchors} anchors of a detection or a pose
 * @returns {number | null} id of the person in view who is there already
 */
export function occupant({ tracks }, anchors) {
  const found = tracks.find((track) => anchorDistance(track.anchors, anchors) < SAME_ANCHORS);
  return found ? found.id : null;
}

/**
 * Take in a person who was found anew: someone lost a moment ago near this place, or a newcomer.
 * @param {State} state
 * @param {Pose} pose
 * @returns {{state: State, id: number}}
 */
export function admit(state, pose) {
  const anchors = poseAnchors(pose);
  const near = (/** @type {Track} */ track) => anchorDistance(track.anchors, anchors);
  const known = state.lost.filter((track) => near(track) < RESUME_DISTANCE).sort((a, b) => near(a) - near(b))[0];
  const id = known ? known.id : state.next_id;
  const track = { id, roi: pose.next_roi, anchors, filters: null, seen: state.time };
  return {
    id,
    state: {
      ...state,
      next_id: Math.max(state.next_id, id + 1),
      tracks: [...state.tracks, track].sort((a, b) => a.id - b.id),
      lost: state.lost.filter((other) => other.id !== id),
    },
  };
}

/**
 * A person in view was seen again.
 * @param {State} state
 * @param {number} id
 * @param {Pose} pose before smoothing
 * @param {PoseState | null} filters after this frame
 * @returns {State}
 */
export function follow(state, id, pose, filters) {
  const tracks = state.tracks.map((track) =>
    track.id === id ? { id, roi: pose.next_roi, anchors: poseAnchors(pose), filters, seen: state.time } : track,
  );
  return { ...state, tracks };
}

/**
 * A person in view was not found in this frame.
 * @param {State} state
 * @param {number} id
 * @returns {State}
 */
export function lose(state, id) {
  const gone = state.tracks.filter((track) => track.id === id);
  return { ...state, tracks: state.tracks.filter((track) => track.id !== id), lost: [...state.lost, ...gone] };
}

/**
 * Forget a person altogether: nothing of the track can be trusted, or it was another's.
 * @param {State} state
 * @param {number} id
 * @returns {State}
 */
export function forget(state, id) {
  return { ...state, tracks: state.tracks.filter((track) => track.id !== id) };
}

/**
 * People whose tracks have collapsed on somebody with a lower id.
 * @param {readonly {id: number, pose: Pose}[]} people by id
 * @returns {number[]} ids
 */
export function duplicates(people) {
  return people
    .filter(({ pose }, i) => people.slice(0, i).some((earlier) => poseDistance(earlier.pose, pose) < SAME_POSE))
    .map(({ id }) => id);
}

/**
 * Whether a region can be looked at: finite, of some size, and partly inside the picture.
 * @param {Roi} roi
 * @param {readonly [number, number]} imageSize px
 * @returns {boolean}
 */
export function isUsable(roi, [width, height]) {
  const finite = Object.values(roi).every(Number.isFinite);
  if (!finite || roi.width < MIN_SIDE || roi.height < MIN_SIDE) return false;
  const picture = { x_center: width / 2, y_center: height / 2, width, height, rotation: 0 };
  return roiOverlap(roi, picture) > 0;
}

/** @param {Pose} pose @returns {Anchors} */
export function poseAnchors({ landmarks }) {
  const mean = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ axis) =>
    (landmarks[3 * a + axis] + landmarks[3 * b + axis]) / 2;
  return [
    mean(LEFT_HIP, RIGHT_HIP, 0),
    mean(LEFT_HIP, RIGHT_HIP, 1),
    mean(LEFT_SHOULDER, RIGHT_SHOULDER, 0),
    mean(LEFT_SHOULDER, RIGHT_SHOULDER, 1),
  ];
}

/**
 * Mean distance of two places' anchors.
 * @param {Anchors} a
 * @param {Anchors} b
 * @returns {number} in the longer torso's lengths
 */
export function anchorDistance(a, b) {
  const distance = (/** @type {number} */ k) => Math.hypot(a[2 * k] - b[2 * k], a[2 * k + 1] - b[2 * k + 1]);
  return (distance(0) + distance(1)) / 2 / Math.max(torso(a), torso(b));
}

/** @param {Anchors} anchors @returns {number} px between hip centre and shoulder centre */
function torso([hipX, hipY, shoulderX, shoulderY]) {
  return Math.hypot(hipX - shoulderX, hipY - shoulderY);
}

/** @param {Pose} a @param {Pose} b @returns {number} mean distance of landmarks, in the longer torso's lengths */
function poseDistance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.landmarks.length; i += 3) {
    sum += Math.hypot(a.landmarks[i] - b.landmarks[i], a.landmarks[i + 1] - b.landmarks[i + 1]);
  }
  return sum / (a.landmarks.length / 3) / Math.max(torso(poseAnchors(a)), torso(poseAnchors(b)));
}
