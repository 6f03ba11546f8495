/** The guide says what there is, and its example runs. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { buildEquipment, fitEquipment } from "../../../static/js/stage/equipment/index.js";
import { solve } from "../../../static/js/stage/kinematics.js";
import { createMotion, geometryOf, MOTIONS } from "../../../static/js/stage/motion/index.js";
import { PEOPLE } from "./bodies.js";

const guide = await readFile(new URL("../../../docs/motion.md", import.meta.url), "utf8");

test("the table names every motion with its choices", () => {
  const rows = new Map([...guide.matchAll(/^\| `(\w+)` \|[^|]*\| ([^|]*)\|/gm)].map(([, name, choices]) => [name, choices]));
  assert.deepEqual([...rows.keys()].sort(), Object.keys(MOTIONS).sort());
  for (const [name, { choices = {} }] of Object.entries(MOTIONS)) {
    for (const choice of Object.keys(choices)) assert.ok(rows.get(name)?.includes(`\`${choice}\``), `${name}: ${choice}`);
  }
});

test("the example runs as it stands, with a skeleton in place of the file", async () => {
  const code = /```js\n([\s\S]*?)```/.exec(guide)?.[1];
  const [{ rig, body }] = [PEOPLE[2]];
  const loadCharacter = async () => ({ body, place: (placement) => solve(rig, placement).missed });
  const names = { assets: "", loadCharacter, buildEquipment, fitEquipment, createMotion, geometryOf };
  const Run = Object.getPrototypeOf(async () => {}).constructor;
  const { placement, missed, facts } = await new Run(...Object.keys(names), code)(...Object.values(names));
  assert.equal(facts.stroke, "semicircular");
  assert.ok(Object.values(missed).every((off) => off < 0.01));
  assert.equal(placement.equipment.length, 1);
});
