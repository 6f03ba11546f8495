// static/js/pose/metrics.js against the golden file that the Python twin reads too (tests/pose/test_metrics.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { NAMES, index } from "../../../static/js/pose/landmarks.js";
import * as metrics from "../../../static/js/pose/metrics.js";
import { similarity } from "../../../static/js/pose/similarity.js";

/** Doubles on both sides, in sums of up to 99 terms of up to 1000 mm or px. */
const EXACT = 1e-8;
const golden = JSON.parse(readFileSync(new URL("../../golden/metrics.json", import.meta.url), "utf8"));

const points = (rows) => Float64Array.from(rows.flatMap((row) => row ?? [NaN, NaN, NaN]));
const person = (one) =>
  one && {
    landmarks: points(one.landmarks),
    world_landmarks: points(one.world_landmarks),
    visibility: Float64Array.from(one.visibility),
  };
const first = () => person(golden.cases[0].truth);

function close(found, expected, what) {
  if (expected === null) assert.ok(found === null || Number.isNaN(found), `${what}: ${found} instead of nothing`);
  else if (Array.isArray(expected)) {
    assert.equal(found.length, expected.length, what);
    expected.forEach((value, i) => close(found[i], value, `${what} [${NAMES[i]}]`));
  } else assert.ok(Math.abs(found - expected) <= EXACT, `${what}: ${found} instead of ${expected}`);
}

for (const { name, area, expected, ...sides } of golden.cases) {
  test(`figures of a person: ${name}`, () => {
    const [predicted, truth] = [person(sides.predicted), person(sides.truth)];
    const image = [predicted && predicted.landmarks, truth.landmarks];
    const world = [predicted && predicted.world_landmarks, truth.world_landmarks];
    close(metrics.torsoLength(truth.landmarks), expected.torso, "torso");
    close(metrics.pixelErrors(...image), expected.pixel_errors, "px");
    close(metrics.worldErrors(...world), expected.world_errors, "mm");
    for (const share of [0.2, 0.1]) close(metrics.pckPoints(...image, share), expected.points[`pck@${share}`], "pck");
    close(metrics.visibilityPoints(predicted, truth), expected.points.visibility, "visibility");
    close(metrics.pdjPoints(predicted, truth, 0.2), expected.points["pdj@0.2"], "pdj");
    close(metrics.pck(...image, 0.2), expected["pck@0.2"], "PCK");
    close(metrics.pdj(predicted, truth, 0.2), expected["pdj@0.2"], "PDJ");
    close(metrics.oks(...image, area), expected.oks, "OKS");
    close(metrics.mpjpe(...world), expected.mpjpe, "MPJPE");
    close(metrics.paMpjpe(...world), expected.pa_mpjpe, "PA-MPJPE");
  });
}

test("who is who", () => {
  const people = (rows) => rows.map((landmarks) => ({ landmarks: points(landmarks) }));
  for (const { predicted, truth, matched } of golden.crowds) {
    assert.deepEqual(metrics.matchPeople(people(predicted), people(truth)), matched);
  }
  const nowhere = { landmarks: new Float64Array(99).fill(NaN) };
  assert.deepEqual(metrics.matchPeople([nowhere], [first()]), [null]);
  assert.deepEqual(metrics.matchPeople([first()], [nowhere]), [null]);
  const beside = { landmarks: first().landmarks.map((value) => value + 5) };
  assert.deepEqual(metrics.matchPeople([beside], [first()]), [0]);
  assert.deepEqual(metrics.matchPeople([beside], [first()], 0), [null]);
});

test("nothing known is null, never 0", () => {
  const nothing = new Float32Array(99).fill(NaN);
  assert.equal(metrics.mean([]), null);
  assert.equal(metrics.mean([NaN, NaN]), null);
  assert.equal(metrics.mean([NaN, 0, 4]), 2);
  assert.equal(metrics.pck(nothing, nothing, 0.2), null);
  assert.equal(metrics.mpjpe(nothing, nothing), null);
  assert.equal(metrics.paMpjpe(nothing, nothing), null);
  assert.equal(metrics.oks(nothing, nothing, 1), null);
  for (const area of [0, -5, NaN]) {
    for (const found of [first().landmarks, null]) assert.equal(metrics.oks(found, first().landmarks, area), null);
  }
});

test("a place without its visibility is not enough", () => {
  const { landmarks } = first();
  const every = (values) => Float32Array.from({ length: 33 }, (_, i) => values[i % 3]);
  const truth = { landmarks, visibility: every([1, 0, 1]) };
  assert.equal(metrics.pdj({ landmarks, visibility: every([0.5, 0.49, 0.2]) }, truth, 0.2), 2 / 3);
  assert.equal(metrics.pdj({ landmarks, visibility: every([NaN, NaN, 1]) }, truth, 0.2), 1 / 3);
});

test("a torso seen end-on is measured by the body", () => {
  const truth = Float64Array.from({ length: 99 }, (_, k) => (k % 3 === 0 ? (300 * k) / 96 : 0));
  for (const side of ["left", "right"]) {
    for (const part of ["hip", "shoulder"]) truth.set([150, 150], 3 * index(`${side}_${part}`));
  }
  assert.equal(metrics.torsoLength(truth), metrics.TORSO_FLOOR * 300);
  for (const side of ["left", "right"]) truth[3 * index(`${side}_hip`) + 1] += 100;
  assert.equal(metrics.torsoLength(truth), 100);
  assert.ok(Number.isNaN(metrics.torsoLength(new Float64Array(99))), "a person of no size has no torso");
});

test("other lengths are refused", () => {
  const { landmarks, visibility } = first();
  const wrong = new Float32Array(66);
  const refused = { name: "RangeError", message: "landmarks: expected 99 values, got 66" };
  for (const figure of [metrics.pixelErrors, metrics.worldErrors, metrics.mpjpe, metrics.paMpjpe]) {
    assert.throws(() => figure(wrong, landmarks), refused);
    assert.throws(() => figure(landmarks, wrong), refused);
    assert.throws(() => figure(null, wrong), refused);
  }
  assert.throws(
    () => metrics.visibilityPoints({ landmarks, visibility: wrong }, { landmarks, visibility }),
    { name: "RangeError", message: "visibility: expected 33 values, got 66" },
  );
});

// Laws of the similarity: deterministic clouds, quaternions from all over.
const cloudOf = (seed, n) => Float64Array.from({ length: n }, (_, k) => (43758.5453 * Math.sin(k + 100 * seed + 1)) % 1);
const turned = (points_, [w, x, y, z], scale, move) => {
  const size = Math.hypot(w, x, y, z);
  const [a, b, c, d] = [w / size, x / size, y / size, z / size];
  const rows = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d],
  ];
  return points_.map((_, k) => {
    const at = k - (k % 3);
    return scale * [0, 1, 2].reduce((sum, j) => sum + rows[k % 3][j] * points_[at + j], 0) + move[k % 3];
  });
};

test("every similarity is undone, half turns and tiny ones too", () => {
  const rotations = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [1, 1e-7, 0, 0], [0, 1, 1, 0], [0.3, -0.2, 0.9, 0.1]];
  rotations.forEach((rotation, seed) => {
    for (const scale of [0.01, 1, 300]) {
      const target = cloudOf(seed, 99);
      const source = turned(target, rotation, scale, [3, -2, 0.5]);
      assert.ok(metrics.paMpjpe(source, target) < 1e-8, `${rotation} times ${scale}`);
    }
  });
});

test("flat and mirrored bodies keep their hands", () => {
  const flat = cloudOf(3, 99).map((value, k) => (k % 3 === 2 ? 0 : value));
  assert.ok(metrics.paMpjpe(turned(flat, [1, 2, 3, 4], 2, [0, 0, 1]), flat) < 1e-8);
  const cloud = cloudOf(4, 99);
  const mirrored = cloud.map((value, k) => (k % 3 === 0 ? -value : value));
  assert.ok(metrics.paMpjpe(mirrored, cloud) > 100);
});

test("what cannot be laid on anything is said so", () => {
  const cloud = cloudOf(5, 9);
  assert.equal(similarity(cloud.slice(0, 6), cloud.slice(0, 6)), null);
  assert.equal(similarity(new Float64Array(9).fill(2), cloud), null);
  assert.equal(similarity(Float64Array.from([NaN, 0, 0, ...cloud.slice(3)]), cloud), null);
  assert.notEqual(similarity(cloud, cloud), null);
});
