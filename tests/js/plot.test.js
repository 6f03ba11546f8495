import assert from "node:assert/strict";
import { test } from "node:test";
import { areaPath, extent, linePath, scale } from "../../static/js/pages/common/lines.js";
import { chosenSeries, comparedSeries, comparisonText } from "../../static/js/pages/sessions/plot.js";
import { gaps, peopleIn, summary } from "../../static/js/pages/sessions/plot.js";

const same = (value) => value;
const series = (person, landmark, y_px = [1, 2], confidence = 1) => ({
  person,
  landmark,
  y_px,
  confidence: y_px.map((y) => (y === null ? null : confidence)),
});

test("scales map ends to ends; what has no extent goes to the middle", () => {
  const y = scale([10, 20], [100, 0]);
  assert.deepEqual([y(10), y(15), y(20)], [100, 50, 0]);
  assert.equal(scale([5, 5], [0, 10])(5), 5);
});

test("extent leaves gaps out", () => {
  assert.deepEqual(
    extent([
      [null, 3, 9],
      [-1, null, null],
    ]),
    [-1, 9],
  );
  assert.equal(extent([[null], []]), null);
});

test("a gap interrupts a line, and so does what is not kept", () => {
  assert.equal(linePath([0, 1, 2, 3], [5, 6, null, 7], same, same), "M0.0 5.0L1.0 6.0M3.0 7.0");
  assert.equal(linePath([0, 1], [null, null], same, same), "");
  assert.equal(
    linePath([0, 1, 2], [1, 1, 1], same, same, (i) => i !== 1),
    "M0.0 1.0M2.0 1.0",
  );
});

test("points that are missing for a moment only are no gap", () => {
  const time = [0, 0.1, 0.2, 0.3, 0.4];
  const values = [1, null, null, 4, 5];
  assert.equal(linePath(time, values, same, same), "M0.0 1.0L0.3 4.0L0.4 5.0");
  assert.deepEqual(gaps({ time, series: [], mean_visibility: values }), []);
});

test("an area goes down to its base at each gap", () => {
  assert.equal(
    areaPath([0, 1, 2, 3], [5, 6, null, 7], same, same, 9),
    "M0.0 9L0.0 5.0L1.0 6.0L1.0 9ZM3.0 9L3.0 7.0L3.0 9Z",
  );
});

test("gaps reach from the last value before to the first one after, the ends included", () => {
  const preview = {
    time: [0, 1, 2, 3, 4, 5, 6, 7],
    series: [],
    mean_visibility: [null, null, 0.5, null, null, 0.5, null, null],
  };
  assert.deepEqual(gaps(preview), [
    [0, 2],
    [2, 5],
    [5, 7],
  ]);
  assert.deepEqual(gaps({ time: [], series: [], mean_visibility: [] }), []);
});

test("favourite joints of the person asked for", () => {
  const all = [
    series(2, "nose"),
    series(1, "left_wrist"),
    series(1, "nose"),
    series(1, "right_ankle"),
    series(1, "left_ankle", [1], 0.1),
  ];
  const preview = { time: [0, 1], mean_visibility: [1, 1], series: all };
  assert.deepEqual(peopleIn(preview), [1, 2]);
  assert.deepEqual(
    chosenSeries(preview, 1).map(({ landmark }) => landmark),
    ["left_wrist", "right_ankle"],
  );
  assert.deepEqual(
    chosenSeries(preview, 2).map(({ landmark }) => landmark),
    ["nose"],
  );
});

test("joints that were hardly seen give way to those seen best", () => {
  const names = { left_wrist: 0.2, right_wrist: 0.1, nose: 0.9, left_ear: 0.8, right_ear: 0.7, left_hip: 0.6 };
  const all = Object.entries(names).map(([name, confidence]) => series(1, name, [1, null, 2], confidence));
  const chosen = chosenSeries({ time: [0, 1, 2], mean_visibility: [1, null, 1], series: all }, 1);
  assert.deepEqual(
    chosen.map(({ landmark }) => landmark),
    ["nose", "left_ear", "right_ear", "left_hip"],
  );
});

test("the summary says in words what the chart shows", () => {
  const wrist = series(1, "left_wrist", [100, 140, null, 120]);
  const preview = { time: [0, 20, 40, 60], series: [wrist], mean_visibility: [0.5, 0.7, null, 0.6] };
  const text = summary(preview, [wrist]);
  assert.equal(
    text,
    "1:00 long. Distance from the top: left wrist 100 to 140 px. Mean confidence 60 %. 1 gap, 40.0 s together.",
  );
  assert.equal(summary({ time: [], series: [], mean_visibility: [] }, []), "Nobody was seen in this session.");
});

test("the chart opens with whoever is seen longest", () => {
  const series = (/** @type {number} */ person, /** @type {(number | null)[]} */ y_px) => ({ person, landmark: "nose", y_px, confidence: y_px });
  const preview = { time: [0, 1, 2], series: [series(1, [null, 5, null]), series(2, [1, 2, 3]), series(3, [null, 1, null])], mean_visibility: [1, 1, 1] };
  assert.deepEqual(peopleIn(preview), [2, 1, 3]);
});

test("a session with truth offers the joints whose true place is known, the usual ones first", () => {
  const known = (one) => ({ ...one, truth_y_px: [null, 3] });
  const unknown = (one) => ({ ...one, truth_y_px: [null, null] });
  const all = [
    known(series(1, "nose")),
    unknown(series(1, "left_wrist")),
    known(series(1, "right_wrist")),
    known(series(1, "right_ankle")),
    unknown(series(2, "nose")),
  ];
  const preview = { time: [0, 1], mean_visibility: [1, 1], series: all };
  const names = (person) => comparedSeries(preview, person).map(({ landmark }) => landmark);
  assert.deepEqual(names(1), ["right_wrist", "right_ankle", "nose"]);
  assert.deepEqual(names(2), []);
  assert.deepEqual(comparedSeries({ ...preview, series: [series(1, "nose")] }, 1), []);
});

test("a session's figures in words say what they are of, and leave out what is not known", () => {
  const words = "Tracked against true joints, on synthetic renders";
  const some = { shown: 300, found: 300, pck_20: 0.8725, px: 4.26, mm: 51.4 };
  assert.equal(
    comparisonText(some),
    `${words}: 87.3 % within a fifth of the torso’s length (PCK@0.2), 4.3 px and 51 mm off on average. Never missed.`,
  );
  assert.match(comparisonText({ ...some, found: 299 }), /Missed in 1 frame of 300 \(0\.3 %\)\.$/);
  assert.match(comparisonText({ ...some, found: 240 }), /Missed in 60 frames of 300 \(20 %\)\.$/);
  assert.equal(
    comparisonText({ shown: 4, found: 0, pck_20: 0, px: null, mm: null }),
    `${words}: 0.0 % within a fifth of the torso’s length (PCK@0.2). Missed in 4 frames of 4 (100 %).`,
  );
  const outside = { ...some, pck_20: null, px: null, mm: null };
  assert.match(comparisonText(outside), /none was in the picture\. Never missed\.$/);
  assert.equal(comparisonText({ ...some, shown: 0, found: 0 }), "No character was shown in this session.");
});
