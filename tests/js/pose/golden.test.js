// static/js/pose/ against the golden files; the Python twins read the same ones (tests/pose/test_golden.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as detection from "../../../static/js/pose/detection.js";
import * as filters from "../../../static/js/pose/filters.js";
import * as landmarks from "../../../static/js/pose/landmarks.js";
import * as projection from "../../../static/js/pose/projection.js";
import * as roi from "../../../static/js/pose/roi.js";

/** Doubles on both sides, in sums of up to 49 terms. */
const EXACT = 1e-9;
/** Logit of the anchors that see nobody. */
const RAW_FLOOR = -50;
const load = (name) => JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), "utf8"));

function close(found, expected, tolerance = EXACT) {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < expected.length; i += 1) {
    assert.ok(Math.abs(found[i] - expected[i]) <= tolerance, `[${i}]: ${found[i]} instead of ${expected[i]}`);
  }
}

function sameRoi(found, expected) {
  const keys = ["x_center", "y_center", "width", "height", "rotation"];
  assert.deepEqual(Object.keys(found), keys);
  close(Object.values(found), keys.map((key) => expected[key]));
}

test("regions follow the alignment points, and points go there and back", () => {
  const golden = load("roi");
  for (const { alignment, roi: expected, crop, image } of golden.cases) {
    const region = roi.roiFromAlignment(...alignment);
    sameRoi(region, expected);
    close(roi.cropToImage(region, ...crop), image);
    close(roi.imageToCrop(region, ...image), crop);
  }
  for (const { a, b, overlap } of golden.overlaps) close([roi.boxOverlap(a, b)], [overlap]);
});

test("a region and its letterbox hold what they should", () => {
  close(Object.values(roi.letterbox([640, 480])), [320, 240, 640, 640, 0]);
  const region = roi.roiFromAlignment(10, 20, 13, 9);
  close([roi.roiOverlap(region, region)], [1]);
  close([roi.wrapAngle(Math.PI), roi.wrapAngle(7)], [-Math.PI, 7 - 2 * Math.PI]);
});

test("raw detector output becomes people", () => {
  const golden = load("detection");
  const centres = detection.anchorCentres();
  assert.equal(centres.length, 2 * golden.anchors.count);
  for (const [place, centre] of Object.entries(golden.anchors.samples)) {
    close(centres.slice(2 * Number(place), 2 * Number(place) + 2), centre);
  }
  const boxes = new Float64Array(2254 * 12);
  const scores = new Float64Array(2254).fill(RAW_FLOOR);
  for (const [place, { logit, values }] of Object.entries(golden.raw)) {
    boxes.set(values, 12 * Number(place));
    scores[Number(place)] = logit;
  }
  const decoded = detection.decodeDetections(boxes, scores);
  sameDetections(decoded, golden.decoded);
  sameDetections(detection.suppress(decoded), golden.people);
});

function sameDetections(found, expected) {
  assert.equal(found.length, expected.length);
  for (const [i, { score, box, keypoints }] of found.entries()) {
    close([score, ...box, ...keypoints], [expected[i].score, ...expected[i].box, ...expected[i].keypoints]);
  }
}

/** The formula that tests/reference.py states: logit(row, column, channel). */
function heatMap() {
  const logits = new Float64Array(64 * 64 * 39);
  for (let row = 0, i = 0; row < 64; row += 1) {
    for (let column = 0; column < 64; column += 1) {
      for (let channel = 0; channel < 39; channel += 1, i += 1) {
        logits[i] = 5 * Math.sin(0.3 * row + 0.7 * channel) * Math.cos(0.2 * column) - 2;
      }
    }
  }
  return logits;
}

test("raw landmarks become a pose in the image", () => {
  const { raw, roi: region, pose: expected } = load("projection");
  const pose = projection.projectPose({ ...raw, heatmap: heatMap() }, region);
  const names = ["landmarks", "world_landmarks", "visibility", "presence"];
  for (const name of names) close(pose[name], expected[name].flat());
  sameRoi(pose.next_roi, expected.next_roi);
});

test("without a heat map nothing is refined", () => {
  close(projection.refinePoints(new Float32Array(195).fill(128), []), new Array(78).fill(0.5));
});

test("the one-euro filter follows the published recursion", () => {
  const { times, sizes, values, series } = load("filters");
  for (const { min_cutoff: minCutoff, beta, smooth } of series) {
    const parameters = { minCutoff, beta, derivativeCutoff: 1 };
    const known = [filters.LANDMARKS, filters.WORLD_LANDMARKS].find((one) => one.beta === beta);
    assert.deepEqual(known, parameters);
    let state = null;
    for (const [i, row] of values.entries()) {
      const step = filters.oneEuro(parameters, state, Float64Array.from(row), times[i], sizes[i]);
      close(step.values, smooth[i]);
      state = step.state;
    }
  }
});

test("time that stands still and a body without size are not smoothed", () => {
  const first = filters.oneEuro(filters.LANDMARKS, null, Float64Array.of(1), 5, 100);
  const again = filters.oneEuro(filters.LANDMARKS, first.state, Float64Array.of(9), 5, 100);
  assert.deepEqual([...again.values], [9]);
  assert.equal(again.state, first.state);
  assert.equal(filters.oneEuro(filters.LANDMARKS, null, Float64Array.of(1), 5, 0).state, null);
});

test("output of another network is refused", () => {
  assert.throws(() => detection.decodeDetections(new Float32Array(120), new Float32Array(10)), /expected 2254 anchors/);
  const fits = { landmarks: new Float32Array(195), heatmap: [], world: new Float32Array(117) };
  const whole = roi.letterbox([10, 10]);
  assert.ok(projection.projectPose(fits, whole));
  for (const [name, length] of Object.entries({ landmarks: 194, heatmap: 5, world: 99 })) {
    const wrong = { ...fits, [name]: new Float32Array(length) };
    assert.throws(() => projection.projectPose(wrong, whole), new RegExp(`${name}: expected .* got ${length}`));
  }
});

test("landmarks have their places", () => {
  assert.deepEqual([landmarks.COUNT, landmarks.RAW_COUNT, landmarks.index("left_hip")], [33, 39, 23]);
  for (const [a, b] of landmarks.PAIRS) assert.equal(landmarks.NAMES[a].replace("left", "right"), landmarks.NAMES[b]);
  assert.throws(() => landmarks.index("elbow_of_nobody"), /elbow_of_nobody/);
});
