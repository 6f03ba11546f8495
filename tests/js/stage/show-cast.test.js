import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Cast } from "../../../static/js/stage/cast.js";

const NAMES = ["ash", "beech", "elm", "fir", "larch", "oak", "pine"];
const MANIFEST = { characters: Object.fromEntries(NAMES.map((name, k) => [name, { file: `${name}.glb`, age: 10 * k, not_applicable: name === "elm" ? ["left_wrist"] : [] }])) };
const { fetch } = globalThis;
let freed, loaded, working;
beforeEach(() => {
  [freed, loaded, working] = [[], [], true];
  globalThis.fetch = async () => (working ? Response.json(MANIFEST) : new Response("", { status: 503 }));
});
afterEach(() => {
  globalThis.fetch = fetch;
});
const cast = () =>
  new Cast("https://example.org/people/", async (address) => {
    loaded.push(address);
    if (!working) throw new Error("503");
    return { address, dispose: () => freed.push(address) };
  });

test("a character is fetched once, also when two ask at the same time", async () => {
  const people = cast();
  const [first, second] = await Promise.all([people.get("oak"), people.get("oak")]);
  assert.equal(first, second);
  assert.equal(await people.get("oak"), first);
  assert.deepEqual(loaded, ["https://example.org/people/oak.glb"]);
});

test("those on the stage and the last three others are kept, the rest is freed", async () => {
  const people = cast();
  const shown = await people.get("ash");
  for (const name of NAMES.slice(1)) {
    await people.get(name);
    await people.tidy(new Set([shown]));
  }
  assert.deepEqual(freed.map((address) => address.match(/(\w+)\.glb/)[1]), ["beech", "elm", "fir"]);
  await people.get("larch"); // is there still, and is now the newest
  await people.get("beech");
  await people.tidy(new Set([shown]));
  assert.equal(loaded.length, NAMES.length + 1);
  assert.match(freed.at(-1), /oak/);
  people.dispose();
  await new Promise(setImmediate);
  assert.equal(freed.length, loaded.length, "in the end all are");
});

test("who cannot be loaded is tried again, and so is the list", async () => {
  const people = cast();
  working = false;
  await assert.rejects(people.get("oak"), (error) => error.code === "character" && /list of characters/.test(error.message));
  working = true;
  await people.manifest();
  working = false;
  await assert.rejects(people.get("oak"), (error) => error.code === "character" && /oak cannot be loaded: 503/.test(error.message));
  working = true;
  assert.ok(await people.get("oak"));
  await assert.rejects(people.get("bamboo"), /RangeError: character: expected one of ash, .* got "bamboo"/);
});

test("grown-ups with both hands push, but not those who sit", async () => {
  assert.deepEqual(await cast().helpers("larch"), ["fir", "oak", "pine"]);
});
