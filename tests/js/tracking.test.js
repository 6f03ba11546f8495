import assert from "node:assert/strict";
import { test } from "node:test";
import { storedOptions } from "../../static/js/pages/live/tracking.js";

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
