import assert from "node:assert/strict";
import { test } from "node:test";
import { Tracking, storedOptions } from "../../static/js/pages/live/tracking.js";

const DEFAULTS = { model: "blazepose-full", backend: "auto", maxPeople: 2, smooth: true };
const from = (values) => storedOptions((name, otherwise) => values[name] ?? otherwise);

test("options of earlier visits are taken up", () => {
  assert.deepEqual(from({}), DEFAULTS);
  const values = { model: "blazepose-lite", backend: "wasm", maxPeople: "1", smooth: "false" };
  assert.deepEqual(from(values), { model: "blazepose-lite", backend: "wasm", maxPeople: 1, smooth: false });
});

test("what the page does not offer is left out", () => {
  const values = { model: "../secret", backend: "abacus", maxPeople: "99", smooth: "perhaps" };
  assert.deepEqual(from(values), DEFAULTS);
});

/** A tracker that sees these people, and dies when it is told to. */
class FakeTracker extends EventTarget {
  info = null;
  ready = Promise.resolve();
  ids = [1, 2];
  async track() {
    return { time: 0, people: this.ids.map((id) => ({ id, fresh: true })) };
  }
  die() {
    this.dispatchEvent(new CustomEvent("status", { detail: { stage: "failed", text: "no GPU" } }));
  }
  dispose() {}
}

test("a second tracker does not use the ids of the first one again", async () => {
  const made = [];
  const tracking = new Tracking(DEFAULTS, () => {
    made.push(new FakeTracker());
    return made.at(-1);
  });
  const ids = async () => (await tracking.track({ close() {} }, 0)).people.map(({ id }) => id);
  await tracking.start();
  assert.deepEqual(await ids(), [1, 2]);
  made[0].ids = [1, 3];
  assert.deepEqual(await ids(), [1, 3]);
  made[0].die();
  await assert.rejects(ids(), /no tracker/);
  await tracking.start();
  assert.deepEqual(await ids(), [4, 5]);
  assert.deepEqual(await ids(), [4, 5], "who stays keeps the id");
  made[1].die();
  await tracking.start();
  assert.deepEqual(await ids(), [6, 7]);
});
