import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HUB,
  RIM,
  handOnRim,
  middleJoint,
  seatedPose,
  walkingFoot,
  walkingPose,
  wheelAngle,
} from "../../static/js/pages/live/demo/kinematics.js";

const CYCLE_S = 1.5;
const length = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);
const times = Array.from({ length: 150 }, (_, i) => i / 100);
/** Half a millimetre: nobody sees it, and limbs that are asked to overstretch are drawn straight instead. */
const TOLERANCE_M = 5e-4;

test("the wheel turns forward all the time, without jumps from one cycle to the next", () => {
  for (let t = 0; t < 4; t += 0.01) {
    const step = wheelAngle(t + 0.01) - wheelAngle(t);
    // Between 2 and 2.65 rad/s, hence about 0.02 to 0.027 rad in 10 ms.
    assert.ok(step > 0.019 && step < 0.028, `${t}: ${step}`);
  }
});

test("while it pushes, the hand is on the rim and moves with it", () => {
  for (const t of times.filter((time) => time < 0.59)) {
    const { point } = handOnRim(t);
    assert.ok(Math.abs(length(point, HUB) - RIM) < TOLERANCE_M, `${t}`);
    const turned = (a) => Math.atan2(a[0] - HUB[0], a[1] - HUB[1]);
    const moved = turned(handOnRim(t + 0.005).point) - turned(point);
    assert.ok(Math.abs(moved - (wheelAngle(t + 0.005) - wheelAngle(t))) < 1e-9, `${t}: hand and rim part`);
  }
});

test("limbs keep their length", () => {
  for (const t of times) {
    const seated = seatedPose(t);
    for (const [from, to, expected] of [
      ["shoulder", "elbow", 0.31],
      ["elbow", "wrist", 0.28],
    ]) {
      assert.ok(Math.abs(length(seated[from], seated[to]) - expected) < TOLERANCE_M, `${t} ${from}`);
    }
    const walking = walkingPose(t);
    for (const side of ["", "far_"]) {
      assert.ok(Math.abs(length(walking.hip, walking[`${side}knee`]) - 0.425) < TOLERANCE_M, `${t} ${side}thigh`);
      assert.ok(
        Math.abs(length(walking[`${side}knee`], walking[`${side}ankle`]) - 0.41) < TOLERANCE_M,
        `${t} ${side}shank`,
      );
    }
  }
});

test("movements repeat without a jump", () => {
  for (const pose of [seatedPose, walkingPose]) {
    const [end, start] = [pose(CYCLE_S - 1e-6), pose(CYCLE_S)];
    for (const joint of Object.keys(start)) assert.ok(length(start[joint], end[joint]) < 1e-3, joint);
  }
});

test("a standing foot moves with the floor, a swinging one is off it", () => {
  for (let phase = 0.02; phase < 0.35; phase += 0.02) {
    const speed = (walkingFoot(phase).ankle[0] - walkingFoot(phase + 0.001).ankle[0]) / (0.001 * CYCLE_S);
    // The floor passes at (3.49 rad * 0.305 m) / 1.5 s.
    assert.ok(Math.abs(speed - 0.709) < 0.005, `${phase}: ${speed} m/s`);
  }
  assert.ok(walkingFoot(0.8).ankle[1] > walkingFoot(0.2).ankle[1] + 0.02);
});

test("the middle joint lies where both bones reach it, on the side asked for", () => {
  const left = middleJoint([0, 0], [0, -0.5], 0.3, 0.3, 1);
  assert.ok(Math.abs(length(left, [0, 0]) - 0.3) < 1e-9 && Math.abs(length(left, [0, -0.5]) - 0.3) < 1e-9);
  assert.ok(left[0] > 0, "down the page, its left is towards positive x");
  assert.ok(middleJoint([0, 0], [0, -0.5], 0.3, 0.3, -1)[0] < 0);
  const straight = middleJoint([0, 0], [0, -9], 0.3, 0.3, 1);
  assert.ok(Math.abs(straight[0]) < 0.02 && Math.abs(straight[1] + 0.3) < 0.01, "out of reach: straight towards it");
});
