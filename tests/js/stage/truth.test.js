import assert from "node:assert/strict";
import { test } from "node:test";
import { BoxGeometry, Mesh, Object3D } from "../../../static/vendor/three.js";
import { frameCamera, projectionOf } from "../../../static/js/stage/camera.js";
import { BACKGROUND, Mask, ROOM } from "../../../static/js/stage/idmask.js";
import { extentOf, landmarkPositions, lookAtPerson, placePerson, projectedBox } from "../../../static/js/stage/truth.js";
import landmarks from "../../../static/spec/landmarks.json" with { type: "json" };

const SIZE = /** @type {[number, number]} */ ([200, 200]);
const PERSON = 1;
const AID = 101;
const OTHER = 2;
const whose = (id) => (id === ROOM ? "room" : id >= AID ? "aid" : "person");
const index = (name) => landmarks.names.indexOf(name);

/** A figure whose landmarks lie on a plane 4 m before a camera that looks along -z. */
function figure(without = []) {
  const bone = new Object3D();
  bone.position.set(0, 1, 0);
  bone.updateMatrixWorld();
  const places = landmarks.names
    .filter((name) => !without.includes(name))
    .map((name, k) => [name, { bone, position: [((k % 6) - 2.5) * 0.1, (Math.floor(k / 6) - 2.5) * 0.1, 0.01 * k] }]);
  return { object: bone, landmarks: Object.fromEntries(places) };
}

const camera = frameCamera({
  view: { azimuth_rad: 0, elevation_rad: 0 },
  extent: { low: [-0.5, 0.5, -0.5], high: [0.5, 1.5, 0.5] },
  size: SIZE,
});
const projection = projectionOf(camera, SIZE);

/** A mask that is the same everywhere: one object at one depth. */
function wall(id, depth_m) {
  const data = new Uint8Array(4 * SIZE[0] * SIZE[1]);
  const level = Math.floor(depth_m * 1000);
  for (let k = 0; k < data.length; k += 4) data.set([id, 0, level >> 8, level & 255], k);
  return new Mask(data, SIZE);
}

const distance = camera.position.z; // of the plane z = 0
const seen = (mask, someone = figure()) => lookAtPerson(placePerson(someone, projection), projection, { mask, id: PERSON, whose });

test("world landmarks have the hip centre as origin, x right, y down, z away", () => {
  const truth = seen(wall(BACKGROUND, 0));
  const w = (name) => [...truth.world_landmarks.subarray(3 * index(name), 3 * index(name) + 3)];
  const hips = ["left_hip", "right_hip"].map(w);
  for (const axis of [0, 1, 2]) assert.ok(Math.abs(hips[0][axis] + hips[1][axis]) < 1e-6);
  const positions = landmarkPositions(figure());
  const origin = ["left_hip", "right_hip"].map((name) => positions[index(name)]);
  for (const [k, position] of positions.entries()) {
    const own = position.map((value, axis) => value - (origin[0][axis] + origin[1][axis]) / 2);
    // The camera looks along -z with y up; turning it half about x gives the landmark frame.
    for (const [axis, value] of [own[0], -own[1], -own[2]].entries())
      assert.ok(Math.abs(truth.world_landmarks[3 * k + axis] - value) < 1e-6);
  }
});

test("image z is depth behind the hips at the hips' scale", () => {
  const truth = seen(wall(BACKGROUND, 0));
  const positions = landmarkPositions(figure());
  const hipZ = (positions[index("left_hip")][2] + positions[index("right_hip")][2]) / 2;
  const k = index("nose");
  const focal = SIZE[1] / 2 / Math.tan((camera.fov * Math.PI) / 360);
  const expected = ((hipZ - positions[k][2]) * focal) / (distance - hipZ);
  assert.ok(Math.abs(truth.landmarks[3 * k + 2] - expected) < 1e-3);
});

test("nothing before it: a landmark is seen, also where the body's outline misses it", () => {
  for (const mask of [
    wall(BACKGROUND, 0),
    wall(ROOM, distance + 2),
    wall(AID, distance + 0.5),
    wall(PERSON, distance),
  ]) {
    assert.ok(seen(mask).visibility.every((value) => value === 1));
  }
});

test("what stands before a landmark hides it, by name", () => {
  for (const [id, hider] of [
    [AID, "aid"],
    [OTHER, "person"],
    [ROOM, "room"],
  ]) {
    assert.ok(
      seen(wall(id, distance - 0.6)).hidden_by.every((value) => value === hider),
      hider,
    );
  }
});

test("the own body hides a landmark only when it is thicker than the flesh around the joint", () => {
  const [thin, thick] = [0.03, 0.3].map((cover) => seen(wall(PERSON, distance - 0.33 - cover)).hidden_by);
  assert.equal(thick[index("left_hip")], "body");
  const at = (cover) => {
    const { 2: z } = landmarkPositions(figure())[index("right_hip")];
    return seen(wall(PERSON, distance - z - cover)).hidden_by[index("right_hip")];
  };
  assert.equal(at(0.15), null, "15 cm of hip");
  assert.equal(at(0.25), "body", "25 cm are more than a hip");
  assert.ok(thin.some((value) => value === "body"));
});

test("a spoke does not hide a joint, a bar as wide as the joint does", () => {
  const mask = wall(BACKGROUND, 0);
  const [x, y] = seen(mask).landmarks.subarray(3 * index("nose"), 3 * index("nose") + 2);
  const paint = (half) => {
    const painted = wall(BACKGROUND, 0);
    for (let row = 0; row < SIZE[1]; row++) {
      for (let column = Math.floor(x) - half; column <= Math.floor(x) + half; column++) {
        painted.data.set([AID, 0, 3, 232], 4 * ((SIZE[1] - 1 - row) * SIZE[0] + column)); // 1 m away
      }
    }
    return seen(painted).hidden_by[index("nose")];
  };
  assert.ok(y > 0);
  assert.equal(paint(0), null);
  assert.equal(paint(4), "aid");
});

test("outside the picture: neither present nor visible", () => {
  const cut = frameCamera({
    view: { azimuth_rad: 0, elevation_rad: 0 },
    extent: { low: [-0.05, 0.95, 0], high: [0.05, 1.05, 0] },
    size: SIZE,
  });
  const close = projectionOf(cut, SIZE);
  const truth = lookAtPerson(placePerson(figure(), close), close, { mask: wall(BACKGROUND, 0), id: PERSON, whose });
  const k = index("nose");
  assert.deepEqual([truth.presence[k], truth.visibility[k], truth.hidden_by[k]], [0, 0, "frame"]);
  assert.ok(Number.isFinite(truth.landmarks[3 * k]), "its place is known all the same");
});

test("a limb that is not there is absent, not invented", () => {
  const missing = ["left_wrist", "left_pinky", "left_index", "left_thumb"];
  const truth = seen(wall(BACKGROUND, 0), figure(missing));
  assert.deepEqual(truth.not_applicable, missing);
  for (const name of missing) {
    const k = index(name);
    assert.ok(truth.landmarks.subarray(3 * k, 3 * k + 3).every(Number.isNaN));
    assert.ok(truth.world_landmarks.subarray(3 * k, 3 * k + 3).every(Number.isNaN));
    assert.deepEqual([truth.visibility[k], truth.presence[k], truth.hidden_by[k]], [0, 0, "not_applicable"]);
  }
});

test("without hips there is no origin: refused", () => {
  assert.throws(() => seen(wall(BACKGROUND, 0), figure(["left_hip"])), /no hips/);
});

test("a mask knows its boxes, counts and rows from the top", () => {
  const data = new Uint8Array(4 * 4 * 3);
  data.set([AID, 5, 1, 0], 4 * (2 * 4 + 1)); // column 1 of the third row from below: the top row
  data.set([AID, 5, 1, 0], 4 * (1 * 4 + 3));
  const mask = new Mask(data, [4, 3]);
  assert.deepEqual(mask.regions().get(AID), { box: { x: 1, y: 0, width: 3, height: 2 }, pixels: 2 });
  assert.deepEqual(mask.at(1.9, 0.2), { id: AID, bone: 4, depth_m: 0.2565 });
  assert.equal(mask.at(0, 0).depth_m, Infinity);
  assert.deepEqual([...mask.ids()], [0, AID, 0, 0, 0, 0, 0, AID, 0, 0, 0, 0]);
  assert.throws(() => mask.at(4, 0), /outside 4x3/);
});

test("a mask that is coarser than its picture answers in the picture's pixels", () => {
  const data = new Uint8Array(4 * 4 * 3);
  data.set([AID, 5, 1, 0], 4 * (2 * 4 + 1));
  data.set([AID, 5, 1, 0], 4 * (1 * 4 + 3));
  const mask = new Mask(data, [4, 3], [40, 60]);
  assert.deepEqual(mask.regions().get(AID), { box: { x: 10, y: 0, width: 30, height: 40 }, pixels: 400 });
  assert.equal(mask.at(19.9, 19).id, AID);
  assert.equal(mask.at(20, 19).id, BACKGROUND);
  assert.throws(() => mask.at(40, 0), /outside 40x60/);
});

test("until somebody has looked, what is inside the picture counts as seen", () => {
  const truth = placePerson(figure(["left_wrist"]), projection);
  const [nose, wrist] = [index("nose"), index("left_wrist")];
  assert.deepEqual([truth.visibility[nose], truth.hidden_by[nose], truth.box], [1, null, null]);
  assert.deepEqual([truth.visibility[wrist], truth.hidden_by[wrist]], [0, "not_applicable"]);
});

test("the box of an aid is that of its corners, clipped to the picture", () => {
  const box = new Mesh(new BoxGeometry(0.4, 0.2, 0.001));
  box.position.set(0, 1, 0);
  box.updateMatrixWorld();
  const scale = SIZE[1] / 2 / Math.tan((camera.fov * Math.PI) / 360) / (distance - 0.0005);
  const found = projectedBox(box, projection);
  assert.ok(Math.abs(found.width - 0.4 * scale) < 1e-3 && Math.abs(found.height - 0.2 * scale) < 1e-3);
  box.position.set(0.45, 1, 0);
  box.updateMatrixWorld();
  const clipped = projectedBox(box, projection);
  assert.ok(clipped.x + clipped.width <= SIZE[0]);
  box.position.set(0, 1, 100);
  box.updateMatrixWorld();
  assert.equal(projectedBox(box, projection), null, "behind the camera");
});

test("the extent holds the landmarks with flesh around them, and stands on the floor", () => {
  const { low, high } = extentOf([figure()], []);
  assert.ok(low[0] <= -0.35 && high[0] >= 0.35 && high[1] >= 1.4 && low[1] >= 0);
  assert.throws(() => extentOf([], []), /neither figures nor aids/);
});
