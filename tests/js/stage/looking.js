/**
 * A camera's view of somebody who plays a motion, as a perfect tracker would give it, and with a tracker's errors: the
 * mirror's
 * ground truth. Landmarks lie where a shipped character has them; joints come from the solved skeleton by forward
 * kinematics.
 */
import { readFileSync } from "node:fs";
import { NAMES } from "../../../static/js/pose/landmarks.js";
import { buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { ANATOMICAL } from "../../../static/js/stage/mirror/habits.js";
import { Mirror } from "../../../static/js/stage/mirror/index.js";
import { geometryOf } from "../../../static/js/stage/motion/index.js";
import { createRandom } from "../../../static/js/stage/random.js";
import { bone, forward } from "../../../static/js/stage/rig.js";
import { add, axisAngle, normalize, rotate, scale, subtract, Y } from "../../../static/js/stage/vectors.js";

const MODEL = JSON.parse(readFileSync(new URL("../../../static/characters/manifest.json", import.meta.url), "utf8")).characters.alder;

/**
 * Places of landmarks on somebody of another size.
 * @param {number} stature_m
 * @returns {[string, {bone: string, position: number[]}][]}
 */
const placesFor = (stature_m) => Object.entries(MODEL.landmarks).map(([name, { bone: on, position }]) => (
  [name, { bone: on, position: position.map((value) => (value * stature_m) / MODEL.height) }]));

/**
 * @param {Record<string, any>} frames from `forward` @param {number} stature_m
 * @returns {Record<string, readonly [number, number, number]>} landmarks in the stage, m
 */
export function landmarksOn(frames, stature_m) {
  return Object.fromEntries(placesFor(stature_m).map(([name, { bone: on, position }]) => (
    [name, add(frames[on].position, rotate(frames[on].quaternion, position))])));
}

/** A normal deviate. @param {any} random @returns {number} */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

/**
 * @param {{azimuth_rad?: number, noise_m?: number, seed?: number, id?: number}} [options] azimuth: of the camera, from
 *   the person's front to its left
 * @returns {(marks: Record<string, readonly [number, number, number]>, change?: {visibility?: Record<string, number>,
 *   garbage?: Record<string, readonly [number, number, number]>}) => any} marks in the stage to what a tracker gives;
 * garbage replaces landmarks,
 *   camera axes
 */
export function createCamera({ azimuth_rad = 0, noise_m = 0, seed = 1, id = 1 } = {}) {
  const random = createRandom(seed).fork("camera");
  const turn = axisAngle(Y, -azimuth_rad);
  return (marks, { visibility = {}, garbage = {} } = {}) => {
    const hips = scale(add(marks.left_hip, marks.right_hip), 0.5);
    const world = new Float32Array(99);
    NAMES.forEach((name, i) => {
      const [x, y, z] = rotate(turn, subtract(marks[name], hips));
      const seen = garbage[name] ?? [x, -y, -z];
      for (let axis = 0; axis < 3; axis++) world[3 * i + axis] = seen[axis] + (noise_m > 0 ? noise_m * normal(random) : 0);
    });
    const certain = Float32Array.from(NAMES, (name) => visibility[name] ?? 0.98);
    return { id, fresh: false, score: 1, landmarks: new Float32Array(99), world_landmarks: world, visibility: certain, presence: certain };
  };
}

const LIMBS = [
  ["upper_arm", "Arm", "ForeArm"], ["forearm", "ForeArm", "Hand"], ["thigh", "UpLeg", "Leg"], ["shank", "Leg", "Foot"],
];

/**
 * Directions that source and mirror image are compared by.
 * @param {Record<string, any>} frames @param {{mirrored?: boolean, azimuth_rad?: number}} [view] turns a source into
 *   what its image should be
 * @returns {Record<string, readonly [number, number, number]>} unit
 */
export function directions(frames, { mirrored = false, azimuth_rad = 0 } = {}) {
  const turn = axisAngle(Y, -azimuth_rad);
  /** @param {readonly [number, number, number]} v */
  const image = (v) => {
    const [x, y, z] = rotate(turn, normalize(v));
    return mirrored ? [-x, y, z] : [x, y, z];
  };
  const at = (name) => frames[name].position;
  const found = {};
  for (const side of ["left", "right"]) {
    const other = side === "left" ? "right" : "left";
    for (const [limb, from, to] of LIMBS) {
      found[`${mirrored ? other : side}_${limb}`] = image(subtract(at(bone(side, to)), at(bone(side, from))));
    }
  }
  const middle = (part) => scale(add(at(`Left${part}`), at(`Right${part}`)), 0.5);
  found.torso = image(subtract(middle("Arm"), middle("UpLeg")));
  return found;
}

/** Frames a second of the camera. */
export const RATE = 30;

/** @param {string[]} kinds @param {any} body @returns {any[]} geometry of aids that fit */
export const aidsFor = (kinds, body) => kinds.map((kind) => geometryOf(buildEquipment(kind, fitEquipment(kind, body))));

/**
 * Somebody plays a motion before the camera, and a character mirrors it.
 * @param {object} scene
 * @param {any} scene.play as `rehearse` gives it @param {{rig: any, body: any}} scene.target the character
 * @param {Parameters<typeof createCamera>[0]} [scene.camera] @param {object} [scene.options] of the Mirror
 * @param {number} [scene.seconds]
 * @param {(t_s: number, marks: Record<string, any>) => any} [scene.change] what the tracker gets wrong; null: sees
 *   nobody
 * @yields {{t: number, shot: any, out: any, frames: any, mirror: Mirror, person: any}}
 */
export function* reflect({ play, target, camera = {}, options = {}, seconds = 6, change }) {
  const mirror = new Mirror({ rig: target.rig, body: target.body, habits: ANATOMICAL, ...options });
  const look = createCamera(camera);
  for (let k = 0; k < seconds * RATE; k++) {
    const t = k / RATE;
    const shot = play.at(t);
    const marks = landmarksOn(shot.frames, play.body.stature_m);
    const wrong = change ? change(t, marks) : undefined;
    const person = wrong === null ? null : look(marks, wrong);
    const out = mirror.update(person, t);
    yield { t, shot, out, frames: forward(target.rig, out.pose), mirror, person };
  }
}

/** @param {readonly number[]} a unit @param {readonly number[]} b unit @returns {number} degrees */
export const degreesApart = (a, b) => (Math.acos(Math.min(1, Math.max(-1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]))) * 180) / Math.PI;

/** @param {number[]} values @param {number} share @returns {number} */
export const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
