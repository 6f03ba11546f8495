/** Light read from pictures all around, other colours, and things before the subject. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameCamera } from "../../../static/js/stage/camera.js";
import { discard, placeClutter } from "../../../static/js/stage/clutter.js";
import { dye, dyeOf } from "../../../static/js/stage/dye.js";
import { readPicture, shineOf } from "../../../static/js/stage/environment.js";
import { createRandom } from "../../../static/js/stage/random.js";
import { Box3, DataUtils, Group, Mesh, MeshStandardMaterial, Raycaster, Vector3 } from "../../../static/vendor/three.js";

const [WIDTH, HEIGHT] = [64, 32];
/** @param {(u: number, v: number) => number[]} radiance at 0..1, the highest row first */
function picture(radiance) {
  const data = new Uint16Array(4 * WIDTH * HEIGHT);
  for (let k = 0; k < WIDTH * HEIGHT; k++) {
    const rgb = radiance(((k % WIDTH) + 0.5) / WIDTH, (Math.floor(k / WIDTH) + 0.5) / HEIGHT);
    data.set([...rgb, 1].map((value) => DataUtils.toHalfFloat(value)), 4 * k);
  }
  return { width: WIDTH, height: HEIGHT, data };
}
const HALF = 2e-3; // relative: half floats have eleven bits

test("an even picture lights from everywhere and has no key light", () => {
  const shine = shineOf(picture(() => [0.25, 0.25, 0.25]));
  assert.ok(Math.abs(shine.ambient - 0.25) < HALF);
  assert.equal(shine.key, 0);
});

test("a lamp is the key light: where it is, its colour, its irradiance", () => {
  const [column, row] = [40, 10];
  const lamp = [400, 300, 200];
  const shine = shineOf(picture((u, v) =>
    Math.floor(u * WIDTH) === column && Math.floor(v * HEIGHT) === row ? lamp : [0.1, 0.1, 0.1]));
  const [turn, down] = [2 * Math.PI * ((column + 0.5) / WIDTH - 0.5), (Math.PI * (row + 0.5)) / HEIGHT];
  const expected = [Math.cos(turn) * Math.sin(down), Math.cos(down), Math.sin(turn) * Math.sin(down)];
  shine.direction.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) < 1e-6));
  const luminance = 0.2126 * lamp[0] + 0.7152 * lamp[1] + 0.0722 * lamp[2];
  const steradians = (2 * Math.PI / WIDTH) * (Math.cos(Math.PI * row / HEIGHT) - Math.cos(Math.PI * (row + 1) / HEIGHT));
  assert.ok(Math.abs(shine.key / ((luminance - shine.cap) * steradians) - 1) < HALF);
  shine.colour.forEach((value, k) => assert.ok(Math.abs(value - lamp[k] / lamp[0]) < HALF));
  assert.ok(shine.ambient < 0.11, "the lamp is no part of the light from everywhere");
});

test("a Radiance file is read; what is none is refused", () => {
  const text = new TextEncoder().encode(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n`);
  // (128, 64, 0) 2^(129 - 136) = (1, 0.5, 0): Ward's RGBE; the loader counts mantissas from 255 instead of 256.
  const { width, height, data } = readPicture(Uint8Array.from([...text, 128, 64, 0, 129, 64, 64, 64, 129]).buffer);
  assert.deepEqual([width, height], [2, 1]);
  [1, 0.5, 0].forEach((value, k) => assert.ok(Math.abs(DataUtils.fromHalfFloat(data[k]) - value) < 1 / 250));
  assert.throws(() => readPicture(new TextEncoder().encode("a photo").buffer));
});

test("dyeing turns colours and keeps greys; an untinted turn keeps each colour's mean", () => {
  const grey = new Vector3(0.4, 0.4, 0.4).applyMatrix3(dyeOf(2, [1, 1, 1]));
  assert.ok(grey.distanceTo(new Vector3(0.4, 0.4, 0.4)) < 1e-9);
  const green = new Vector3(1, 0, 0).applyMatrix3(dyeOf((2 * Math.PI) / 3, [1, 1, 1]));
  assert.ok(green.distanceTo(new Vector3(0, 1, 0)) < 1e-9);
  const turned = new Vector3(0.7, 0.2, 0.3).applyMatrix3(dyeOf(1, [1, 1, 1]));
  assert.ok(Math.abs(turned.x + turned.y + turned.z - 1.2) < 1e-9);
  assert.ok(turned.distanceTo(new Vector3(0.7, 0.2, 0.3)) > 0.1);
});

/** @param {string[]} names of materials @param {string[]} [estimated] */
function figure(names, estimated = []) {
  const object = new Group();
  for (const name of names) object.add(new Mesh(undefined, Object.assign(new MeshStandardMaterial(), { name })));
  return { object, estimated };
}
/** @param {{object: Group}} of */
const dyes = ({ object }) => object.children.map((/** @type {any} */ mesh) => mesh.material.userData.dye?.elements);

test("clothes, hair and skin are dyed until that is undone; eyes and strangers are not", () => {
  const ours = figure(["shirt", "hair0", "hair1", "body", "eye"]);
  const undo = dye(/** @type {any} */ (ours), createRandom(3));
  const [shirt, hair, same, skin, eye] = dyes(ours).map((elements) => elements && [...elements]);
  assert.deepEqual(hair, same);
  const unchanged = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (const matrix of [shirt, hair, skin]) assert.notDeepEqual(matrix, unchanged);
  assert.equal(eye, undefined);
  undo();
  assert.deepEqual([...dyes(ours)[0]], unchanged);
  const theirs = figure(["shirt", "body"], ["nose"]);
  dye(/** @type {any} */ (theirs), createRandom(3));
  assert.deepEqual(dyes(theirs), [undefined, undefined]);
});

/** A standing subject as landmarks of a grid. */
const MARKS = Array.from({ length: 33 }, (_, k) => new Vector3(((k % 3) - 1) * 0.2, 0.1 + 0.05 * k, 0));
const EXTENT = /** @type {any} */ ({ low: [-0.3, 0, -0.2], high: [0.3, 1.8, 0.2] });
const view = (azimuth_rad, margin = 0.05) => frameCamera({ view: { azimuth_rad, elevation_rad: 0.1 }, extent: EXTENT, size: [256, 256], margin });

test("what is put before the subject hides some of it and stands on the floor between it and the camera", () => {
  let found = 0;
  for (let seed = 0; seed < 8; seed++) {
    const camera = view(seed);
    const thing = placeClutter(createRandom(seed), { camera, marks: MARKS, extent: EXTENT, free: () => true });
    if (!thing) continue;
    found += 1;
    thing.updateMatrixWorld(true);
    const box = new Box3().setFromObject(thing);
    assert.ok(Math.abs(box.min.y) < 0.03, `stands at ${box.min.y} m`);
    assert.ok(box.max.y < 2.7);
    const away = thing.position.clone().setY(0);
    const towards = camera.position.clone().setY(0);
    assert.ok(away.dot(towards) > 0 && away.length() < towards.length());
    const ray = new Raycaster();
    const hit = MARKS.filter((mark) => {
      ray.set(camera.position, mark.clone().sub(camera.position).normalize());
      return ray.intersectObject(thing, true).some(({ distance }) => distance < camera.position.distanceTo(mark));
    });
    assert.ok(hit.length <= 0.6 * MARKS.length, `hides ${hit.length} of ${MARKS.length}`);
    discard(thing);
    assert.equal(thing.parent, null);
  }
  assert.ok(found >= 6, `${found} of 8`);
});

test("nothing is put where nothing may stand, or where the camera is too near", () => {
  const request = { camera: view(0), marks: MARKS, extent: EXTENT, free: () => false };
  assert.equal(placeClutter(createRandom(1), request), null);
  const near = frameCamera({ view: { azimuth_rad: 0, elevation_rad: 0 }, extent: EXTENT, size: [256, 256], zoom: 3 });
  assert.ok(near.position.setY(0).length() < 1);
  assert.equal(placeClutter(createRandom(1), { ...request, camera: near, free: () => true }), null);
});
