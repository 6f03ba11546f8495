import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, fromState } from "../../../static/js/stage/random.js";

test("xoshiro128** 1.1 gives the reference implementation's numbers", () => {
  // First outputs of xoshiro128starstar.c from the state 1, 2, 3, 4; the test vector of Rust's rand_xoshiro too.
  const reference = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];
  const random = fromState(Uint32Array.from([1, 2, 3, 4]), "reference");
  assert.deepEqual(reference.map(() => random.integer()), reference);
});

test("a seed gives the same numbers, another seed others", () => {
  const draw = (seed) => Array.from({ length: 5 }, createRandom(seed).integer);
  assert.deepEqual(draw("seven"), draw("seven"));
  assert.deepEqual(draw(7), draw("7"));
  assert.notDeepEqual(draw(7), draw(8));
  assert.notDeepEqual(draw("Ā"), draw("\u0000"), "both bytes of a character count");
});

test("a fork depends on its name alone, not on what was drawn before", () => {
  const fresh = createRandom(1);
  const used = createRandom(1);
  for (let k = 0; k < 10; k++) used.uniform();
  assert.equal(fresh.fork("arm").integer(), used.fork("arm").integer());
  assert.notEqual(fresh.fork("arm").integer(), fresh.fork("leg").integer());
  assert.notEqual(fresh.fork("arm").fork("left").integer(), fresh.fork("arm").fork("right").integer());
});

test("uniform numbers fill their range evenly", () => {
  const random = createRandom("uniform");
  const counts = new Array(10).fill(0);
  for (let k = 0; k < 20000; k++) {
    const value = random.uniform(-2, 3);
    assert.ok(value >= -2 && value < 3);
    counts[Math.floor((value + 2) * 2)]++;
  }
  const squares = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
  assert.ok(squares < 27.9, `chi-squared with 9 degrees of freedom: ${squares}, the 0.1 % point is 27.9`);
});

test("normal numbers have the mean and deviation asked for", () => {
  const random = createRandom("normal");
  const values = Array.from({ length: 20000 }, () => random.normal(3, 2));
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  assert.ok(Math.abs(mean - 3) < 0.06, `${mean}: four standard errors are 0.057`);
  assert.ok(Math.abs(deviation - 2) < 0.04, `${deviation}: four standard errors are 0.04`);
});

test("picking takes each item, and an empty list or a false seed is refused", () => {
  const random = createRandom("pick");
  assert.deepEqual(new Set(Array.from({ length: 60 }, () => random.pick(["a", "b", "c"]))), new Set(["a", "b", "c"]));
  assert.throws(() => random.pick([]), /empty list/);
  for (const seed of [NaN, Infinity, null, undefined, {}]) assert.throws(() => createRandom(seed), /finite number or a text/);
});
