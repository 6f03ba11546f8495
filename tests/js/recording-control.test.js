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
  failed: false,
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
  opened = Promise.resolve(); // what the storage takes its time for
  async start(about) {
    if (this.refuse) throw this.refuse;
    const note = (name) => (value) => void this.calls.push(value === undefined ? name : [name, value]);
    const recording = {
      push: note("push"),
      pause: note("pause"),
      resume: note("resume"),
      counts: { recorded: 2, acknowledged: 2, waiting: 0 },
    };
    recording.finished = new Promise((resolve, reject) => (this.end = { resolve, reject }));
    recording.stop = () => (this.calls.push("stop"), recording.finished);
    await this.opened;
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
  assert.deepEqual(link.calls, [["start", { pseudonym: "p" }], ["push", "one"], "pause", "resume", ["push", "two"], "stop"]);
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

/** What a control tells of, in order. */
function failuresOf(control) {
  const failures = [];
  control.addEventListener("failed", (event) => failures.push(event.detail.message));
  return failures;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("one that the server refuses for good ends at once: clock stopped, counts kept, told once", async () => {
  const link = new FakeLink();
  let now = 0;
  const control = new RecordingControl(link, () => now);
  const failures = failuresOf(control);
  await control.start({});
  now = 3;
  link.end.reject(new Error("the session was deleted"));
  await settled();
  now = 9;
  assert.deepEqual([control.state, control.seconds, failures], ["idle", 3, ["the session was deleted"]]);
  assert.deepEqual(control.counts, { recorded: 2, acknowledged: 2, waiting: 0 });
  control.push("late");
  await control.stop();
  assert.equal(failures.length, 1);
  assert.deepEqual(link.calls, [["start", {}]]);
  assert.match(controls(moment({ failed: control.failed, counts: control.counts })).hint, /not complete/);
  await control.start({});
  assert.deepEqual([control.state, control.failed], ["recording", false], "the next one may begin");
});

test("a refusal while it is being stopped is told once", async () => {
  const link = new FakeLink();
  const control = new RecordingControl(link, () => 0);
  const failures = failuresOf(control);
  await control.start({});
  const stopped = control.stop();
  link.end.reject(new Error("no"));
  await stopped;
  await settled();
  assert.deepEqual([control.state, failures], ["idle", ["no"]]);
});

test("stop during the start ends the recording that has just begun", async () => {
  const link = new FakeLink();
  let open = () => {};
  link.opened = new Promise((resolve) => (open = resolve));
  let now = 0;
  const control = new RecordingControl(link, () => now);
  const started = control.start({});
  const stopped = control.stop(); // by hand, or because of another source
  assert.equal(control.state, "stopping");
  open();
  await started;
  now = 5;
  control.push("of another source");
  assert.equal(control.seconds, 0);
  link.end.resolve();
  await stopped;
  assert.equal(control.state, "idle");
  assert.deepEqual(link.calls, [["start", {}], "stop"]);
});

test("stop during a start that fails is told of once", async () => {
  const link = new FakeLink();
  link.refuse = new Error("storage is full");
  const control = new RecordingControl(link, () => 0);
  const failures = failuresOf(control);
  await Promise.all([control.start({}), control.stop()]);
  assert.deepEqual([control.state, failures], ["idle", ["storage is full"]]);
});
