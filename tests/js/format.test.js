import assert from "node:assert/strict";
import { test } from "node:test";
import {
  NOTHING,
  backendWords,
  bytes,
  decimal,
  duration,
  landmarkName,
  modelName,
  moment,
  plural,
  shortReason,
} from "../../static/js/pages/common/format.js";

test("numbers that are none become a dash", () => {
  for (const value of [null, undefined, NaN, Infinity]) {
    assert.equal(decimal(value, 1), NOTHING);
    assert.equal(duration(value), NOTHING);
    assert.equal(bytes(value), NOTHING);
  }
  assert.equal(moment("yesterday"), NOTHING);
});

test("durations", () => {
  const expected = { 0: "0:00", 7.9: "0:07", 750: "12:30", 3723: "1:02:03", [-1]: "0:00" };
  for (const [seconds, text] of Object.entries(expected)) assert.equal(duration(Number(seconds)), text);
});

test("bytes in decimal units, three digits at most", () => {
  const expected = {
    0: "0 B",
    999: "999 B",
    1000: "1.0 kB",
    99_400: "99.4 kB",
    99_600: "100 kB",
    6_510_000: "6.5 MB",
    2.5e9: "2.5 GB",
  };
  for (const [count, text] of Object.entries(expected)) assert.equal(bytes(Number(count)), text);
});

test("words", () => {
  assert.equal(plural(1, "person", "people"), "1 person");
  assert.equal(plural(0, "person", "people"), "0 people");
  assert.equal(plural(1204, "frame", "frames"), "1,204 frames");
  assert.equal(modelName("blazepose-full"), "BlazePose full");
  assert.equal(modelName("blazepose-full@0123456789ab"), "BlazePose full", "as recordings have it");
  assert.equal(modelName("own/my-chair"), "my-chair (your own)");
  assert.equal(landmarkName("left_foot_index"), "left foot index");
  assert.equal(backendWords({ backend: "webgpu", threads: 1 }), "WebGPU");
  assert.equal(backendWords({ backend: "wasm", threads: 3 }), "WASM × 3");
  assert.equal(backendWords({ backend: "abacus", threads: 1 }), "abacus", "an unknown one is not hidden");
});

test("reasons lose their name and what stands in brackets, nested ones too", () => {
  assert.equal(
    shortReason("webgl: drawn in software (ANGLE (G, SwiftShader (0xC0DE))), which is slower"),
    "drawn in software, which is slower",
  );
  assert.equal(shortReason("no (unclosed"), "no (unclosed");
  assert.equal(shortReason(null), "not available");
});
