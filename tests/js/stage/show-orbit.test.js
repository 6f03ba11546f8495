import assert from "node:assert/strict";
import { test } from "node:test";
import { gesture, listen, moved, wheelZoom } from "../../../static/js/stage/orbit.js";

const START = { azimuth_rad: 0.5, elevation_rad: 0.2, zoom: 1 };
const ROUNDING = 1e-12;
const near = (a, b) => assert.ok(Math.abs(a - b) < ROUNDING, `${a} is not ${b}`);

test("a drag over the whole width turns once around, and the same drag back undoes it", () => {
  near(moved(START, { dx: 1 }).azimuth_rad, START.azimuth_rad);
  const there = moved(START, { dx: 0.2, dy: 0.1 });
  const back = moved(there, { dx: -0.2, dy: -0.1 });
  near(back.azimuth_rad, START.azimuth_rad);
  near(back.elevation_rad, START.elevation_rad);
});

test("dragging to the right turns the subject to the right: the camera goes to its left", () => {
  // Azimuth grows towards the subject's left (+x), which is on the right of the picture from the front.
  assert.ok(moved({ azimuth_rad: 0, elevation_rad: 0 }, { dx: 0.1 }).azimuth_rad < 0);
  assert.ok(moved(START, { dy: 0.1 }).elevation_rad > START.elevation_rad, "dragging down looks from above");
});

test("azimuth stays within half a turn, elevation above the floor and off the zenith, zoom in reach", () => {
  let view = { azimuth_rad: 0, elevation_rad: 0 };
  for (let k = 0; k < 50; k++) {
    view = moved(view, { dx: 0.07, dy: 0.2, zoom: 1.5 });
    assert.ok(Math.abs(view.azimuth_rad) <= Math.PI);
  }
  assert.ok(view.elevation_rad < Math.PI / 2);
  assert.ok(view.zoom <= 6);
  for (let k = 0; k < 50; k++) view = moved(view, { dy: -0.2, zoom: 0.5 });
  assert.ok(view.elevation_rad > 0 && view.zoom >= 0.5);
});

test("one finger drags; two drag with their middle and zoom with their distance", () => {
  const element = { width: 200, height: 100 };
  assert.deepEqual(gesture([{ x: 10, y: 10 }], [{ x: 30, y: 0 }], element), { dx: 0.1, dy: -0.1, zoom: 1 });
  const apart = gesture([{ x: 50, y: 50 }, { x: 100, y: 50 }], [{ x: 25, y: 50 }, { x: 125, y: 50 }], element);
  assert.deepEqual(apart, { dx: 0, dy: 0, zoom: 2 });
  const together = [{ x: 5, y: 5 }, { x: 5, y: 5 }];
  assert.equal(gesture(together, [{ x: 0, y: 5 }, { x: 10, y: 5 }], element).zoom, 1, "no distance to compare with");
});

test("the wheel zooms in when turned away, whatever it counts in, and never by leaps", () => {
  assert.ok(wheelZoom({ deltaY: -100, deltaMode: 0 }) > 1);
  near(wheelZoom({ deltaY: 3, deltaMode: 1 }), wheelZoom({ deltaY: 48, deltaMode: 0 }));
  near(wheelZoom({ deltaY: 100, deltaMode: 0 }) * wheelZoom({ deltaY: -100, deltaMode: 0 }), 1);
  assert.equal(wheelZoom({ deltaY: -1e6, deltaMode: 0 }), 1.5);
});

test("the wheel scrolls the page unless the picture has the focus, or Ctrl is held; a finger up or down does too", () => {
  const element = Object.assign(new EventTarget(), { style: { touchAction: "" }, focused: false, matches: () => element.focused });
  const moves = [];
  const detach = listen(element, (move) => moves.push(move));
  const turn = (ctrlKey) => {
    const event = Object.assign(new Event("wheel", { cancelable: true }), { deltaY: -100, deltaMode: 0, ctrlKey });
    element.dispatchEvent(event);
    return event.defaultPrevented;
  };
  assert.deepEqual([turn(false), moves.length], [false, 0]);
  assert.deepEqual([turn(true), moves.length], [true, 1]);
  element.focused = true;
  assert.deepEqual([turn(false), moves.length], [true, 2]);
  assert.equal(element.style.touchAction, "pan-y");
  detach();
  assert.deepEqual([turn(true), element.style.touchAction], [false, ""]);
});
