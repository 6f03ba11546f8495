import assert from "node:assert/strict";
import { test } from "node:test";
import { Vector3 } from "../../../static/vendor/three.js";
import { LENSES, VIEWS, frameCamera, projectionOf, toCamera, toPixels } from "../../../static/js/stage/camera.js";

const SIZE = /** @type {[number, number]} */ ([640, 480]);
const EXTENT = {
  low: /** @type {[number, number, number]} */ ([-0.4, 0, -0.5]),
  high: /** @type {[number, number, number]} */ ([0.4, 1.7, 0.6]),
};
const ROUNDING_PX = 1e-6;

const sub = (a, b) => a.map((value, k) => value - b[k]);
const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a) => a.map((value) => value / Math.sqrt(dot(a, a)));

/** A pinhole from first principles: where it stands, where it looks, how it is rolled, how wide it sees. */
function pinhole({ position, ahead, fov, roll }, [width, height], point) {
  const right = unit(cross(ahead, [0, 1, 0]));
  const down = cross(ahead, right);
  const [s, c] = [Math.sin(roll), Math.cos(roll)];
  const way = sub(point, position);
  const [x, y, z] = [dot(way, right), dot(way, down), dot(way, ahead)];
  // Rolling the camera to the left (counter-clockwise seen from behind) turns the picture to the right.
  const focal = height / 2 / Math.tan(fov / 2);
  return [width / 2 + (focal * (x * c - y * s)) / z, height / 2 + (focal * (x * s + y * c)) / z];
}

for (const [name, view] of Object.entries(VIEWS)) {
  for (const roll_rad of [0, 0.3]) {
    test(`view ${name}, roll ${roll_rad}: three.js, our numbers and a pinhole from first principles agree`, () => {
      const camera = frameCamera({ view, extent: EXTENT, size: SIZE, fov_rad: 0.9, roll_rad, shift: [0.05, -0.03] });
      const projection = projectionOf(camera, SIZE);
      const ahead = camera.getWorldDirection(new Vector3()).toArray();
      const own = { position: camera.position.toArray(), ahead, fov: 0.9, roll: roll_rad };
      for (const point of [
        [0, 1, 0],
        [0.3, 0.2, 0.4],
        [-0.4, 1.6, -0.5],
        [0.1, 0, 0.6],
      ]) {
        const pixels = toPixels(projection, toCamera(projection, point));
        const ndc = new Vector3(...point).project(camera);
        const three = [((ndc.x + 1) * SIZE[0]) / 2, ((1 - ndc.y) * SIZE[1]) / 2];
        for (const other of [three, pinhole(own, SIZE, point)]) {
          assert.ok(Math.hypot(...sub(pixels, other)) < ROUNDING_PX, `${point}: ${pixels} against ${other}`);
        }
      }
    });
  }

  test(`view ${name} fills the picture up to the margin`, () => {
    const margin = 0.1;
    const projection = projectionOf(frameCamera({ view, extent: EXTENT, size: SIZE, margin }), SIZE);
    const free = [];
    for (let k = 0; k < 8; k++) {
      const corner = [0, 1, 2].map((axis) => ((k >> axis) & 1 ? EXTENT.high : EXTENT.low)[axis]);
      const [x, y] = toPixels(projection, toCamera(projection, /** @type {[number, number, number]} */ (corner)));
      free.push(Math.min(x, SIZE[0] - x) / SIZE[0], Math.min(y, SIZE[1] - y) / SIZE[1]);
    }
    // Perspective makes the near side larger: the margin holds for the nearest corner and is exact there.
    assert.ok(Math.abs(Math.min(...free) - margin) < 0.003, `least free share ${Math.min(...free)}`);
  });
}

test("camera axes: x right, y down, z ahead", () => {
  const projection = projectionOf(frameCamera({ view: VIEWS.front, extent: EXTENT, size: SIZE }), SIZE);
  const at = (point) => toCamera(projection, point);
  const middle = at([0, 1, 0]);
  assert.ok(at([0.1, 1, 0])[0] > middle[0], "seen from the front, the subject's left (+x) is on the right");
  assert.ok(at([0, 1.1, 0])[1] < middle[1], "higher is less y");
  assert.ok(at([0, 1, 0.1])[2] < middle[2], "what is nearer to a camera in front has less z");
});

test("views are seen from where their names say", () => {
  const seen = (name) => frameCamera({ view: VIEWS[name], extent: EXTENT, size: SIZE }).position;
  assert.ok(seen("front").z > 1 && seen("back").z < -1);
  assert.ok(seen("left").x > 1 && seen("right").x < -1);
  assert.ok(seen("above").y > 2);
});

test("no camera is under the floor, and a bad wish is refused", () => {
  const low = frameCamera({ view: { azimuth_rad: 0, elevation_rad: -0.6 }, extent: EXTENT, size: SIZE });
  assert.ok(low.position.y >= 0.15);
  assert.throws(
    () => frameCamera({ view: VIEWS.front, extent: EXTENT, size: SIZE, fov_rad: 4 }),
    /fov_rad: expected 0\.\.pi, got 4/,
  );
  assert.throws(() => frameCamera({ view: VIEWS.front, extent: EXTENT, size: SIZE, margin: 0.5 }), /margin/);
});

test("lenses are fields of view that cameras have", () => {
  for (const fov of Object.values(LENSES)) assert.ok(fov > 0.3 && fov < 1.4);
});
