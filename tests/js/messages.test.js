import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cameraMessage,
  characterMessage,
  fileMessage,
  graphicsMessage,
  offlineMessage,
  reasonOf,
  refusedMessage,
  simdSupported,
  trackerMessage,
  undeliveredMessage,
} from "../../static/js/pages/common/messages.js";

const named = (name) => Object.assign(new Error("text of the browser"), { name });

test("each way in which a camera fails has its own words", () => {
  const names = ["NotFoundError", "NotAllowedError", "NotReadableError", "OverconstrainedError"];
  const titles = names.map((name) => cameraMessage(named(name)).title);
  assert.equal(new Set(titles).size, names.length);
  assert.equal(cameraMessage(named("AbortError")).title, cameraMessage(named("NotReadableError")).title);
  assert.match(cameraMessage(named("NotAllowedError")).text, /allow/i, "says how");
});

test("an unknown failure keeps the browser's words", () => {
  assert.equal(cameraMessage(named("StrangeError")).text, "text of the browser");
  assert.equal(reasonOf(undefined), "no reason given");
  assert.match(fileMessage("a.mov", named("X")).title, /a\.mov/);
});

test("this machine has SIMD, so a tracker's failure keeps its reason", () => {
  assert.equal(simdSupported(), true);
  assert.match(trackerMessage(new Error("404 for model.json")).text, /404/);
});

test("no graphics processor is worth a word only if WASM runs and others were tried in vain", () => {
  const trial = (backend, ms) => ({ backend, ms });
  assert.equal(graphicsMessage({ backend: "webgl", trials: [trial("wasm", 40), trial("webgl", 9)] }), null);
  assert.equal(
    graphicsMessage({ backend: "wasm", trials: [trial("wasm", 20), trial("webgl", 30)] }),
    null,
    "WASM was faster",
  );
  assert.equal(graphicsMessage({ backend: "wasm", trials: [] }), null, "it was asked for");
  assert.equal(graphicsMessage({ backend: "wasm", trials: [trial("wasm", 40), trial("webgl", null)] })?.tone, "info");
});

test("a lost server: what goes on, and what waits", () => {
  assert.match(offlineMessage(true, 1204).text, /Recording goes on.*1,204 frames wait on this device/);
  assert.doesNotMatch(offlineMessage(false, 0).text, /wait on/);
});

test("why an earlier recording is not complete: a pseudonym keeps its letters", () => {
  const { text } = undeliveredMessage(["ember-fox: it was refused", "lost-fox: its memory was lost."]);
  assert.equal(text, "ember-fox: it was refused. lost-fox: its memory was lost.");
});

test("a character that fails: its file is named where there is one, the reason is a sentence", () => {
  const error = new Error("there is no skeleton in it");
  assert.deepEqual(characterMessage(error, "a.glb"), {
    tone: "danger",
    title: "“a.glb” cannot be used as a character",
    text: "There is no skeleton in it.",
  });
  assert.equal(characterMessage(error).title, "The character cannot be shown");
  assert.match(refusedMessage(error).text, /^There is no skeleton in it\. What was on the stage stays\.$/);
});

test("without graphics: where they are turned on", () => {
  const error = Object.assign(new Error("this browser gives no WebGL2"), { code: "webgl" });
  assert.match(characterMessage(error).text, /^This browser gives no WebGL2\. Turn on hardware acceleration in/);
  assert.doesNotMatch(characterMessage(new Error("busy")).text, /hardware/);
});
