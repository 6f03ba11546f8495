import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST, changed, fitting, inWords, readWish } from "../../static/js/pages/live/character-options.js";

const named = (...names) => names.map((name) => ({ name, label: name.toUpperCase() }));
const HANDS = { label: "Hands", usual: "lap", values: named("lap", "armrests", "rims") };
/** As stage/choices.js gives them, small. */
const CHOICES = {
  characters: named("alder", "laurel"),
  aids: [
    { name: "none", label: "No aid", equipment: [], motions: ["standing"] },
    {
      name: "manual_wheelchair",
      label: "Manual wheelchair",
      equipment: ["manual_wheelchair"],
      motions: ["wheelchair_push", "wheelchair_rest", "wheelchair_pushed"],
    },
    { name: "power_wheelchair", label: "Power", equipment: ["power_wheelchair"], motions: ["power_drive", "wheelchair_rest"] },
  ],
  motions: {
    standing: { label: "Standing", choices: {}, attendant: false },
    wheelchair_push: {
      label: "Pushing",
      choices: { stroke: { label: "Stroke", usual: "arc", values: named("arc", "loop") } },
      attendant: false,
    },
    wheelchair_rest: { label: "At rest", choices: { hands: HANDS }, attendant: false },
    wheelchair_pushed: { label: "Being pushed", choices: {}, attendant: true },
    power_drive: { label: "Driving", choices: {}, attendant: false },
  },
  lights: named("studio", "window"),
  rooms: named("studio", "clinic"),
  views: named("front", "quarter"),
};
const possible = (equipment, option, value) => !(equipment.includes("power_wheelchair") && value === "rims");
const fit = (wish) => fitting(wish, CHOICES, possible);
const change = (wish, changes) => changed(wish, changes, CHOICES, possible);

test("whoever has chosen nothing gets somebody who pushes a manual wheelchair", () => {
  assert.deepEqual(fit({}), { ...FIRST, options: { stroke: "arc" } });
});

test("what is stored comes back, whole", () => {
  const wish = change(fit({}), { character: "alder", options: { stroke: "loop" }, room: "studio", view: "front" });
  assert.deepEqual(fit(readWish(JSON.stringify(wish))), wish);
  assert.equal(wish.options.stroke, "loop");
});

for (const text of ["", "{", "null", "3", '"alder"', "[]", '{"options": 5, "aid": ["none"], "light": {"name": "window"}}']) {
  test(`stored by another version or by chance: ${text || "nothing"}`, () => {
    assert.deepEqual(fit(readWish(text)), fit({}));
  });
}

test("another aid brings a motion that fits it, the one of before if it does", () => {
  const rest = change(fit({}), { motion: "wheelchair_rest" });
  assert.equal(change(rest, { aid: "power_wheelchair" }).motion, "wheelchair_rest");
  assert.equal(change(fit({}), { aid: "power_wheelchair" }).motion, "power_drive");
  assert.equal(change(fit({}), { aid: "none" }).motion, "standing");
});

test("what an aid does not have is not asked of it", () => {
  const rims = change(change(fit({}), { motion: "wheelchair_rest" }), { options: { hands: "rims" } });
  assert.equal(rims.options.hands, "rims");
  assert.equal(change(rims, { aid: "power_wheelchair" }).options.hands, "lap");
});

test("options of another motion are dropped", () => {
  assert.deepEqual(change(fit({}), { motion: "wheelchair_rest" }).options, { hands: "lap" });
});

test("whoever is pushed is pushed by somebody, unless that is switched off; nobody else is", () => {
  const pushed = change(fit({}), { motion: "wheelchair_pushed" });
  assert.equal(pushed.attendant, true);
  const alone = change(pushed, { attendant: false });
  assert.equal(alone.attendant, false);
  assert.equal(change(alone, { light: "studio" }).attendant, false);
  assert.equal(change(pushed, { motion: "wheelchair_push" }).attendant, false);
});

test("in words", () => {
  assert.equal(inWords(fit({}), CHOICES), "LAUREL, manual wheelchair: pushing");
  assert.equal(inWords({ ...fit({}), character: "own:1" }, CHOICES), "own:1, manual wheelchair: pushing");
});
