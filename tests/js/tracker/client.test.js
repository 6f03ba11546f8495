import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { LIMITS } from "../../../static/js/tracker/client.js";
import { Tracker } from "../../../static/js/tracker/tracker.js";

/** Answers as `worker.js` does; on "webgl" its thread hangs for good at the frame of time 13. */
class FakeWorker extends EventTarget {
  /** @type {FakeWorker[]} */
  static all = [];
  terminated = false;
  hung = false;

  constructor() {
    super();
    FakeWorker.all.push(this);
  }

  postMessage({ call, name, payload }) {
    if (name === "open") this.backend = payload.backend;
    if (name === "track" && this.backend === "webgl" && payload.time === 13) this.hung = true;
    if (this.hung) return;
    const people = [];
    const values = {
      open: { backend: this.backend, threads: 1, tensors: 7 },
      track: { result: { people }, tensors: 7 },
      state: "the hung worker cannot tell",
    };
    const data = { call, value: values[name] };
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("message"), { data })));
  }

  terminate() {
    this.terminated = true;
  }
}

const entry = (role, name) => ({ role, files: [{ path: `${name}/model.json`, bytes: 1, sha256: "0".repeat(64) }] });
const MANIFEST = {
  version: 1,
  models: {
    "blazepose-full": entry("landmarks", "blazepose-full"),
    "person-detector": entry("detector", "person-detector"),
  },
};
const frame = () => ({ close() {} });
const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  FakeWorker.all = [];
  globalThis.Worker = FakeWorker;
  mock.method(globalThis, "fetch", async () => Response.json(MANIFEST));
  globalThis.OffscreenCanvas = class {};
  globalThis.crossOriginIsolated = true;
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
  delete globalThis.Worker;
  delete globalThis.OffscreenCanvas;
  delete globalThis.crossOriginIsolated;
});

test("a worker whose thread hangs is replaced, and whoever waits behind the frame gets a turn", async () => {
  const tracker = new Tracker({ backend: "webgl" });
  const seen = [];
  tracker.addEventListener("status", ({ detail }) => seen.push(detail));
  await tracker.ready;
  await tracker.track(frame(), 1);
  const hung = assert.rejects(tracker.track(frame(), 13), { code: "deadline", message: /a frame took longer than 10 s/ });
  const changed = tracker.configure({ smooth: false });
  await settle();
  mock.timers.tick(LIMITS.track.ms - 1);
  await settle();
  assert.equal(FakeWorker.all.length, 1, "changed before the deadline");
  mock.timers.tick(1);
  await settle();
  mock.timers.tick(LIMITS.state.ms); // its tracks cannot be read either
  await hung;
  assert.equal((await changed).backend, "wasm");
  assert.deepEqual((await tracker.track(frame(), 14)).people, []);
  const [old, fresh] = FakeWorker.all;
  assert.deepEqual([old.terminated, fresh.terminated, fresh.backend], [true, false, "wasm"]);
  assert.deepEqual(seen.map(({ stage }) => stage).slice(-2), ["loading", "ready"]);
});

test("a replacement that cannot take the tracks over is closed, and the failure told", async () => {
  const tracker = new Tracker({ backend: "webgl" });
  await tracker.ready;
  await tracker.track(frame(), 1);
  const hung = assert.rejects(tracker.track(frame(), 13), { code: "deadline" });
  await settle();
  mock.timers.tick(LIMITS.track.ms);
  await settle();
  FakeWorker.all[1].hung = true;
  mock.timers.tick(LIMITS.state.ms);
  await settle();
  mock.timers.tick(LIMITS.restore.ms);
  await hung;
  assert.deepEqual(FakeWorker.all.map(({ terminated }) => terminated), [true, true]);
  await assert.rejects(tracker.ready, { code: "deadline" });
});

test("the first frame may take as long as loading: it compiles shaders", async () => {
  const tracker = new Tracker({ backend: "webgl" });
  await tracker.ready;
  const hung = assert.rejects(tracker.track(frame(), 13), { code: "deadline", message: /the first frame/ });
  await settle();
  mock.timers.tick(LIMITS.first.ms - 1);
  await settle();
  assert.equal(FakeWorker.all.length, 1, "changed before the deadline");
  mock.timers.tick(1);
  await settle();
  mock.timers.tick(LIMITS.state.ms);
  await hung;
  assert.equal(tracker.info.backend, "wasm");
});

test("a call that is answered in time leaves no timer behind", async () => {
  const tracker = new Tracker({ backend: "wasm" });
  await tracker.ready;
  await tracker.track(frame(), 1);
  mock.timers.tick(10 * LIMITS.open.ms);
  await tracker.track(frame(), 2);
  assert.deepEqual(FakeWorker.all.map(({ terminated }) => terminated), [false]);
});
