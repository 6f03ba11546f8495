import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { implied, largest, limbWords, storeLimbs, storedLimbs, toggled } from "../../static/js/pages/live/absent-limbs.js";
import { LIMBS } from "../../static/js/pose/limbs.js";
import { setPreference } from "../../static/js/pages/common/preferences.js";

afterEach(() => setPreference("absentLimbs", ""));

test("a larger limb holds the smaller ones, of its own side and kind", () => {
  assert.deepEqual(implied(["left_arm", "right_foot"]), ["left_hand", "left_forearm", "left_arm", "right_foot"]);
  assert.deepEqual(largest(["left_hand", "left_arm", "right_lower_leg"]), ["left_arm", "right_lower_leg"]);
  assert.deepEqual(largest([]), []);
});

test("marking grows the choice; unmarking brings back what hangs on it", () => {
  assert.deepEqual(toggled([], "left_forearm", true), ["left_forearm"]);
  assert.deepEqual(toggled(["left_hand"], "left_arm", true), ["left_arm"]);
  assert.deepEqual(toggled(["left_arm"], "left_hand", true), ["left_arm"]);
  assert.deepEqual(toggled(["left_arm", "right_leg"], "left_forearm", false), ["left_hand", "right_leg"]);
  assert.deepEqual(toggled(["left_arm"], "left_hand", false), []);
  assert.deepEqual(toggled(["left_arm"], "right_hand", false), ["left_arm"]);
});

test("every choice can be made and taken back, one limb at a time", () => {
  for (const limb of LIMBS) {
    const chosen = toggled([], limb, true);
    assert.ok(implied(chosen).includes(limb));
    assert.ok(!implied(toggled(chosen, limb, false)).includes(limb));
  }
});

test("a choice is kept; what was tampered with is ignored", () => {
  assert.deepEqual(storedLimbs(), []);
  storeLimbs(["left_hand", "right_leg"]);
  assert.deepEqual(storedLimbs(), ["left_hand", "right_leg"]);
  setPreference("absentLimbs", "tail,right_arm,__proto__,left_hand ,,right_hand");
  assert.deepEqual(storedLimbs(), ["right_arm"]);
});

test("a choice in words", () => {
  assert.equal(limbWords([]), "");
  assert.equal(limbWords(["right_lower_leg", "left_hand", "left_forearm"]), "left forearm and hand, right lower leg and foot");
});
