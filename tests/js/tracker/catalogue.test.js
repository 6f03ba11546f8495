import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { afterEach, mock, test } from "node:test";
import { Shelf, choose, listModels, revisionOf } from "../../../static/js/tracker/catalogue.js";

const OWN = "http://localhost:8000/models/own/";
const FOLDER = new URL(OWN);
const HASH = "ab".repeat(32);
const entry = (name, role = "landmarks", more = {}) => ({
  role,
  files: ["model.json", "weights-1-of-1.bin"].map((file) => ({ path: `${name}/${file}`, bytes: 100, sha256: HASH })),
  ...more,
});
const manifest = (models, more = {}) => ({ version: 1, ...more, models });
const SHIPPED = {
  "blazepose-full": entry("blazepose-full"),
  "blazepose-full-inclusive": entry("blazepose-full-inclusive"),
  "person-detector": entry("person-detector", "detector"),
  "person-detector-inclusive": entry("person-detector-inclusive", "detector"),
};

/** A server that answers with these, by the end of the address; text as it is, numbers as a refusal, errors thrown. */
function serve(answers) {
  const asked = [];
  mock.method(globalThis, "fetch", async (address) => {
    const { href } = new URL(address);
    asked.push(href);
    const answer = Object.entries(answers).find(([end]) => href.endsWith(end))?.[1];
    if (answer instanceof Error) throw answer;
    if (typeof answer === "string") return new Response(answer);
    const response = answer === undefined ? new Response("<p>no", { status: 500, headers: { "Content-Type": "text/html" } }) : Response.json(answer);
    Object.defineProperty(response, "url", { value: href });
    return response;
  });
  return asked;
}

afterEach(() => mock.restoreAll());

test("the committed manifest can be read, and its defaults are networks of their roles", async () => {
  const read = async (name) => JSON.parse(await readFile(new URL(`../../../static/${name}`, import.meta.url), "utf8"));
  serve({ "/static/models/manifest.json": await read("models/manifest.json") });
  const catalogue = await new Shelf().catalogue();
  for (const role of ["landmarks", "detector"]) assert.equal(choose(catalogue, role, "default").role, role);
  assert.ok(catalogue.models.length >= 4);
});

test("without defaults in the manifest the released networks are taken", async () => {
  serve({ "models/manifest.json": manifest(SHIPPED) });
  const { defaults } = await new Shelf().catalogue();
  assert.deepEqual(defaults, { landmarks: "blazepose-full", detector: "person-detector" });
});

test("the manifest's defaults are taken, unless they are none of its networks or of another role", async () => {
  const defaults = { landmarks: "blazepose-full-inclusive", detector: "person-detector-inclusive" };
  serve({ "models/manifest.json": manifest(SHIPPED, { defaults }) });
  const networks = await new Shelf().networks({ model: "default", detector: "default", own: OWN });
  assert.deepEqual([networks.landmarks.name, networks.detector.name], Object.values(defaults));
  serve({ "models/manifest.json": manifest(SHIPPED, { defaults: { landmarks: "person-detector", detector: "gone" } }) });
  assert.deepEqual((await new Shelf().catalogue()).defaults, { landmarks: "blazepose-full", detector: "person-detector" });
});

test("own networks are offered beside the shipped ones, also with a name of one of those", async () => {
  const own = { mine: entry("mine"), "blazepose-full": entry("blazepose-full"), other: { role: "equipment" } };
  serve({ "models/own/manifest.json": manifest(own), "models/manifest.json": manifest(SHIPPED) });
  const catalogue = await new Shelf().catalogue({ own: OWN });
  assert.deepEqual(catalogue.problems, []);
  const found = catalogue.models.filter((model) => model.own);
  assert.deepEqual(found.map(({ name }) => name), ["own/mine", "own/blazepose-full"]);
  assert.equal(choose(catalogue, "landmarks", "blazepose-full").own, false);
  const { revision, address, files, bytes } = choose(catalogue, "landmarks", "own/mine");
  assert.equal(address, `${OWN}mine/model.json?sha256=${revision}`);
  assert.deepEqual(files, [address, `${OWN}mine/weights-1-of-1.bin?sha256=${revision}`]);
  assert.equal(bytes, 200);
});

test("the revision changes with the content of any file, and is the one that the server computes", async () => {
  const files = [
    { path: "mine/model.json", bytes: 1, sha256: "ab".repeat(32) },
    { path: "mine/weights-1-of-1.bin", bytes: 1, sha256: "cd".repeat(32) },
  ];
  assert.equal(await revisionOf(files), "af5ac73d831a"); // the same in tests/server/test_own_models.py
  files[1].sha256 = "ce".repeat(32);
  assert.notEqual(await revisionOf(files), "af5ac73d831a");
});

test("only what the tracker loads is counted and kept", async () => {
  const files = ["model.json", "mine.tflite", "report.json", "weights-1-of-1.bin"];
  const described = files.map((file) => ({ path: `mine/${file}`, bytes: 10, sha256: HASH }));
  const { models } = await listModels(manifest({ mine: { role: "landmarks", files: described } }), FOLDER, { own: false });
  assert.deepEqual(models[0].files, [`${OWN}mine/model.json`, `${OWN}mine/weights-1-of-1.bin`]);
  assert.equal(models[0].bytes, 20);
});

test("what a network was taught from is told of taught ones alone", async () => {
  const source = { model: "blazepose-lite", sha256: HASH };
  const taught = entry("mine", "landmarks", { source, taught: { minutes: 30 }, evaluation: { inclusion_gap: 5 } });
  const { models } = await listModels(manifest({ mine: taught, raw: entry("raw", "landmarks", { source }) }), FOLDER, { own: true });
  assert.deepEqual(models.map((model) => model.source), ["blazepose-lite", null]);
  assert.deepEqual(models.map(({ evaluation }) => evaluation), [{ inclusion_gap: 5 }, null]);
});

const BROKEN = {
  "half written": ['{"version": 1, "mod', /models\/own\/manifest.json is not readable/],
  "of another version": [{ version: 2, models: {} }, /expected version 1, found 2/],
  "no object": [null, /expected version 1, found undefined/],
  "without models": [{ version: 1 }, /expected "models"/],
  "refused": [undefined, /manifest.json answered 500/],
};
for (const [what, [answer, words]] of Object.entries(BROKEN)) {
  test(`an own manifest that is ${what} leaves the shipped networks, and is told of`, async () => {
    serve({ "models/own/manifest.json": answer, "models/manifest.json": manifest(SHIPPED) });
    const { models, problems } = await new Shelf().catalogue({ own: OWN });
    assert.deepEqual(models.map(({ name }) => name), Object.keys(SHIPPED));
    assert.equal(problems.length, 1);
    assert.match(problems[0], words);
  });
}

const FLAWS = [
  ["Mine", entry("Mine"), /“Mine”: a name has lower-case/],
  ["m".repeat(41), entry("mine"), /at most 40/],
  ["mine", null, /expected an object with a role/],
  ["mine", { role: "landmarks" }, /expected files/],
  ["mine", { role: "landmarks", files: [{ path: "mine/model.json", bytes: 1, sha256: "short" }] }, /sha256/],
  ["mine", entry("yours"), /lack mine\/model.json/],
  ["mine", { role: "detector", files: [...entry("mine").files, ...entry("mine/../..").files] }, /not in its folder/],
];
for (const [name, flawed, words] of FLAWS) {
  test(`an entry ${JSON.stringify(flawed)?.slice(0, 60)} of “${name.slice(0, 5)}” is left out and named; the others stay`, async () => {
    const { models, problems } = await listModels(manifest({ [name]: flawed, sound: entry("sound") }), FOLDER, { own: true });
    assert.deepEqual(models.map((model) => model.name), ["own/sound"]);
    assert.equal(problems.length, 1);
    assert.match(problems[0], words);
  });
}

test("without a network nothing is wrong with own models; who asks for one is told", async () => {
  serve({ "models/own/manifest.json": new TypeError("no network"), "models/manifest.json": manifest(SHIPPED) });
  const { problems, reached } = await new Shelf().catalogue({ own: OWN });
  assert.deepEqual([problems, reached], [[], false]);
  const asked = new Shelf().networks({ model: "own/mine", detector: "default", own: OWN });
  await assert.rejects(asked, { code: "model", network: "own/mine", message: /“mine”.*cannot be reached/ });
});

test("a name that there is not, or not for this, is refused with the name", async () => {
  serve({ "models/own/manifest.json": manifest({}), "models/manifest.json": manifest(SHIPPED) });
  for (const name of ["own/gone", "gone", "person-detector"]) {
    const asked = new Shelf().networks({ model: name, detector: "default", own: OWN });
    await assert.rejects(asked, { code: "model", network: name, message: /there is no such model/ });
  }
});

test("the own folder is asked for only by who names one of its networks", async () => {
  const asked = serve({ "models/own/manifest.json": manifest({}), "models/manifest.json": manifest(SHIPPED) });
  await new Shelf().networks({ model: "default", detector: "person-detector-inclusive", own: OWN });
  assert.equal(asked.length, 1);
});

test("what is not on this server is not available", async () => {
  const index = ["models/blazepose-full/model.json", "js/x.js"];
  serve({ "index.json": index, "models/manifest.json": manifest(SHIPPED) });
  const { models } = await new Shelf().catalogue({ index: true });
  assert.deepEqual(models.map(({ available }) => available), [true, false, false, false]);
});

test("shipped manifests are asked for once, unless that failed; own ones each time", async () => {
  const shelf = new Shelf();
  serve({ "models/own/manifest.json": manifest({}) });
  await assert.rejects(shelf.catalogue({ own: OWN }), { code: "model", message: /manifest.json answered 500/ });
  const asked = serve({ "models/own/manifest.json": manifest({}), "models/manifest.json": manifest(SHIPPED) });
  await shelf.catalogue({ own: OWN });
  await shelf.catalogue({ own: OWN });
  assert.equal(asked.length, 3);
});
