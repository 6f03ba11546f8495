import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_RECIPE, resolveRecipe, viewOf } from "../../../static/js/stage/recipe.js";
import { MOTIONS } from "../../../static/js/stage/motion/index.js";
import { LENSES } from "../../../static/js/stage/camera.js";
import { LIGHTS } from "../../../static/js/stage/light.js";
import { ROOM_NAMES } from "../../../static/js/stage/room.js";
import spec from "../../../static/spec/equipment.json" with { type: "json" };

const CAST = ["ada", "ben", "cleo"];
const shots = (count, recipe = {}) => Array.from({ length: count }, (_, seed) => resolveRecipe(recipe, seed, CAST));

test("the same seed gives the same shot, another seed another", () => {
  assert.deepEqual(resolveRecipe({}, 7, CAST), resolveRecipe({}, 7, CAST));
  const all = shots(50).map((shot) => JSON.stringify({ ...shot, seed: 0 }));
  assert.equal(new Set(all).size, 50);
});

test("changing the rooms does not change who does what", () => {
  for (let seed = 0; seed < 20; seed++) {
    const [a, b] = [{}, { rooms: { street: 1 } }].map((recipe) => resolveRecipe(recipe, seed, CAST));
    assert.deepEqual([a.motion, a.character, a.camera, a.phase], [b.motion, b.character, b.camera, b.phase]);
    assert.equal(b.room, "street");
  }
});

test("the default recipe names only what there is", () => {
  for (const { motion, equipment = [], options = {} } of DEFAULT_RECIPE.subjects) {
    if (motion) assert.ok(MOTIONS[motion], motion);
    for (const [name, values] of Object.entries(options))
      for (const value of values)
        assert.ok(MOTIONS[motion].choices[name].includes(value), `${motion} ${name} ${value}`);
    for (const kind of equipment.flat()) assert.ok(spec.kinds[kind], kind);
    equipment.forEach((entry, k) => {
      if (motion)
        for (const kind of [entry].flat())
          assert.ok(MOTIONS[motion].equipment[k].includes(kind), `${motion} takes ${kind}`);
    });
  }
  assert.deepEqual(
    Object.keys(DEFAULT_RECIPE.lights).filter((name) => !LIGHTS.includes(name)),
    [],
  );
  assert.deepEqual(
    Object.keys(DEFAULT_RECIPE.rooms).filter((name) => !ROOM_NAMES.includes(name)),
    [],
  );
  assert.deepEqual(
    Object.keys(DEFAULT_RECIPE.lenses).filter((name) => !(name in LENSES)),
    [],
  );
});

test("weights are kept", () => {
  const recipe = {
    subjects: [
      { weight: 3, motion: "standing", group: "a" },
      { weight: 1, motion: "walking", group: "b" },
    ],
  };
  const share = shots(2000, recipe).filter(({ group }) => group === "a").length / 2000;
  assert.ok(Math.abs(share - 0.75) < 0.04, `${share}`); // four standard deviations
});

test("both crutches of a pair are of one kind", () => {
  const kinds = new Set();
  for (const { equipment } of shots(400)) {
    if (equipment.length !== 2) continue;
    assert.equal(equipment[0], equipment[1]);
    kinds.add(equipment[0]);
  }
  assert.equal(kinds.size, 2);
});

test("views name the groups of wheelchair users, and no attendant pushes themself", () => {
  for (const { group, camera, attendant, character } of shots(600)) {
    const view = /^wheelchair_(.*)$/.exec(group)?.[1];
    if (view) assert.equal(view, viewOf(camera.azimuth_rad));
    if (attendant) assert.notEqual(attendant, character);
  }
  assert.deepEqual([0, 0.7, 1.5, -1.5, 3.1, -3.1, 2 * Math.PI].map(viewOf), [
    "front",
    "front",
    "side",
    "side",
    "back",
    "back",
    "front",
  ]);
});

test("a bad recipe is refused with what is wrong", () => {
  assert.throws(() => resolveRecipe({ room: "studio" }, 0, CAST), /unknown room; known: subjects/);
  assert.throws(() => resolveRecipe({ rooms: {} }, 0, CAST), /recipe\.rooms/);
  assert.throws(() => resolveRecipe({ rooms: { studio: -1, street: 2 } }, 0, CAST), /recipe\.rooms/);
  assert.throws(() => resolveRecipe({ subjects: [] }, 0, CAST), /recipe\.subjects/);
  assert.throws(() => resolveRecipe({ characters: ["dora"] }, 0, CAST), /got dora/);
  assert.throws(() => resolveRecipe({}, 0, []), /recipe\.characters/);
});
