import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { choices, fits, motionsFor, possible } from "../../../static/js/stage/choices.js";
import { MOTIONS } from "../../../static/js/stage/motion/index.js";
import { KINDS } from "../../../static/js/stage/equipment/params.js";
import { DEFAULTS, complete } from "../../../static/js/stage/wishes.js";

const MANIFEST = readFileSync(new URL("../../../static/characters/manifest.json", import.meta.url));
const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});
const serve = (status) => {
  globalThis.fetch = async () => new Response(status === 200 ? MANIFEST : "gone", { status });
};

const after = (...changes) => changes.reduce(complete, DEFAULTS);

test("what is not asked for stays", () => {
  const first = after({ motion: "wheelchair_rest", options: { hands: "rims" }, seed: 3 });
  const { light, ...others } = complete(first, { light: "evening" });
  assert.deepEqual({ ...others, light: "studio" }, first);
  assert.equal(light, "evening");
});

test("of motion and equipment the one that was not asked for follows where it does not fit", () => {
  assert.deepEqual(after({ motion: "rollator_walk" }).equipment, ["rollator"]);
  assert.equal(after({ equipment: ["rollator"] }).motion, "rollator_walk");
  assert.equal(after({ equipment: [] }).motion, "standing");
  assert.equal(after({ equipment: ["none"] }, { equipment: ["power_wheelchair"] }).motion, "power_drive");
  assert.equal(after({ motion: "wheelchair_rest" }, { equipment: ["power_wheelchair"] }).motion, "wheelchair_rest");
  assert.deepEqual(after({ equipment: ["white_cane"] }), { ...DEFAULTS, motion: "cane_walk", equipment: ["white_cane"], options: { weak_side: "left" } });
});

test("one crutch stands for a pair", () => {
  for (const changes of [{ equipment: ["axillary_crutch"] }, { motion: "crutch_two_point", equipment: ["axillary_crutch"] }]) {
    const { motion, equipment } = after(changes);
    assert.deepEqual([motion, equipment], ["crutch_two_point", ["axillary_crutch", "axillary_crutch"]]);
  }
});

test("one stick is one stick after crutches", () => {
  assert.deepEqual(after({ equipment: ["forearm_crutch"] }, { equipment: ["cane"] }).equipment, ["cane"]);
});

test("options stay with their motion and have a value each", () => {
  assert.deepEqual(after({}).options, { stroke: "semicircular" });
  const arc = after({ options: { stroke: "arc" } });
  assert.deepEqual(complete(arc, { seed: 1 }).options, { stroke: "arc" });
  assert.deepEqual(complete(arc, { motion: "walking" }).options, {});
  assert.deepEqual(after({ motion: "crutch_three_point", options: { bearing: "partial" } }).options, { weak_side: "left", bearing: "partial" });
});

test("hands leave the rims when the new chair has none", () => {
  const rims = after({ motion: "wheelchair_rest", options: { hands: "rims" } });
  assert.deepEqual(complete(rims, { equipment: ["power_wheelchair"] }).options, { hands: "lap" });
  assert.throws(
    () => complete(rims, { equipment: ["power_wheelchair"], options: { hands: "rims" } }),
    /wheelchair_rest: hands: expected one of lap, armrests, got "rims"/,
  );
});

test("somebody pushes whoever is to be pushed, unless told otherwise", () => {
  const pushed = after({ motion: "wheelchair_pushed" });
  assert.equal(pushed.attendant, true);
  assert.equal(complete(pushed, { motion: "wheelchair_push" }).attendant, false);
  const alone = complete(pushed, { attendant: false });
  assert.equal(alone.attendant, false);
  assert.equal(complete(alone, { light: "evening" }).attendant, false);
  assert.throws(() => after({ attendant: true }), /attendant: only with the motion wheelchair_pushed, got wheelchair_push/);
});

for (const [changes, expected] of [
  [{ colour: "red" }, /RangeError: unknown colour; known: character, motion/],
  [{ motion: "flying" }, /RangeError: motion: expected one of standing, .* got "flying"/],
  [{ equipment: ["skateboard"] }, /RangeError: equipment: expected some of manual_wheelchair, .* got "skateboard"/],
  [{ equipment: "cane" }, /TypeError: equipment: expected a list of names, got "cane"/],
  [{ motion: "walking", equipment: ["cane"] }, /RangeError: walking needs no equipment, got cane/],
  [{ motion: "crutch_swing_to", equipment: ["cane"] }, /needs forearm_crutch or axillary_crutch and forearm_crutch/],
  [{ equipment: ["cane", "rollator"] }, /RangeError: wheelchair_push needs manual_wheelchair, got cane, rollator/],
  [{ options: { stroke: "butterfly" } }, /wheelchair_push: stroke: expected one of semicircular, .* got "butterfly"/],
  [{ options: { hands: "lap" } }, /wheelchair_push: option: expected one of stroke, got "hands"/],
  [{ light: "moon" }, /RangeError: light: expected one of studio/],
  [{ room: "attic" }, /RangeError: room: expected one of studio/],
  [{ view: "below" }, /RangeError: view: expected one of front/],
  [{ view: { azimuth_rad: NaN, elevation_rad: 0 } }, /RangeError: view: expected a name, or azimuth_rad/],
  [{ view: null }, /RangeError: view: expected a name/],
  [{ absent: ["left_tail"] }, /RangeError: limb: expected one of left_hand/],
  [{ absent: "left_hand" }, /TypeError: absent: expected a list of names/],
  [{ seed: NaN }, /TypeError: seed: expected a finite number or a text, got NaN/],
]) {
  test(`refused: ${JSON.stringify(changes)}`, () => {
    assert.throws(() => after(changes), (error) => expected.test(String(error)) || assert.fail(String(error)));
  });
}

test("menus: every kind of aid and every motion can be reached, and what is offered together goes together", async () => {
  serve(200);
  const { characters, aids, motions, lights, rooms, views } = await choices();
  assert.equal(characters.length, Object.keys(JSON.parse(MANIFEST).characters).length);
  assert.deepEqual(characters.find(({ name }) => name === "maple").not_applicable, ["right_wrist", "right_pinky", "right_index", "right_thumb"]);
  assert.deepEqual(new Set(aids.map(({ name }) => name)), new Set(["none", "white_cane", ...KINDS]));
  assert.deepEqual(new Set(aids.flatMap((aid) => aid.motions)), new Set(Object.keys(motions)));
  assert.deepEqual(new Set([...Object.keys(motions), "attendant"]), new Set(Object.keys(MOTIONS)));
  for (const { equipment, motions: names } of aids) {
    for (const motion of names) {
      for (const [option, { usual, values }] of Object.entries(motions[motion].choices)) {
        for (const { name } of values) {
          if (!possible(equipment, option, name)) continue;
          assert.equal(after({ motion, equipment, options: { [option]: name } }).options[option], name);
        }
        assert.equal(after({ motion, equipment }).options[option], usual);
      }
    }
  }
  for (const { name } of lights) assert.equal(after({ light: name }).light, name);
  for (const { name } of rooms) assert.equal(after({ room: name }).room, name);
  for (const { name } of views) assert.equal(after({ view: name }).view, name);
});

test("menus: every word is written for people", async () => {
  serve(200);
  const labels = JSON.stringify(await choices()).match(/"label":"[^"]*"/g);
  assert.ok(labels.length > 60);
  for (const label of labels) assert.match(label, /"label":"[A-Z][^_]+"/);
});

test("a list of characters that cannot be fetched is an error of its own", async () => {
  serve(404);
  await assert.rejects(choices(), (error) => error.name === "StageError" && error.code === "character");
});

test("a white cane is for feeling the way, others for leaning on", () => {
  assert.deepEqual(motionsFor(["white_cane"]), ["cane_walk"]);
  assert.ok(!fits("walking", ["white_cane"]));
});
