import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
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

/** What recipes with none of it had before there were environments, clutter, bystanders and dyes: their pictures are kept. */
const KEPT = { benchmark: "467bb07e781d4cc3", convention: "fec4fcf177f93aec", validation: "7b0b29751348e78e" };
const LATER = ["environment", "clutter", "dyed", "bystanders"];

test("what models are judged on has the shots that it had", () => {
  const files = Object.keys(KEPT).map((name) => /** @type {const} */ ([name, new URL(`../../../training/recipes/${name}.json`, import.meta.url)]));
  const found = files.map(([name, file]) => {
    const { stage = {}, parts } = JSON.parse(readFileSync(file, "utf8"));
    const digest = createHash("sha256");
    parts.forEach((part, k) => {
      for (let n = 0; n < 40; n++) {
        const shot = resolveRecipe({ ...stage, ...part.stage, characters: CAST }, `${name}/${k}/${n}`, CAST, ["meadow"]);
        assert.deepEqual(LATER.map((key) => shot[key]), [null, false, false, []]);
        const old = Object.entries(shot).filter(([key]) => !LATER.includes(key));
        digest.update(JSON.stringify(old.sort(([a], [b]) => (a < b ? -1 : 1))));
      }
    });
    return [name, digest.digest("hex").slice(0, 16)];
  });
  assert.deepEqual(Object.fromEntries(found), KEPT);
});

const ALL = { environments: 1, clutter: 1, bystanders: 1, dyes: 1 };
const EVERYBODY = ["ada", "ben", "cleo", "dora", "emil"];

test("each of environments, clutter, bystanders and dyes has a stream of its own", () => {
  for (let seed = 0; seed < 30; seed++) {
    const plain = resolveRecipe({}, seed, EVERYBODY, ["meadow", "hall"]);
    const full = resolveRecipe(ALL, seed, EVERYBODY, ["meadow", "hall"]);
    const { environment, clutter, dyed, bystanders, light, room, ...rest } = full;
    assert.deepEqual(rest, Object.fromEntries(Object.entries(plain).filter(([key]) => key in rest)));
    assert.deepEqual([light, room, clutter, dyed], [null, null, true, true]);
    assert.ok(["meadow", "hall"].includes(environment.name));
    for (const share of Object.keys(ALL)) {
      const one = resolveRecipe({ [share]: 1 }, seed, EVERYBODY, ["meadow", "hall"]);
      const key = { environments: "environment", clutter: "clutter", bystanders: "bystanders", dyes: "dyed" }[share];
      assert.deepEqual(one[key], full[key]);
    }
  }
});

test("shares are kept, and without environments there is none", () => {
  const recipe = { environments: 0.4, clutter: 0.3, bystanders: 0.2, dyes: 0.6 };
  const all = Array.from({ length: 2000 }, (_, seed) => resolveRecipe(recipe, seed, EVERYBODY, ["meadow"]));
  const share = (is) => all.filter(is).length / all.length;
  const found = [share((shot) => shot.environment), share((shot) => shot.clutter), share((shot) => shot.bystanders.length), share((shot) => shot.dyed)];
  Object.values(recipe).forEach((wished, k) => assert.ok(Math.abs(found[k] - wished) < 0.045, `${found}`)); // four standard deviations
  assert.equal(resolveRecipe(ALL, 1, EVERYBODY).environment, null);
  assert.throws(() => resolveRecipe({ clutter: 1.5 }, 0, CAST), /recipe\.clutter: expected 0\.\.1, got 1\.5/);
});

test("bystanders are others, stand apart, and leave the subject room", () => {
  let two = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { character, attendant, bystanders, equipment } = resolveRecipe(ALL, seed, EVERYBODY);
    const names = bystanders.map((one) => one.character);
    assert.equal(new Set([character, attendant, ...names].filter(Boolean)).size, [character, attendant, ...names].filter(Boolean).length);
    for (const { place, motion } of bystanders) {
      assert.ok(Math.hypot(...place) > (equipment.length > 0 ? 1.2 : 0.9));
      assert.ok(MOTIONS[motion]);
    }
    if (bystanders.length < 2) continue;
    two += 1;
    const [a, b] = bystanders.map(({ place }) => place);
    assert.ok(Math.hypot(a[0] - b[0], a[1] - b[1]) > 0.7);
  }
  assert.ok(two > 40, `${two}`);
  assert.deepEqual(resolveRecipe(ALL, 1, ["ada"]).bystanders, []);
});
