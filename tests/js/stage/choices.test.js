import assert from "node:assert/strict";
import { test } from "node:test";
import { AIDS } from "../../../static/js/stage/choices.js";

test("a walking stick is none by chance: a white cane says something else about a person", () => {
  const variants = Object.entries(AIDS).flatMap(([name, { pieces }]) =>
    pieces.filter(({ kind }) => kind === "cane").map(({ params }) => [name, params?.variant]),
  );
  assert.deepEqual(variants, [
    ["cane", "derby"],
    ["white_cane", "white"],
  ]);
});
