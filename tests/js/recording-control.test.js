import assert from "node:assert/strict";
import { test } from "node:test";
import { RecordingControl, Stopwatch, controls, freshPseudonym } from "../../static/js/pages/live/recording-control.js";

const NONE = { recorded: 0, acknowledged: 0, waiting: 0 };
const moment = (changes) => ({
  state: "idle",
  tracking: true,
  source: true,
  online: true,
  counts: NONE,
  earlier: 0,
  ...changes,
});

test("recording can begin only when something is tracked, and the hint says why not", () => {
  assert.equal(controls(moment()).record, true);
  assert.match(controls(moment({ source: false })).hint, /camera|file/);
  assert.equal(controls(moment({ source: false })).record, false);
  assert.equal(controls(moment({ tracking: false })).record, false);
  assert.match(controls(moment({ tracking: false })).hint, /tracking/);
});

test("pause and stop work while recording and while paused, and nowhere else", () => {
  for (const [state, works] of Object.entries({ idle: false, recording: true, paused: true, stopping: false })) {
    const { pause, stop, record } = controls(moment({ state }));
    assert.deepEqual([pause, stop, record], [works, works, state === "idle"], state);
  }
  assert.equal(controls(moment({ state: "paused" })).pauseText, "Resume");
});

test("a lost server does not end a recording, and the hint says where its frames are", () => {
  const able = controls(moment({ state: "recording", online: false }));
  assert.equal(able.stop, true);
  assert.match(able.hint, /kept on this device/);
});

test("what an earlier page has left is told of", () => {
  assert.match(controls(moment({ earlier: 1204 })).hint, /^1,204 frames of an earlier recording are being sent/);
  assert.match(controls(moment({ earlier: 1204, online: false })).hint, /until the server is back/);
});

test("the stopwatch stands still while paused", () => {
  const watch = new Stopwatch();
  watch.start(10);
  assert.equal(watch.read(12), 2);
  watch.pause(13);
  assert.equal(watch.read(99), 3);
  watch.resume(100);
  assert.equal(watch.read(101), 4);
  watch.start(200);
  assert.equal(watch.read(200), 0);
});

test("pseudonyms to begin with differ and name nobody", () => {
  const made = new Set(Array.from({ length: 50 }, freshPseudonym));
  assert.ok(made.size > 10);
  for (const name of made) assert.match(name, /^participant-\d{4}$/);
});

/** A link that keeps what it is given. */
class FakeLink extends EventTarget {
  calls = [];
  refuse = null;
  async start(about) {
    if (this.refuse) throw this.refuse;
    const note = (name) => (value) => void this.calls.push(value === undefined ? name : [name, value]);
    const recording = {
      push: note("push"),
      pause: note("pause"),
      resume: note("resume"),
      counts: { recorded: 2, acknowledged: 2, waiting: 0 },
    };
    recording.stop = () => new Promise((resolve, reject) => (this.end = { resolve, reject }));
    this.calls.push(["start", about]);
    return recording;
  }
  tell(recording) {
    this.dispatchEvent(new CustomEvent("state", { detail: { connection: "online", recording, earlier: 0 } }));
  }
}

test("a recording from start to seal", async () => {
  const link = new FakeLink();
  let now = 0;
  const control = new RecordingControl(link, () => now);
  control.push("early");
  await control.start({ pseudonym: "p" });
  control.push("one");
  now = 5;
  control.toggle();
  control.push("while paused");
  assert.equal(control.state, "paused");
  now = 8;
  control.toggle();
  control.push("two");
  link.tell({ recorded: 2, acknowledged: 1, waiting: 1 });
  assert.deepEqual(control.counts, { recorded: 2, acknowledged: 1, waiting: 1 });
  const stopped = control.stop();
  control.push("late");
  assert.equal(control.state, "stopping");
  link.end.resolve();
  await stopped;
  assert.equal(control.state, "idle");
  assert.equal(control.seconds, 5);
  assert.deepEqual(control.counts, { recorded: 2, acknowledged: 2, waiting: 0 }, "the last counts stay");
  assert.deepEqual(link.calls, [["start", { pseudonym: "p" }], ["push", "one"], "pause", "resume", ["push", "two"]]);
});

test("one that cannot begin is told of, and the next one may", async () => {
  const link = new FakeLink();
  link.refuse = new Error("storage is full");
  const control = new RecordingControl(link, () => 0);
  const failures = [];
  control.addEventListener("failed", (event) => failures.push(event.detail.message));
  await control.start({});
  assert.deepEqual([control.state, failures], ["idle", ["storage is full"]]);
  link.refuse = null;
  await control.start({});
  assert.equal(control.state, "recording");
  const stopped = control.stop();
  link.end.reject(new Error("the server refuses it"));
  await stopped;
  assert.deepEqual([control.state, failures.at(-1)], ["idle", "the server refuses it"]);
});
