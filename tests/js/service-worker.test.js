// The service worker's answers where the browser's storage fails.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import vm from "node:vm";

const ORIGIN = "http://localhost:5000";
const source = await readFile(new URL("../../static/sw.js", import.meta.url), "utf8");

/** Ask a worker that has these caches. @returns the answer's text */
async function ask(caches, path, mode = "no-cors", failure = null) {
  const listeners = {};
  const location = new URL(ORIGIN);
  const self = { addEventListener: (name, listener) => (listeners[name] = listener) };
  const fetch = async () => {
    if (failure !== null) throw new TypeError(failure);
    return new Response("from the network");
  };
  vm.runInNewContext(source, { self, caches, fetch, location, URL, setTimeout: () => 0 });
  let answer = null;
  const request = { method: "GET", url: ORIGIN + path, mode };
  listeners.fetch({ request, respondWith: (promised) => (answer = promised) });
  return answer === null ? "left alone" : (await answer).text();
}

const PLACES = [["/assets/abc123/js/x.js"], ["/", "navigate"]];
const cache = { match: async () => undefined, put: async () => {} };

for (const [path, mode] of PLACES) {
  test(`${path}: full storage does not fail the page`, async () => {
    const put = async () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    assert.equal(await ask({ open: async () => ({ ...cache, put }) }, path, mode), "from the network");
  });

  test(`${path}: forbidden storage does not fail the page`, async () => {
    const open = async () => {
      throw new DOMException("denied", "SecurityError");
    };
    assert.equal(await ask({ open }, path, mode), "from the network");
  });
}

test("what is fetched is kept, and what is kept is not fetched", async () => {
  const kept = new Map();
  const open = async () => ({
    match: async (url) => kept.get(url)?.clone(),
    put: async (url, response) => void kept.set(url, response),
  });
  const path = "/assets/abc123/js/x.js";
  assert.equal(await ask({ open }, path), "from the network");
  assert.deepEqual([...kept.keys()], [ORIGIN + path]);
  kept.set(ORIGIN + path, new Response("kept"));
  assert.equal(await ask({ open }, path), "kept");
});

test("files of own models are kept under what they hold; their list is asked for anew", async () => {
  const kept = new Map();
  const opened = [];
  const open = async (name) => {
    opened.push(name);
    return {
      match: async (url) => kept.get(url)?.clone(),
      put: async (url, response) => void kept.set(url, response),
    };
  };
  const path = "/models/own/mine/model.json?sha256=0123456789ab";
  assert.equal(await ask({ open }, path), "from the network");
  kept.set(ORIGIN + path, new Response("kept"));
  kept.set("/models/own/manifest.json", new Response("kept"));
  assert.equal(await ask({ open }, path), "kept");
  assert.equal(await ask({ open }, path.replace("0123", "4567")), "from the network");
  assert.equal(await ask({ open }, "/models/own/manifest.json"), "from the network");
  assert.equal(await ask({ open }, "/models/own/manifest.json", "no-cors", "no network"), "kept");
  assert.deepEqual(new Set(opened), new Set(["poseable-own-models", "poseable-pages"]));
  assert.equal(await ask({ open }, "/models/own/mine/model.json"), "left alone");
});

/** Say `keep` to a worker whose server has these files. @returns which of them are kept */
async function keep(files, { models = ["person-detector"], own, characters } = {}, before = []) {
  const listeners = {};
  const kept = new Set();
  for (const url of before) kept.add(url);
  const cache = {
    match: async () => undefined,
    put: async (url) => void kept.add(url),
    keys: async () => [...kept].map((url) => ({ url: new URL(url, ORIGIN).href })),
    delete: async (url) => kept.delete(url),
  };
  const caches = { open: async () => cache, keys: async () => [], has: async () => before.length > 0 };
  const headers = { "Poseable-Revision": "abc123" };
  const fetch = async (url) => new Response(url.endsWith("index.json") ? JSON.stringify(files) : "", { headers });
  const self = { addEventListener: (name, listener) => (listeners[name] = listener) };
  const navigator = { locks: { query: async () => ({ held: [] }) } };
  vm.runInNewContext(source, { self, caches, fetch, navigator, location: new URL(ORIGIN), URL });
  let work;
  const answer = await new Promise((resolve) => {
    const data = { type: "keep", revision: "abc123", models, own, characters };
    listeners.message({ data, ports: [{ postMessage: resolve }], waitUntil: (promise) => (work = promise) });
  });
  await work;
  assert.equal(answer.ok, true, answer.reason);
  if (own) return [...kept].filter((url) => url.includes("/models/own/")).sort();
  return files.filter((name) => kept.has(`/assets/abc123/${name}`));
}
const FILES = [
  "css/base.css", "js/pages/live/main.js", "js/stage/show.js", "js/stage/motion/index.js", "spec/rig.json", "vendor/tf.js",
  "vendor/three.js", "vendor/three-addons/chunk-X.js", "models/manifest.json", "models/person-detector/model.json",
  "models/person-detector/report.json", "models/person-detector/person-detector.tflite", "models/person-detector/weights-1-of-1.bin", "models/blazepose-heavy/model.json", "characters/manifest.json", "characters/alder.glb", "characters/birch.glb", "vendor/x.d.ts",
];

test("who has shown no character keeps nothing of the stage", async () => {
  const kept = await keep(FILES);
  assert.deepEqual(kept, [
    "css/base.css", "js/pages/live/main.js", "spec/rig.json", "vendor/tf.js", "models/manifest.json", "models/person-detector/model.json",
    "models/person-detector/weights-1-of-1.bin",
  ]);
});

test("who has shown a character keeps the stage and that character", async () => {
  const kept = await keep(FILES, { characters: ["birch"] });
  const further = kept.filter((name) => /stage|three|characters/.test(name));
  assert.deepEqual(further, [
    "js/stage/show.js", "js/stage/motion/index.js", "vendor/three.js", "vendor/three-addons/chunk-X.js", "characters/manifest.json",
    "characters/birch.glb",
  ]);
});

const OWN = [1, 2].map((place) => `${ORIGIN}/models/own/mine/weights-${place}-of-2.bin?sha256=0123456789ab`);
const OLD = `${ORIGIN}/models/own/mine/weights-1-of-2.bin?sha256=ba9876543210`;

test("own models that are used are kept, and what was taught again or deleted goes", async () => {
  const kept = await keep(FILES, { own: { files: OWN, known: OWN } }, [OLD]);
  assert.deepEqual(kept, ["/models/own/manifest.json", ...OWN]);
});

test("nothing of own models goes while it is not known which there are", async () => {
  const kept = await keep(FILES, { own: { files: [], known: null } }, [OLD]);
  assert.deepEqual(kept, ["/models/own/manifest.json", OLD]);
});
