/**
 * Things between the camera and the subject: a table, boxes, a railing, the edge of a door. They hide part of the
 * subject, never most of it. Metres; stage frame.
 */
import {
  BoxGeometry,
  Color,
  CylinderGeometry,
  Group,
  Mesh,
  MeshStandardMaterial,
  Vector3,
} from "../../vendor/three.js";
import { drawn } from "./crowd.js";
import { FURNITURE } from "./furniture.js";
import { PATTERN_NAMES, VARIANTS, pattern } from "./patterns.js";
import { merged } from "./room.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {import("./camera.js").Extent} Extent */
/** @typedef {import("../../vendor/three.js").BufferGeometry} BufferGeometry */
/** @typedef {import("../../vendor/three.js").PerspectiveCamera} PerspectiveCamera */
/** @typedef {import("../../vendor/three.js").Object3D} Object3D */
/** @typedef {[number, number]} Place x, z */

/** So many things are tried, at so many places each. */
const [THINGS_TRIED, PLACES_TRIED] = [5, 12];
/** Share of the subject's landmarks behind the thing's outline: outlines are wider than things, so a little over half. */
const BEHIND = [0.1, 0.6];
/** The camera keeps this far from things, and things from what they hide. */
const CLEAR_M = { camera: 0.35, subject: 0.12 };
/** Things stand at most this far before the subject. */
const FARTHEST = 2.5;

/** @param {Random} random @returns {MeshStandardMaterial} a colour of chance with a texture */
function surface(random) {
  const map = pattern(random.pick(PATTERN_NAMES), Math.floor(random.uniform(0, VARIANTS)));
  const color = new Color().setHSL(random.uniform(), random.uniform(0, 0.6), random.uniform(0.1, 0.8));
  return new MeshStandardMaterial({ map, color, roughness: random.uniform(0.35, 0.95) });
}

/** @param {Random} random @param {BufferGeometry[]} geometries @returns {Group} all of one material */
function piece(random, ...geometries) {
  const material = surface(random);
  const group = new Group();
  for (const geometry of geometries) group.add(new Mesh(geometry, material));
  return group;
}

/** @param {number} w @param {number} h @param {number} d @param {number} [x] @param {number} [y] lower side @param {number} [z] */
const box = (w, h, d, x = 0, y = 0, z = 0) => new BoxGeometry(w, h, d).translate(x, y + h / 2, z);
/** @param {number} r @param {number} h */
const rod = (r, h) => new CylinderGeometry(r, r, h, 16).translate(0, h / 2, 0);

/** @type {Record<string, (random: Random) => Object3D>} */
const THINGS = {
  boxes(random) {
    const group = new Group();
    let [y, side] = [0, random.uniform(0.35, 0.65)];
    for (let k = random.pick([1, 2, 2, 3]); k > 0; k--) {
      const h = side * random.uniform(0.55, 1);
      const one = piece(random, box(side, h, side * random.uniform(0.6, 1)));
      one.position.set(random.normal(0, 0.03), y, random.normal(0, 0.03));
      one.rotation.y = random.normal(0, 0.2);
      group.add(one);
      [y, side] = [y + h, side * random.uniform(0.7, 1)];
    }
    return group;
  },
  counter: (random) => piece(random, box(random.uniform(0.6, 1.4), random.uniform(0.6, 1.05), random.uniform(0.25, 0.55))),
  panel: (random) => piece(random, box(random.uniform(0.2, 0.6), random.uniform(1.6, 2.3), random.uniform(0.03, 0.1))),
  pole: (random) => piece(random, rod(random.uniform(0.03, 0.11), random.uniform(1.5, 2.6))),
  railing(random) {
    const [w, h, thick] = [random.uniform(0.9, 2.2), random.uniform(0.75, 1.1), random.uniform(0.025, 0.05)];
    const gaps = Math.ceil(w / 0.7);
    const posts = Array.from({ length: gaps + 1 }, (_, k) => box(thick, h, thick, w * (k / gaps - 0.5)));
    const bars = Array.from({ length: random.pick([1, 2, 4]) }, (_, k) => box(w, thick, thick, 0, (h - thick) * 0.82 ** k));
    return piece(random, ...posts, ...bars);
  },
};
/** What stands there, and how often. */
const KINDS = { boxes: 4, counter: 3, panel: 2, pole: 2, railing: 3, table: 3, chair: 3, office_chair: 2, desk: 1, plant: 3, bench: 1, lamp: 1 };

/** @param {Random} random @returns {Object3D} standing on the floor at the origin */
function build(random) {
  const kind = drawn(random, Object.entries(KINDS));
  const thing = THINGS[kind] ? THINGS[kind](random) : merged(FURNITURE[kind](random));
  thing.traverse((object) => { object.castShadow = object.receiveShadow = true; });
  thing.userData.is_room = true;
  return thing;
}

/** @param {Object3D} thing */
export function discard(thing) {
  thing.removeFromParent();
  thing.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    object.geometry.dispose();
    object.material.dispose(); // patterns are shared and stay
  });
}

/**
 * The outline of a thing as the camera sees it, a rectangle.
 * @param {Object3D} thing its world matrices up to date @param {PerspectiveCamera} camera
 * @returns {{low: Vector3, high: Vector3} | null} normalised device coordinates; null: partly behind the camera
 */
function outline(thing, camera) {
  const [low, high, point] = [new Vector3(1e9, 1e9, 1e9), new Vector3(-1e9, -1e9, -1e9), new Vector3()];
  let behind = false;
  thing.traverse((mesh) => {
    if (!(mesh instanceof Mesh)) return;
    mesh.geometry.computeBoundingBox();
    const { min, max } = mesh.geometry.boundingBox;
    for (let k = 0; k < 8; k++) {
      point.set(k & 1 ? max.x : min.x, k & 2 ? max.y : min.y, k & 4 ? max.z : min.z).applyMatrix4(mesh.matrixWorld);
      behind ||= point.clone().applyMatrix4(camera.matrixWorldInverse).z > -CLEAR_M.camera;
      point.project(camera);
      low.min(point);
      high.max(point);
    }
  });
  return behind ? null : { low, high };
}

/**
 * Put something before the subject.
 * @param {Random} random
 * @param {object} scene
 * @param {PerspectiveCamera} scene.camera its matrices up to date @param {Vector3[]} scene.marks places on the subject
 * @param {Extent} scene.extent of the subject and aids
 * @param {(place: Place, radius_m: number) => boolean} scene.free whether something may stand there
 * @returns {Object3D | null} to be added to the scene and freed with `discard`; null: there is no place for it
 */
export function placeClutter(random, { camera, marks, extent, free }) {
  camera.updateMatrixWorld();
  const centre = new Vector3(...extent.low).add(new Vector3(...extent.high)).multiplyScalar(0.5).setY(0);
  const towards = camera.position.clone().sub(centre).setY(0);
  const distance = towards.length();
  towards.normalize();
  const aside = new Vector3(towards.z, 0, -towards.x);
  const reach = Math.abs(towards.x) * (extent.high[0] - centre.x) + Math.abs(towards.z) * (extent.high[2] - centre.z);
  const seen = marks.map((mark) => mark.clone().project(camera)).filter(({ x, y }) => Math.abs(x) < 1 && Math.abs(y) < 1);
  if (seen.length === 0) return null;
  for (let k = 0; k < THINGS_TRIED; k++) {
    const own = random.fork(`thing ${k}`);
    const thing = build(own);
    const radius = radiusOf(thing);
    const [nearest, farthest] = [reach + 0.7 * radius + CLEAR_M.subject, Math.min(FARTHEST, distance - radius - CLEAR_M.camera)];
    for (let place = 0; place < PLACES_TRIED && nearest < farthest; place++) {
      const wide = 0.3 + radius;
      thing.rotation.y = own.uniform(-Math.PI, Math.PI);
      thing.position.copy(centre).addScaledVector(towards, own.uniform(nearest, farthest)).addScaledVector(aside, own.uniform(-wide, wide));
      thing.updateMatrixWorld(true);
      const frame = free([thing.position.x, thing.position.z], radius) ? outline(thing, camera) : null;
      if (!frame) continue;
      const within = (/** @type {Vector3} */ { x, y }) => x > frame.low.x && x < frame.high.x && y > frame.low.y && y < frame.high.y;
      const share = seen.filter(within).length / seen.length;
      if (share >= BEHIND[0] && share <= BEHIND[1]) return thing;
    }
    discard(thing);
  }
  return null;
}

/** @param {Object3D} thing @returns {number} of the circle that it stands in, about */
function radiusOf(thing) {
  let radius = 0;
  const point = new Vector3();
  thing.updateMatrixWorld(true);
  thing.traverse((mesh) => {
    if (!(mesh instanceof Mesh)) return;
    mesh.geometry.computeBoundingBox();
    const { min, max } = mesh.geometry.boundingBox;
    for (const corner of [min, max, point.set(min.x, 0, max.z).clone(), point.set(max.x, 0, min.z).clone()]) {
      point.copy(corner).applyMatrix4(mesh.matrixWorld);
      radius = Math.max(radius, Math.hypot(point.x, point.z));
    }
  });
  return radius;
}
