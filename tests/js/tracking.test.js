import assert from "node:assert/strict";
import { test } from "node:test";
import { Tracking, storedOptions } from "../../static/js/pages/live/tracking.js";
import { TrackerError } from "../../static/js/tracker/client.js";

const OWN = { own: "/models/own/" };
const DEFAULTS = { model: "default", detector: "default", ...OWN, backend: "auto", maxPeople: 2, smooth: true };
const from = (values) => storedOptions((name, otherwise) => values[name] ?? otherwise);

test("options of earlier visits are taken up", () => {
  assert.deepEqual(from({}), DEFAULTS);
  const values = { model: "own/mine-2", detector: "person-detector", backend: "wasm", maxPeople: "1", smooth: "false" };
  assert.deepEqual(from(values), { ...values, ...OWN, maxPeople: 1, smooth: false });
});

test("what the page does not offer is left out", () => {
  const values = { model: "../secret", detector: "own/a/b", backend: "abacus", maxPeople: "99", smooth: "perhaps" };
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

/** Trackers of a server where these networks cannot be used. */
function tracked(options, broken) {
  const made = [];
  const tracking = new Tracking({ ...DEFAULTS, ...options }, (asked) => {
    const tracker = new FakeTracker();
    const network = [asked.detector, asked.model].find((name) => broken.includes(name));
    if (network) tracker.ready = Promise.reject(new TrackerError("model", `${network} is damaged`, network));
    tracker.asked = asked;
    tracker.dispose = () => (tracker.disposed = true);
    made.push(tracker);
    return tracker;
  });
  const seen = [];
  const note = ({ type, detail }) => seen.push([type, [detail].flat().map(({ message }) => message)]);
  for (const name of ["replaced", "failed"]) tracking.addEventListener(name, note);
  return { tracking, made, seen };
}

test("tracking goes on with the default in the place of a network that cannot be used, and with the other choice", async () => {
  const { tracking, made, seen } = tracked({ model: "own/mine", detector: "own/finder" }, ["own/finder"]);
  await tracking.start();
  assert.deepEqual(made.map(({ disposed = false }) => disposed), [true, false]);
  assert.deepEqual([tracking.options.model, tracking.options.detector], ["own/mine", "default"]);
  assert.deepEqual(made[1].asked, tracking.options);
  assert.deepEqual(seen, [["replaced", ["own/finder is damaged"]]]);
  assert.equal(tracking.ready, true);
});

test("both chosen networks may be replaced, and both are named", async () => {
  const { tracking, seen } = tracked({ model: "own/mine", detector: "own/finder" }, ["own/finder", "own/mine"]);
  await tracking.start();
  assert.deepEqual([tracking.options.model, tracking.options.detector], ["default", "default"]);
  assert.deepEqual(seen, [["replaced", ["own/finder is damaged", "own/mine is damaged"]]]);
});

test("where the default cannot be used either there is no tracking", async () => {
  const { tracking, made, seen } = tracked({ model: "own/mine", detector: "person-detector" }, ["own/mine", "default"]);
  await tracking.start();
  assert.equal(made.length, 2);
  assert.deepEqual(seen, [["failed", ["default is damaged"]]]);
  assert.equal(tracking.ready, false);
});

test("a choice is not given up for a failure that is not its own", async () => {
  const made = [];
  const tracking = new Tracking({ ...DEFAULTS, model: "own/mine" }, () => {
    const tracker = new FakeTracker();
    tracker.ready = Promise.reject(new TrackerError("unsupported", "no WebAssembly"));
    made.push(tracker);
    return tracker;
  });
  await tracking.start();
  assert.equal(made.length, 1);
  assert.equal(tracking.options.model, "own/mine");
});
