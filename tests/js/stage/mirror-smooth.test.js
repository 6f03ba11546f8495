/** Calm, prompt, without flips; and feet that stay where they stand. */
import assert from "node:assert/strict";
import test from "node:test";
import { solve } from "../../../static/js/stage/kinematics.js";
import { ANATOMICAL } from "../../../static/js/stage/mirror/habits.js";
import { Mirror } from "../../../static/js/stage/mirror/index.js";
import { forward } from "../../../static/js/stage/rig.js";
import { conjugate, length, multiply, toRotationVector } from "../../../static/js/stage/vectors.js";
import { PEOPLE } from "./bodies.js";
import { createCamera, degreesApart, directions, landmarksOn, RATE, reflect } from "./looking.js";
import { rehearse, repertoire, sole } from "./rehearsal.js";

const DEGREE = Math.PI / 180;
const [, , ADULT, , LONG_LEGS, TALL] = PEOPLE;
const REPERTOIRE = repertoire();
const STANDING = rehearse(/** @type {any} */ (REPERTOIRE.find(({ name }) => name === "standing")), ADULT, 3);
/** The noise of somebody who keeps still is reduced to this share, per metre of noise; degrees a second, RMS. */
const CALM = [[0.005, 0.33], [0.01, 0.42]];
/** The figure for what the mirror may add, s. */
const LATE_S = 0.06;
/** Standing feet: the figure, m/s. */
const SLIDE = 0.005;
/** Faster turns than this from frame to frame are flips, radians: 23 degrees, at 30 a second 12 rad/s. */
const FLIP = 0.4;

/**
 * Somebody who stands still but for the left arm.
 * @param {any} angles clinical
 * @returns {Record<string, any>} landmarks
 */
function withArm(angles) {
  const arm = { angles: { flexion: 0, abduction: 0.16, rotation: 0.25, elbow: 0.28, pronation: 0.25, ...angles }, closed: 0.2 };
  return landmarksOn(forward(ADULT.rig, solve(ADULT.rig, { ...STANDING.motion.at(0), left_hand: arm }).pose), ADULT.body.stature_m);
}

/**
 * @param {Float32Array} world
 * @param {number} from
 * @param {number} to
 * @returns {[number, number, number]} unit, stage axes
 */
function raw(world, from, to) {
  const [x, y, z] = [0, 1, 2].map((axis) => (world[3 * to + axis] - world[3 * from + axis]) * (axis === 0 ? 1 : -1));
  const size = Math.hypot(x, y, z);
  return [x / size, y / size, z / size];
}

test("somebody who keeps still is mirrored calmly", () => {
  const parts = { left_upper_arm: [11, 13], left_forearm: [13, 15], left_thigh: [23, 25], left_shank: [25, 27] };
  const marks = landmarksOn(STANDING.at(0).frames, ADULT.body.stature_m);
  for (const [noise_m, share] of CALM) {
    const mirror = new Mirror({ rig: TALL.rig, body: TALL.body, habits: ANATOMICAL, mirrored: false });
    const look = createCamera({ noise_m });
    const sums = Object.fromEntries(Object.keys(parts).map((name) => [name, [0, 0]]));
    let before = null;
    for (let k = 0; k < 600; k++) {
      const person = look(/** @type {any} */ (marks));
      const frames = forward(TALL.rig, mirror.update(person, k / RATE).pose);
      const found = directions(frames);
      const now = Object.fromEntries(Object.entries(parts).map(([name, [from, to]]) => [name, [raw(person.world_landmarks, from, to), found[name]]]));
      if (before && k > 60) {
        for (const name of Object.keys(parts)) for (const kind of [0, 1]) sums[name][kind] += (degreesApart(now[name][kind], before[name][kind]) * RATE) ** 2;
      }
      before = now;
    }
    for (const [name, [seen, shown]] of Object.entries(sums)) {
      const ratio = Math.sqrt(shown / seen);
      assert.ok(ratio < share, `${name} at ${noise_m} m: ${Math.sqrt(seen / 540).toFixed(0)} to ${Math.sqrt(shown / 540).toFixed(0)} degrees a second`);
    }
  }
});

test("it adds less than 60 ms", () => {
  for (const [hz, swing] of [[0.25, 0.6], [0.5, 0.6], [1, 0.5], [2, 0.3]]) {
    const mirror = new Mirror({ rig: TALL.rig, body: TALL.body, habits: ANATOMICAL, mirrored: false });
    const look = createCamera();
    const sums = [0, 0];
    for (let k = 0; k < 60 + (4 * RATE) / Math.min(hz, 1); k++) {
      const t = k / RATE;
      const out = mirror.update(look(withArm({ flexion: 0.7 + swing * Math.sin(2 * Math.PI * hz * t) })), t);
      const [, y, z] = directions(forward(TALL.rig, out.pose)).left_upper_arm;
      if (k < 60) continue;
      const angle = Math.atan2(z, -y) - 0.7;
      sums[0] += angle * Math.sin(2 * Math.PI * hz * t);
      sums[1] += angle * Math.cos(2 * Math.PI * hz * t);
    }
    const late = -Math.atan2(sums[1], sums[0]) / (2 * Math.PI * hz);
    assert.ok(late > 0 && late < LATE_S, `${hz} Hz: ${(1000 * late).toFixed(0)} ms`);
  }
  // A quick reach: half way 1.125 s after the beginning.
  const mirror = new Mirror({ rig: TALL.rig, body: TALL.body, habits: ANATOMICAL, mirrored: false });
  const look = createCamera();
  let [half, before] = [NaN, 0];
  for (let k = 0; k < 60; k++) {
    const u = Math.min(1, Math.max(0, (k / RATE - 1) / 0.25));
    const [, y, z] = directions(forward(TALL.rig, mirror.update(look(withArm({ flexion: 0.1 + 1.2 * u * u * (3 - 2 * u) })), k / RATE).pose)).left_upper_arm;
    const angle = Math.atan2(z, -y);
    if (Number.isNaN(half) && angle > 0.7) half = (k - (angle - 0.7) / (angle - before)) / RATE;
    before = angle;
  }
  assert.ok(half - 1.125 < LATE_S, `${half}`);
});

/** Ways of the left arm through poses where a joint's plane or twist is not defined; u from 0 to 1. */
const WAYS = {
  "from hanging ahead to overhead and beyond": (/** @type {number} */ u) => ({ flexion: 3.3 * u, elbow: 0.02 }),
  "from hanging aside to overhead": (/** @type {number} */ u) => ({ abduction: 3.1 * u, elbow: 0 }),
  "a T-pose, straight, turning": (/** @type {number} */ u) => ({ abduction: Math.PI / 2, elbow: 0, pronation: 1.4 * Math.sin(7 * u) }),
  "behind the back": (/** @type {number} */ u) => ({ flexion: -1 * u, elbow: 1.9 * u, rotation: 1 * u }),
  "a straight arm in a circle": (/** @type {number} */ u) => ({ flexion: 1.5 + 0.8 * Math.sin(6.28 * u), abduction: 0.8 + 0.8 * Math.cos(6.28 * u), elbow: 0.01 }),
  "folding and stretching": (/** @type {number} */ u) => ({ flexion: 1, elbow: 2.4 * Math.sin(Math.PI * u) ** 2 }),
};
for (const [name, way] of Object.entries(WAYS)) {
  test(`no flips: ${name}`, () => {
    for (const noise_m of [0, 0.005]) {
      const mirror = new Mirror({ rig: TALL.rig, body: TALL.body, habits: ANATOMICAL, mirrored: false });
      const look = createCamera({ noise_m, seed: 2 });
      let before = null;
      const seconds = 3;
      for (let k = 0; k < 2 * seconds * RATE; k++) {
        const u = k / RATE / seconds;
        const out = mirror.update(look(withArm(way(u < 1 ? u : 2 - u))), k / RATE);
        for (const [bone, turn] of Object.entries(out.pose.rotations)) {
          assert.ok(Math.abs(Math.hypot(...turn) - 1) < 1e-6, bone);
          if (!before) continue;
          const turned = length(toRotationVector(multiply(turn, conjugate(before[bone]))));
          assert.ok(turned < FLIP, `${bone} turns by ${(turned / DEGREE).toFixed(0)} degrees at ${(k / RATE).toFixed(2)} with ${noise_m} m of noise`);
        }
        before = out.pose.rotations;
      }
    }
  });
}

/**
 * The part of a standing foot that is on the floor in both frames.
 * @param {any} now
 * @param {any} before
 * @returns {number} m
 */
function slid(now, before) {
  const lowest = ["heel", "ball"].sort((a, b) => Math.max(now[a][1], before[a][1]) - Math.max(now[b][1], before[b][1]))[0];
  return Math.hypot(now[lowest][0] - before[lowest][0], now[lowest][2] - before[lowest][2]);
}

for (const noise_m of [0, 0.005, 0.01]) {
  test(`standing feet do not slide, with ${1000 * noise_m} mm of noise`, () => {
    for (const name of ["standing", "walking", "reaching left", "rollator_walk", "walker_step_to", "crutch_two_point", "crutch_swing_through"]) {
      const play = rehearse(/** @type {any} */ (REPERTOIRE.find((one) => one.name.startsWith(name))), ADULT, 3);
      for (const target of noise_m === 0.005 ? [LONG_LEGS] : [TALL]) {
        let before = null;
        let [stood, lowest] = [0, 1];
        for (const { t, out, frames } of reflect({ play, target, camera: { noise_m }, seconds: 6 })) {
          for (const side of /** @type {const} */ (["left", "right"])) {
            const now = sole({ frames }, target.body, side);
            lowest = Math.min(lowest, now.heel[1], now.ball[1]);
            if (!before || !out.state.standing[side] || !before.standing[side]) continue;
            stood += 1;
            const speed = slid(now, sole({ frames: before.frames }, target.body, side)) * RATE;
            assert.ok(speed < SLIDE, `${name}: the ${side} foot slides at ${(1000 * speed).toFixed(1)} mm/s at ${t.toFixed(2)}`);
          }
          before = { frames, standing: out.state.standing };
        }
        assert.ok(stood > 0.35 * 2 * 6 * RATE, `${name}: feet stand in ${stood} of ${12 * RATE} cases`);
        assert.ok(lowest > -0.005, `${name}: ${(100 * lowest).toFixed(1)} cm below the floor`);
      }
    }
  });
}

test("walking gets somewhere, and steps lead back to the middle", () => {
  const walk = rehearse(/** @type {any} */ (REPERTOIRE.find(({ name }) => name === "walking")), ADULT, 3);
  let far = 0;
  for (const { out } of reflect({ play: walk, target: TALL, seconds: 2 })) far = out.pose.hips[2];
  assert.ok(far > 1, `${far}`);
  // Stepping on the spot from there.
  const steps = { ...walk, at: (/** @type {number} */ t) => (t < 2 ? walk.at(t) : onTheSpot(t)) };
  let end = Infinity;
  for (const { out } of reflect({ play: steps, target: TALL, seconds: 14 })) end = Math.hypot(out.pose.hips[0], out.pose.hips[2]);
  assert.ok(end < 0.45 * far, `${end} of ${far}`);
});

/** Marching: one foot after the other is lifted. @param {number} t */
function onTheSpot(t) {
  const placement = STANDING.motion.at(0);
  const lift = (/** @type {number} */ phase) => 0.12 * Math.max(0, Math.sin(2 * Math.PI * (t + phase))) ** 2;
  /** @param {any} foot @param {number} up */
  const raised = (foot, up) => ({ ...foot, position: [foot.position[0], up, foot.position[2] + up] });
  const moved = { ...placement, left_foot: raised(placement.left_foot, lift(0)), right_foot: raised(placement.right_foot, lift(0.5)) };
  return { placement: moved, frames: forward(ADULT.rig, solve(ADULT.rig, moved).pose) };
}

test("crouching keeps the feet on the floor and brings the hips down", () => {
  const placement = STANDING.motion.at(0);
  const low = { ...placement, pelvis: { ...placement.pelvis, position: [0, 0.55, -0.1] } };
  const play = { ...STANDING, at: (/** @type {number} */ t) => ({ frames: forward(ADULT.rig, solve(ADULT.rig, t > 1 && t < 1.7 ? /** @type {any} */ (low) : placement).pose) }) };
  let lowest = Infinity;
  for (const { frames } of reflect({ play, target: TALL, options: { seated: false }, seconds: 3 })) {
    lowest = Math.min(lowest, frames.LeftUpLeg.position[1]);
    const { heel, ball } = sole({ frames }, TALL.body, "left");
    assert.ok(Math.abs(Math.min(heel[1], ball[1])) < 0.03, `${heel} ${ball}`);
  }
  assert.ok(lowest < 0.75 * TALL.body.hip_height_m, `${lowest}`);
});
