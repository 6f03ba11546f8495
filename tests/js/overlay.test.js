import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPeople, fit, place, skeletonOf, torsoLength } from "../../static/js/pages/live/overlay.js";
import { CERTAIN_VISIBILITY, COUNT, EDGES, index } from "../../static/js/pose/landmarks.js";

/** Everybody seen, then changed by name: {left_wrist: {visibility: 0}}. */
function person(changes = {}) {
  const made = {
    id: 7,
    landmarks: new Float32Array(3 * COUNT),
    visibility: new Float32Array(COUNT).fill(1),
    presence: new Float32Array(COUNT).fill(1),
  };
  for (let i = 0; i < COUNT; i++) made.landmarks.set([10 * i, 100 + i, 0], 3 * i);
  for (const [name, values] of Object.entries(changes)) {
    for (const [field, value] of Object.entries(values)) made[field][index(name)] = value;
  }
  return made;
}
const at = (name) => 10 * index(name);
const touching = (edges, name) => edges.filter(({ from, to }) => from.x === at(name) || to.x === at(name));

test("a person who is seen has all joints and edges, all certain", () => {
  const { joints, edges } = skeletonOf(person());
  assert.equal(joints.length, COUNT);
  assert.equal(edges.length, EDGES.length);
  assert.ok([...joints, ...edges].every(({ certain }) => certain));
});

test("an uncertain joint is a ghost, and so are its edges; others are not", () => {
  const { joints, edges } = skeletonOf(person({ left_wrist: { visibility: CERTAIN_VISIBILITY - 0.01 } }));
  assert.deepEqual(
    joints.filter(({ certain }) => !certain).map(({ x }) => x),
    [at("left_wrist")],
  );
  const wrist = touching(edges, "left_wrist");
  assert.equal(wrist.length, 4);
  assert.ok(wrist.every(({ certain }) => !certain));
  assert.ok(edges.filter((edge) => !wrist.includes(edge)).every(({ certain }) => certain));
});

test("visibility at the threshold is certain", () => {
  assert.ok(skeletonOf(person({ nose: { visibility: CERTAIN_VISIBILITY } })).joints.every(({ certain }) => certain));
});

test("an absent joint is not drawn, nor anything that leads to it", () => {
  const { joints, edges } = skeletonOf(person({ right_knee: { presence: 0.1 } }));
  assert.ok(!joints.some(({ x }) => x === at("right_knee")));
  assert.equal(touching(edges, "right_knee").length, 0);
});

test("a landmark of a limb that is not there is drawn nowhere, and the torso is still measured or given up", () => {
  const without = person();
  for (const name of ["left_wrist", "left_index"]) without.landmarks.fill(NaN, 3 * index(name), 3 * index(name) + 3);
  const { joints, edges } = skeletonOf(without); // although presence says that they are in the picture
  assert.equal(joints.length, COUNT - 2);
  assert.ok(edges.every(({ from, to }) => Number.isFinite(from.x + from.y + to.x + to.y)));
  assert.ok(torsoLength(without.landmarks) > 0);
  without.landmarks.fill(NaN, 3 * index("left_hip"), 3 * index("left_hip") + 3);
  assert.equal(torsoLength(without.landmarks), 0);
  const { calls, context } = recorder();
  drawPeople(context, [without], fit([100, 100], [100, 100]), 1);
  assert.ok(calls.flat().every((value) => !Number.isNaN(value)), "NaN reaches the canvas");
  assert.ok(calls.some(([name]) => name === "fillText"));
});

test("sides: left and right by name, between them the centre", () => {
  const { joints, edges } = skeletonOf(person());
  const side = (name) => joints.find(({ x }) => x === at(name)).side;
  assert.deepEqual(["left_wrist", "mouth_right", "nose"].map(side), ["left", "right", "centre"]);
  const shoulders = edges.find(({ from, to }) => from.x === at("left_shoulder") && to.x === at("right_shoulder"));
  assert.equal(shoulders.side, "centre");
});

test("an image is fitted as CSS contain does, and mirrored about its own middle", () => {
  const view = fit([200, 100], [400, 400]);
  assert.deepEqual([view.scale, view.left, view.top], [2, 0, 100]);
  assert.deepEqual(place(view, 50, 50), [100, 200]);
  assert.deepEqual(place(fit([200, 100], [400, 400], true), 50, 50), [300, 200]);
  const pillars = fit([100, 100], [400, 200], true);
  assert.deepEqual(place(pillars, 0, 0), [300, 0], "the left edge of the picture is shown at its right edge");
});

/** Records what is drawn. */
function recorder() {
  const calls = [];
  const handler = {
    get: (target, name) => target[name] ?? ((...args) => (calls.push([name, ...args]), { width: 40 })),
    set: (target, name, value) => ((target[name] = value), true),
  };
  return { calls, context: new Proxy({ canvas: { width: 100, height: 100 } }, handler) };
}

test("each person is labelled with an id; ghosts are dashed; what was there is cleared", () => {
  const { calls, context } = recorder();
  drawPeople(context, [person({ left_wrist: { visibility: 0 } })], fit([100, 100], [100, 100]), 1);
  assert.deepEqual(calls[0], ["clearRect", 0, 0, 100, 100]);
  assert.ok(calls.some(([name, text]) => name === "fillText" && text === "Person 7"));
  assert.equal(
    calls.filter(([name, dash]) => name === "setLineDash" && dash.length > 0).length,
    4,
    "one per edge of the wrist",
  );
});

test("a person without a joint to draw gets no label either", () => {
  const { calls, context } = recorder();
  const nobody = person();
  nobody.presence.fill(0);
  drawPeople(context, [nobody], fit([100, 100], [100, 100]), 1);
  assert.ok(!calls.some(([name]) => name === "fillText" || name === "stroke"));
});
