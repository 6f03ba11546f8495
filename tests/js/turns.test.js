// Earlier recordings are delivered one after another, but none blocks the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { turns } from "../../static/js/link/turns.js";

const pause = () => new Promise((resolve) => setImmediate(resolve));

test("tasks take turns, and one that fails lets the next one begin", async () => {
  const add = turns(1e6);
  const log = [];
  const task = (name, fails) => async () => {
    log.push(`${name} begins`);
    await pause();
    log.push(`${name} ends`);
    if (fails) throw new Error(name);
  };
  add(task("a"));
  add(task("b", true));
  await new Promise((resolve) => add(async () => (await task("c")(), resolve())));
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("one that hangs delays the next one by the patience at most", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const add = turns(1000);
  let begun = false;
  add(() => new Promise(() => {}));
  add(async () => void (begun = true));
  await pause();
  t.mock.timers.tick(999);
  await pause();
  assert.equal(begun, false);
  t.mock.timers.tick(1);
  await pause();
  assert.equal(begun, true);
});
