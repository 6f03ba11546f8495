/**
 * One frame after another: crops, networks, projection, tracks and smoothing, from a picture to a {@link Result}.
 * @module
 */
import * as detection from "../pose/detection.js";
import { smoothPose } from "../pose/filters.js";
import * as projection from "../pose/projection.js";
import { cropToImage, letterbox, roiFromAlignment } from "../pose/roi.js";
import { Cropper, boxOf } from "./crop.js";
import * as people from "./people.js";

/** @typedef {import("./models.js").Runtime} Runtime */
/** @typedef {import("./people.js").State} State */
/**
 * A frame to look at.
 * @typedef {object} Picture
 * @property {[number, number]} size width, height, px
 * @property {(box: import("./crop.js").Box) => import("./crop.js").Pixels} pixels
 */
/** @typedef {import("./tracker.js").Person} Person */
/** @typedef {import("./tracker.js").Result} Result */
/** @typedef {import("../pose/projection.js").Pose} Pose */
/** @typedef {import("../pose/roi.js").Roi} Roi */
/** @typedef {{id: number, fresh: boolean, score: number, roi: Roi, pose: Pose}} Seen somebody, unsmoothed */
/** @typedef {{maxPeople: number, smooth: boolean}} Settings */

/** Below this probability the network saw nobody in the region (min_pose_presence_confidence). */
const MIN_FLAG = 0.5;

/** Follows people through a sequence of pictures, on given networks. */
export class Estimator {
  /** Replaceable as a whole, between frames. @type {State} */
  state = people.initialState();
  #runtime;
  #settings;
  #detectorCrop = new Cropper(detection.INPUT_SIDE, [-1, 1], "black");
  #landmarkCrop = new Cropper(projection.INPUT_SIDE, [0, 1], "edge");

  /**
   * @param {Runtime} runtime
   * @param {Settings} settings
   */
  constructor(runtime, settings) {
    this.#runtime = runtime;
    this.#settings = settings;
  }

  /** @param {Settings} settings from the next frame on */
  set settings(settings) {
    this.#settings = settings;
  }

  /**
   * @param {Picture} picture
   * @param {number} time s, when it was taken
   * @returns {Promise<Result>}
   */
  async estimate(picture, time) {
    const started = performance.now();
    const { maxPeople } = this.#settings;
    const imageSize = picture.size;
    let state = people.enterFrame(this.state, time, imageSize);
    const followed = await this.#follow(picture, state, maxPeople);
    state = followed.state;
    let detector = 0;
    let { seen } = followed;
    if (people.wantsDetection(state, maxPeople)) {
      const found = await this.#search(picture, { ...state, detected: time }, seen, maxPeople);
      ({ state, seen, detector } = found);
    }
    const smoothed = this.#smooth(state, seen, time);
    this.state = smoothed.state;
    const total = performance.now() - started;
    const timings = { detector, landmarks: total - detector, total };
    return { time, image_size: imageSize, people: smoothed.people, timings };
  }

  /**
   * Look for the people in view where they should be.
   * @param {Picture} picture
   * @param {State} state
   * @param {number} maxPeople
   * @returns {Promise<{state: State, seen: Seen[]}>}
   */
  async #follow(picture, state, maxPeople) {
    /** @type {Seen[]} */
    const seen = [];
    let next = state;
    for (const [place, { id, roi }] of state.tracks.entries()) {
      const found = place < maxPeople ? await this.#locate(picture, roi) : null;
      if (found) seen.push({ id, fresh: false, roi, ...found });
      else next = people.lose(next, id);
    }
    const twice = people.duplicates(seen);
    for (const id of twice) next = people.forget(next, id);
    return { state: next, seen: seen.filter(({ id }) => !twice.includes(id)) };
  }

  /**
   * Look for further people in the whole picture.
   * @param {Picture} picture
   * @param {State} state
   * @param {Seen[]} seen
   * @param {number} maxPeople
   * @returns {Promise<{state: State, seen: Seen[], detector: number}>} detector: ms
   */
  async #search(picture, state, seen, maxPeople) {
    const started = performance.now();
    const whole = letterbox(picture.size);
    const raw = await this.#runtime.detect(this.#crop(this.#detectorCrop, picture, whole));
    const detections = detection.suppress(detection.decodeDetections(raw.boxes, raw.scores));
    const detector = performance.now() - started;
    let next = state;
    const all = [...seen];
    for (const { keypoints } of detections) {
      if (next.tracks.length >= maxPeople) break;
      const [hip, scale, shoulder] = [0, 2, 4].map((k) => cropToImage(whole, keypoints[k], keypoints[k + 1]));
      if (people.occupant(next, [...hip, ...shoulder]) !== null) continue;
      const roi = roiFromAlignment(hip[0], hip[1], scale[0], scale[1]);
      const found = await this.#locate(picture, roi);
      if (!found) continue;
      const admitted = people.admit(next, found.pose);
      const candidate = { id: admitted.id, fresh: true, roi, ...found };
      if (people.duplicates([...all, candidate]).includes(candidate.id)) continue;
      next = admitted.state;
      all.push(candidate);
    }
    return { state: next, seen: all, detector };
  }

  /**
   * @param {Picture} picture
   * @param {Roi} roi
   * @returns {Promise<{score: number, pose: Pose} | null>} null when nobody is there, or nothing that can be trusted
   */
  async #locate(picture, roi) {
    if (!people.isUsable(roi, picture.size)) return null;
    const raw = await this.#runtime.locate(this.#crop(this.#landmarkCrop, picture, roi));
    if (!(raw.flag >= MIN_FLAG) || !Number.isFinite(raw.flag)) return null;
    const pose = projection.projectPose(raw, roi);
    return isFinitePose(pose) ? { score: raw.flag, pose } : null;
  }

  /** @param {Cropper} cropper @param {Picture} picture @param {Roi} roi */
  #crop(cropper, picture, roi) {
    return cropper.crop(picture.pixels(boxOf(roi, picture.size)), roi);
  }

  /**
   * @param {State} state
   * @param {Seen[]} seen
   * @param {number} time s
   * @returns {{state: State, people: Person[]}} by id
   */
  #smooth(state, seen, time) {
    let next = state;
    const found = [];
    for (const { id, fresh, score, roi, pose } of seen) {
      const filters = state.tracks.find((track) => track.id === id)?.filters ?? null;
      const smoothed = this.#settings.smooth ? smoothPose(filters, pose, time) : { pose, state: null };
      const person = toPerson({ id, fresh, score, roi, pose: smoothed.pose });
      if (isFinitePerson(person)) {
        next = people.follow(next, id, pose, smoothed.state);
        found.push(person);
      } else {
        next = people.forget(next, id);
      }
    }
    return { state: next, people: found.sort((a, b) => a.id - b.id) };
  }
}

/** @param {Seen} seen @returns {Person} */
function toPerson({ id, fresh, score, roi, pose }) {
  return {
    id,
    fresh,
    score,
    landmarks: Float32Array.from(pose.landmarks),
    world_landmarks: Float32Array.from(pose.world_landmarks),
    visibility: Float32Array.from(pose.visibility),
    presence: Float32Array.from(pose.presence),
    roi,
  };
}

/** @param {Pose} pose */
function isFinitePose({ landmarks, world_landmarks, visibility, presence, next_roi }) {
  return [landmarks, world_landmarks, visibility, presence, Object.values(next_roi)].every(allFinite);
}

/** The last gate before the tracker's exit, after rounding to 32 bits. @param {Person} person */
function isFinitePerson({ score, landmarks, world_landmarks, visibility, presence }) {
  return Number.isFinite(score) && [landmarks, world_landmarks, visibility, presence].every(allFinite);
}

/** @param {ArrayLike<number>} values */
function allFinite(values) {
  return Array.prototype.every.call(values, Number.isFinite);
}
