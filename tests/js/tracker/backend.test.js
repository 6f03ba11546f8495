import assert from "node:assert/strict";
import { test } from "node:test";
import * as backend from "../../../static/js/tracker/backend.js";

const wasm = (ms) => ({ backend: "wasm", threads: 1, ms, reason: null });
const webgl = (ms) => ({ backend: "webgl", threads: 1, ms, reason: null });
const webgpu = (ms) => ({ backend: "webgpu", threads: 1, ms, reason: ms === null ? "no adapter" : null });
const everything = { isolated: true, cores: 8, gpu: true };

function memory() {
  const entries = new Map();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => entries.set(key, value),
    removeItem: (key) => entries.delete(key),
  };
}

test("half of the cores are used, and threads need isolation", () => {
  const threads = (cores, isolated = true) => backend.wasmThreads({ ...everything, cores, isolated });
  assert.deepEqual([threads(1), threads(2), threads(4), threads(64), threads(64, false)], [1, 1, 2, 4, 1]);
});

test("only what the browser has is tried", () => {
  const names = (surroundings) => backend.candidates({ ...everything, ...surroundings }).map((c) => c.backend);
  assert.deepEqual(names({}), ["wasm", "webgl", "webgpu"]);
  assert.deepEqual(names({ isolated: false, gpu: false }), ["webgl"]);
  assert.deepEqual(names({ cores: 2 }), ["webgl", "webgpu"]);
});

test("another back end must be clearly faster, and the fastest of those wins", () => {
  assert.equal(backend.pick([wasm(20), webgl(17)]).backend, "wasm");
  assert.equal(backend.pick([wasm(20), webgl(15)]).backend, "webgl");
  assert.equal(backend.pick([wasm(20), webgl(15), webgpu(5)]).backend, "webgpu");
  assert.equal(backend.pick([wasm(20), webgl(5), webgpu(15)]).backend, "webgl");
  assert.equal(backend.pick([wasm(20), webgpu(null)]).backend, "wasm");
  assert.equal(backend.pick([wasm(null), webgl(900)]).backend, "webgl");
});

test("a choice is remembered for the same browser, surroundings and model, for a while", () => {
  const store = memory();
  const outcome = { choice: { backend: "webgl", threads: 1 }, trials: [wasm(20), webgl(5)] };
  backend.remember(store, "blazepose-full", "Browser 1", true, outcome, 1000);
  const recall = (model, agent, isolated, now) => backend.recall(store, model, agent, isolated, now);
  assert.deepEqual(recall("blazepose-full", "Browser 1", true, 2000), outcome);
  assert.equal(recall("blazepose-lite", "Browser 1", true, 2000), null);
  assert.equal(recall("blazepose-full", "Browser 2", true, 2000), null);
  assert.equal(recall("blazepose-full", "Browser 1", false, 2000), null);
  assert.equal(recall("blazepose-full", "Browser 1", true, 1000 + 15 * 24 * 3600 * 1000), null);
  backend.forget(store, "blazepose-full");
  assert.equal(recall("blazepose-full", "Browser 1", true, 2000), null);
});

test("a damaged memory is no memory", () => {
  const store = memory();
  for (const text of ["{", "null", "3", '{"version":0}']) {
    store.setItem("poseable.backend.blazepose-full", text);
    assert.equal(backend.recall(store, "blazepose-full", "Browser 1", true, 0), null);
  }
});

test("a choice is described for people", () => {
  assert.equal(backend.describe(wasm(20)), "WASM");
  assert.equal(backend.describe({ backend: "wasm", threads: 4 }), "WASM, 4 threads");
});
