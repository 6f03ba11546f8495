import assert from "node:assert/strict";
import { test } from "node:test";
import { drawBoth, missesOf, rigOf } from "../../static/js/pages/live/character-overlay.js";
import { fit } from "../../static/js/pages/live/overlay.js";
import { COUNT, EDGES, index } from "../../static/js/pose/landmarks.js";

/** Somebody with a torso of 100 px, all in the picture and seen. */
function truth() {
  const made = {
    landmarks: new Float32Array(3 * COUNT),
    visibility: new Float32Array(COUNT).fill(1),
    presence: new Float32Array(COUNT).fill(1),
  };
  for (let i = 0; i < COUNT; i++) made.landmarks.set([5 * i, 40, 0], 3 * i);
  for (const side of ["left", "right"]) {
    made.landmarks.set([side === "left" ? 120 : 80, 50, 0], 3 * index(`${side}_shoulder`));
    made.landmarks.set([side === "left" ? 120 : 80, 150, 0], 3 * index(`${side}_hip`));
  }
  return made;
}
/** The same person as tracked, some landmarks moved by px to the right. */
function tracked(moved = {}) {
  const made = { ...truth(), id: 1 };
  for (const [name, px] of Object.entries(moved)) made.landmarks[3 * index(name)] += px;
  return made;
}

test("hidden joints are there, fainter; what is outside or absent is not", () => {
  const person = truth();
  person.visibility[index("left_knee")] = 0;
  person.presence[index("nose")] = 0;
  person.landmarks.fill(NaN, 3 * index("right_wrist"), 3 * index("right_wrist") + 3);
  const { joints, edges } = rigOf(person);
  assert.equal(joints.length, COUNT - 2);
  assert.deepEqual(
    joints.filter(({ seen }) => !seen).map(({ x }) => x),
    [5 * index("left_knee")],
  );
  assert.ok(edges.length < EDGES.length);
  assert.ok(edges.every(({ from, to }) => Number.isFinite(from.x + to.x)));
});

test("what the rig has no bone for is marked as estimated", () => {
  const { joints } = rigOf(truth(), ["left_heel", "right_heel"]);
  assert.deepEqual(
    joints.filter(({ estimated }) => estimated).map(({ x }) => x),
    [5 * index("left_heel"), 5 * index("right_heel")],
  );
});

test("an error is a line from the true joint to the tracked one, where it is long enough to be seen", () => {
  const misses = missesOf(truth(), tracked({ left_knee: 30, right_knee: 2, nose: -12, left_index: 40 }));
  assert.deepEqual(
    misses.map(({ x, tracked_x }) => [x, tracked_x]),
    [
      [0, -12],
      [5 * index("left_knee"), 5 * index("left_knee") + 30],
    ],
    "neither 2 px of a torso of 100 nor a finger is worth a line",
  );
});

test("no error is shown of a joint that is absent, in the truth or in what is tracked", () => {
  const [person, other] = [truth(), tracked({ left_ankle: 50 })];
  person.landmarks.fill(NaN, 3 * index("left_ankle"), 3 * index("left_ankle") + 3);
  person.presence[index("left_ankle")] = 0;
  other.landmarks.fill(NaN, 3 * index("left_knee"), 3 * index("left_knee") + 3);
  assert.deepEqual(missesOf(person, other), []);
});

/** Records what is drawn, with the colour that it is drawn in. */
function recorder() {
  const calls = [];
  const state = { canvas: { width: 200, height: 200 } };
  const handler = {
    get: (_, name) => state[name] ?? ((...args) => (calls.push([name, state.strokeStyle, ...args]), { width: 40 })),
    set: (_, name, value) => ((state[name] = value), true),
  };
  return { calls, state, context: new Proxy({}, handler) };
}
const view = fit([200, 200], [200, 200]);
const scene = (shown, matches = [0]) => ({
  people: [tracked({ left_knee: 30 })],
  truth: [truth()],
  matches,
  estimated: [["left_heel"]],
  shown,
});
const strokes = (calls) => new Set(calls.filter(([name]) => name === "stroke").map(([, colour]) => colour));

test("rig and errors have colours that tracked people do not have", () => {
  const [both, alone] = [recorder(), recorder()];
  drawBoth(both.context, scene({ tracked: true, rig: true }), view, 1);
  drawBoth(alone.context, scene({ tracked: true, rig: false }), view, 1);
  const further = strokes(both.calls).difference(strokes(alone.calls));
  assert.equal(further.size, 2, "one for the rig, one for errors");
  assert.ok(both.calls.some(([name, , dash]) => name === "setLineDash" && dash.length > 0), "estimated joints are dashed");
  assert.equal(both.state.globalAlpha, 1, "the next one to draw begins with an opaque brush");
});

test("without tracked joints no error is drawn either; without both the canvas is empty", () => {
  const [rig, none] = [recorder(), recorder()];
  drawBoth(rig.context, scene({ tracked: false, rig: true }), view, 1);
  assert.equal(strokes(rig.calls).size, 2, "halo and rig");
  assert.ok(!rig.calls.some(([name]) => name === "fillText"));
  drawBoth(none.context, scene({ tracked: false, rig: false }), view, 1);
  assert.deepEqual(none.calls.map(([name]) => name), ["clearRect", "setLineDash"]);
});

test("somebody whom the tracker misses is drawn without errors", () => {
  const { calls, context } = recorder();
  const matched = recorder();
  drawBoth(context, { ...scene({ tracked: true, rig: true }, [null]) }, view, 1);
  drawBoth(matched.context, scene({ tracked: true, rig: true }), view, 1);
  assert.equal(strokes(matched.calls).size - strokes(calls).size, 1);
});
