import assert from "node:assert/strict";
import { test } from "node:test";
import { Models, choiceWords, recordedModel, taughtWords } from "../../static/js/pages/live/models.js";

const model = (name, more = {}) => ({
  name,
  role: "landmarks",
  own: name.startsWith("own/"),
  address: "",
  files: [`${name}/model.json`, `${name}/w.bin`],
  bytes: 2_900_000,
  revision: "0123456789ab",
  available: true,
  source: null,
  evaluation: null,
  ...more,
});
const FULL = model("blazepose-full");
const MINE = model("own/mine", { source: "blazepose-full" });
const catalogue = (models, more = {}) => ({
  models,
  defaults: { landmarks: "blazepose-full", detector: "person-detector" },
  problems: [],
  reached: true,
  ...more,
});

/** Models of a server that gives these answers one after another, and how often they were others than before. */
function reading(...answers) {
  const models = new Models(async () => answers.shift());
  const changes = [];
  models.addEventListener("change", () => changes.push(models.of("landmarks").map(({ name }) => name)));
  return { models, changes };
}

test("what was taught meanwhile is there at the next look, and only news is told", async () => {
  const { models, changes } = reading(catalogue([FULL]), catalogue([FULL]), catalogue([FULL, MINE]));
  await models.refresh();
  await models.refresh();
  await Promise.all([models.refresh(), models.refresh()]);
  assert.deepEqual(changes, [["blazepose-full"], ["blazepose-full", "own/mine"]]);
});

test("own models that were there stay while there is no server, and go when it says so", async () => {
  const offline = catalogue([FULL], { reached: false });
  const broken = catalogue([FULL], { reached: false, problems: ["half written"] });
  const { models } = reading(catalogue([FULL, MINE]), offline, broken, catalogue([FULL]));
  const own = () => models.of("landmarks").filter((each) => each.own).length;
  const seen = [];
  for (let i = 0; i < 4; i += 1) seen.push(await models.refresh().then(own));
  assert.deepEqual(seen, [1, 1, 0, 0]);
});

test("a model that was taught again is told from the one that runs", async () => {
  const { models } = reading(catalogue([FULL, MINE]), catalogue([FULL, { ...MINE, revision: "ba9876543210" }]), catalogue([FULL]));
  const running = { model: "own/mine", revision: "0123456789ab" };
  const seen = [];
  for (let i = 0; i < 3; i += 1) seen.push(await models.refresh().then(() => models.isOutdated(running)));
  assert.deepEqual(seen, [false, true, false], "what is gone is not newer");
});

test("the defaults are known by their names", async () => {
  const { models } = reading(catalogue([FULL]));
  assert.equal(models.named("landmarks", "default"), "", "before the manifest is there");
  await models.refresh();
  assert.equal(models.named("landmarks", "default"), "blazepose-full");
  assert.equal(models.named("landmarks", "own/mine"), "own/mine");
});

test("used own models are kept for times without the server; what else is known is told, if all of it is", async () => {
  const { models } = reading(catalogue([FULL, MINE]), catalogue([FULL, MINE], { problems: ["one is broken"] }));
  assert.deepEqual(models.ownFiles(["own/mine"]), { files: [], known: null });
  await models.refresh();
  assert.deepEqual(models.ownFiles(["own/mine", "person-detector"]), { files: MINE.files, known: MINE.files });
  assert.deepEqual(models.ownFiles(["blazepose-full"]), { files: [], known: MINE.files });
  await models.refresh();
  assert.deepEqual(models.ownFiles(["own/mine"]).known, null);
});

test("choices in words", () => {
  assert.equal(choiceWords(FULL), "BlazePose full (2.9 MB)");
  assert.equal(choiceWords(MINE), "mine (your own), 2.9 MB");
  assert.equal(choiceWords({ ...FULL, available: false }), "BlazePose full (not on this server yet: make heavy)");
});

test("a taught model says what it was taught from, and figures before and after", () => {
  const figures = { groups: { all: { "pck@0.2": [0.8561, 0.9312] } }, inclusion_gap: [21.04, 5] };
  const words = (evaluation, more) => taughtWords({ ...MINE, ...more, evaluation });
  const found = "Taught from BlazePose full: PCK@0.2 0.86 → 0.93, inclusion gap 21.0 → 5.0 points";
  assert.equal(words({ validation: figures }), `${found}, on the validation pictures.`);
  assert.equal(words({ validation: {}, benchmark: figures }), `${found}, on the benchmark.`);
  assert.equal(words({ benchmark: { ...figures, synthetic: true } }), `${found}, on the benchmark – renders.`);
  const part = { groups: figures.groups, inclusion_gap: [null, null] };
  assert.equal(words({ validation: part }), "Taught from BlazePose full: PCK@0.2 0.86 → 0.93, on the validation pictures.");
  const detector = { role: "detector", source: "person-detector" };
  const seen = { before: { detected: { all: 0.84 } }, after: { detected: { all: 0.951 } } };
  const told = "Taught from person detector: people found 0.84 → 0.95, on the benchmark.";
  assert.equal(words({ benchmark: seen }, detector), told);
  assert.equal(words({ validation: part }, detector), "Taught from person detector; not measured.");
  const none = [null, {}, { validation: {} }, { validation: { groups: 3, inclusion_gap: "5" } }];
  for (const evaluation of none) assert.equal(words(evaluation), "Taught from BlazePose full; not measured.");
  assert.equal(taughtWords(FULL), "");
  assert.equal(taughtWords(undefined), "");
});

test("a recording names the model and what its files hold", () => {
  assert.equal(recordedModel({ model: "own/mine", revision: "0123456789ab" }), "own/mine@0123456789ab");
  const longest = recordedModel({ model: `own/${"m".repeat(40)}`, revision: "0123456789ab" });
  assert.ok(longest.length <= 100, "docs/protocol.md: at most 100 code points");
});
