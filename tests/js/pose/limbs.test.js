// static/js/pose/limbs.js against the golden file that the Python twin reads too (tests/pose/test_limbs.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LIMBS, landmarksOf, limbsWithin, withoutLimbs } from "../../../static/js/pose/limbs.js";
import { NAMES } from "../../../static/js/pose/landmarks.js";

const golden = JSON.parse(readFileSync(new URL("../../golden/limbs.json", import.meta.url), "utf8"));
const person = () => ({
  id: 4,
  score: 0.9,
  landmarks: Float32Array.from({ length: 99 }, (_, i) => i),
  world_landmarks: Float32Array.from({ length: 99 }, (_, i) => i / 128),
  visibility: new Float32Array(33).fill(0.75),
  presence: new Float32Array(33).fill(0.875),
});

test("landmarks go with their limb, and say which limbs are gone", () => {
  assert.deepEqual(LIMBS, golden.limbs);
  for (const { limbs, landmarks, within } of golden.cases) {
    assert.deepEqual([...landmarksOf(limbs)].sort(), landmarks.toSorted());
    assert.deepEqual(limbsWithin(landmarks), within);
  }
});

test("only what is missing is absent", () => {
  for (const { limbs, landmarks } of golden.cases) {
    const before = person();
    const after = withoutLimbs(before, limbs);
    NAMES.forEach((name, i) => {
      const gone = landmarks.includes(name);
      for (const field of ["landmarks", "world_landmarks"]) {
        const expected = gone ? [NaN, NaN, NaN] : [...before[field].slice(3 * i, 3 * i + 3)];
        assert.deepEqual([...after[field].slice(3 * i, 3 * i + 3)], expected, `${field} ${name}`);
      }
      assert.deepEqual([after.visibility[i], after.presence[i]], gone ? [0, 0] : [0.75, 0.875], name);
    });
    assert.deepEqual([after.id, after.score], [4, 0.9]);
    assert.deepEqual(before, person(), "what came is not changed");
  }
});

test("a person who has all limbs is given back as it is", () => {
  const whole = person();
  assert.equal(withoutLimbs(whole, []), whole);
});

test("an unknown limb is refused with the known ones", () => {
  const wrong = { name: "RangeError", message: /expected one of left_hand, .*right_leg, got "tail"/ };
  assert.throws(() => landmarksOf(["left_hand", "tail"]), wrong);
  assert.throws(() => withoutLimbs(person(), ["tail"]), wrong);
});
