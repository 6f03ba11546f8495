import assert from "node:assert/strict";
import { test } from "node:test";
import * as people from "../../../static/js/tracker/people.js";
import { poseAt } from "./poses.js";

const SIZE = [640, 480];

/** @returns the state after `found` were admitted at the given time */
function stateWith(found, time = 1) {
  let state = people.enterFrame(people.initialState(), time, SIZE);
  for (const pose of found) state = people.admit(state, pose).state;
  return state;
}

test("newcomers get ids from 1 on", () => {
  const state = stateWith([poseAt(100, 200), poseAt(400, 200)]);
  assert.deepEqual(state.tracks.map(({ id }) => id), [1, 2]);
  assert.equal(state.next_id, 3);
});

test("functions leave the state that they were given alone", () => {
  const state = Object.freeze({ ...stateWith([poseAt(100, 200)]) });
  Object.freeze(state.tracks);
  people.admit(state, poseAt(300, 200));
  people.follow(state, 1, poseAt(110, 200), null);
  people.lose(state, 1);
  people.forget(state, 1);
  people.enterFrame(state, 2, SIZE);
  assert.equal(state.tracks.length, 1);
});

test("who comes back soon and near keeps the id", () => {
  const lost = people.lose(stateWith([poseAt(100, 200)]), 1);
  const soon = people.enterFrame(lost, 1 + people.RESUME_S, SIZE);
  assert.equal(people.admit(soon, poseAt(130, 210)).id, 1);
  assert.equal(people.admit(soon, poseAt(130, 210)).state.lost.length, 0);
  assert.equal(people.admit(soon, poseAt(400, 200)).id, 2, "another place, another person");
  const late = people.enterFrame(lost, 1.01 + people.RESUME_S, SIZE);
  assert.equal(people.admit(late, poseAt(100, 200)).id, 2, "too late");
});

test("of two who were lost, the nearer one comes back", () => {
  let state = stateWith([poseAt(100, 200), poseAt(160, 200)]);
  state = people.lose(people.lose(state, 1), 2);
  assert.equal(people.admit(state, poseAt(150, 200)).id, 2);
});

test("who is forgotten does not come back", () => {
  const state = people.forget(stateWith([poseAt(100, 200)]), 1);
  assert.equal(people.admit(state, poseAt(100, 200)).id, 2);
});

test("another source ends all tracks, but ids go on", () => {
  const state = stateWith([poseAt(100, 200)]);
  for (const other of [people.enterFrame(state, 0.5, SIZE), people.enterFrame(state, 2, [320, 240])]) {
    assert.deepEqual([other.tracks, other.lost, other.next_id], [[], [], 2]);
  }
  assert.equal(people.enterFrame(state, 2, [...SIZE]).tracks.length, 1);
});

test("the detector looks when it is needed, and seldom else", () => {
  const wants = (state, most) => people.wantsDetection(state, most);
  const nobody = stateWith([]);
  const one = { ...stateWith([poseAt(100, 200)], 10), detected: 9.5 };
  assert.ok(wants(nobody, 1));
  assert.ok(!wants(one, 1), "all that may be followed are in view");
  assert.ok(!wants(one, 2), "it looked half a second ago");
  assert.ok(wants({ ...one, detected: 10 - people.LOOK_S }, 2));
  const oneLost = people.lose({ ...stateWith([poseAt(100, 200), poseAt(400, 200)], 10), detected: 9.9 }, 2);
  assert.ok(wants(oneLost, 2), "somebody was lost a moment ago");
});

test("a detection on somebody in view is that person; one behind another is not", () => {
  const state = stateWith([poseAt(300, 300)]);
  assert.equal(people.occupant(state, people.poseAnchors(poseAt(305, 296))), 1);
  assert.equal(people.occupant(state, people.poseAnchors(poseAt(310, 230))), null);
  assert.equal(people.occupant(state, people.poseAnchors(poseAt(500, 300))), null);
});

test("tracks that collapse on one person are found, the older one stays", () => {
  const found = [
    { id: 1, pose: poseAt(300, 300) },
    { id: 2, pose: poseAt(500, 300) },
    { id: 3, pose: poseAt(304, 302) },
  ];
  assert.deepEqual(people.duplicates(found), [3]);
});

test("a region must be finite, of some size and in the picture", () => {
  const roi = { x_center: 100, y_center: 100, width: 80, height: 80, rotation: 1 };
  assert.ok(people.isUsable(roi, SIZE));
  const small = [{ width: 1 }, { height: 0 }];
  const wrong = [...small, { x_center: NaN }, { rotation: Infinity }, { x_center: -200 }, { y_center: 600 }];
  for (const change of wrong) assert.ok(!people.isUsable({ ...roi, ...change }, SIZE), JSON.stringify(change));
});
