import assert from "node:assert/strict";
import { test } from "node:test";
import { Resolution } from "../../static/js/pages/live/resolution.js";

const BOX = [1200, 800];
const width = (resolution) => resolution.size(BOX, 1)[0];

/** Draw for some seconds on a device whose frames take what `cost` says for a width. @returns {number} sizes on the way */
function draw(resolution, cost, seconds = 30) {
  let changes = 0;
  for (let ms = 0; ms < 1000 * seconds; ) {
    const interval = Math.max(1000 / 60, cost(width(resolution)));
    ms += interval;
    changes += Number(resolution.frame(interval));
  }
  return changes;
}

test("a quick device draws as large as the box, up to a bound", () => {
  const resolution = new Resolution();
  draw(resolution, () => 5);
  assert.deepEqual(resolution.size([1200, 800], 1), [1200, 800]);
  assert.deepEqual(resolution.size([600, 400], 2), [1200, 800], "sharp on a sharp screen");
  assert.deepEqual(resolution.size([3840, 2160], 1), [1280, 720]);
  assert.deepEqual(new Resolution(640).size([3840, 2160], 1), [640, 360], "a bound of one's own");
  assert.deepEqual(resolution.size([361, 203], 1).map((side) => side % 2), [0, 0]);
});

test("a picture is never too small to see joints in, whatever the box and the device", () => {
  const resolution = new Resolution();
  draw(resolution, (w) => w);
  const [w, h] = resolution.size([1000, 500], 1);
  assert.ok(Math.min(w, h) >= 240);
  assert.ok(Math.max(...resolution.size([4000, 100], 1)) <= 1280, "a strip is not blown up for its short side");
  assert.ok(resolution.size([0, 0], 1).every((side) => side >= 2));
});

test("a device that takes longer for more pixels gets fewer, and keeps the size that it found", () => {
  const resolution = new Resolution();
  const cost = (w) => 100 * (w / 1200) ** 2; // 25 ms at half the width
  assert.ok(draw(resolution, cost) > 0);
  assert.equal(width(resolution), 600);
  assert.equal(draw(resolution, cost), 0, "it goes back and forth");
});

test("a device that is slow at any size gets the size back: the loss would gain nothing", () => {
  const resolution = new Resolution();
  draw(resolution, () => 300);
  assert.equal(width(resolution), 1200);
  assert.equal(draw(resolution, () => 300), 0);
});

test("after a slow time there is more again, but what was too slow is not tried twice", () => {
  const resolution = new Resolution();
  draw(resolution, (w) => (w > 1000 ? 120 : w > 700 ? 90 : w > 500 ? 60 : 10));
  const settled = width(resolution);
  assert.ok(settled < 600);
  assert.equal(draw(resolution, () => 5), 0, "larger ones were too slow once");
});

test("the first frame after a pause says nothing: nobody knows since when", () => {
  const resolution = new Resolution();
  for (let i = 0; i < 100; i++) assert.equal(resolution.frame(NaN), false);
  assert.equal(width(resolution), 1200);
});
