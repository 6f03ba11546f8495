/** Where things touch the floor: under them it is darker than their shadow from the key light alone makes it. */
import { Box3, Vector3 } from "../../vendor/three.js";

/** @typedef {{x: number, z: number, rx: number, rz: number, dark: number}} Contact a soft ellipse on the floor, m; dark: 0..1 */

const SOLES = ["left_heel", "left_foot_index", "right_heel", "right_foot_index"];
/** How dark and wide the floor is where something stands on it: soles and tips, and what has a wheelbase. */
const TOUCH = { sole: { radius_m: 0.17, dark: 0.5 }, tip: { radius_m: 0.1, dark: 0.45 }, base: { wider: 0.72, dark: 0.4 } };
/** Soles up to this height stand on the floor, m. */
const STANDS = 0.09;

/**
 * Where people, aids and chairs touch the floor.
 * @param {import("./scene.js").StageScene} stage @param {import("../../vendor/three.js").Object3D[]} chairs
 * @returns {Contact[]}
 */
export function contactsOf(stage, chairs) {
  stage.scene.updateMatrixWorld();
  const point = new Vector3();
  const round = (/** @type {{radius_m: number, dark: number}} */ { radius_m, dark }) => (
    { x: point.x, z: point.z, rx: radius_m, rz: radius_m, dark });
  /** @type {Contact[]} */
  const contacts = [];
  for (const { landmarks } of stage.people) {
    for (const name of SOLES) {
      const place = landmarks[name];
      if (!place) continue;
      point.set(...place.position).applyMatrix4(place.bone.matrixWorld);
      if (point.y < STANDS) contacts.push(round(TOUCH.sole));
    }
  }
  for (const { object } of stage.equipment.flatMap((aid) => aid.contacts)) {
    object.getWorldPosition(point);
    contacts.push(round(TOUCH.tip));
  }
  for (const object of [...stage.equipment.filter((aid) => aid.contacts.length > 2).map((aid) => aid.object), ...chairs]) {
    const { min, max } = new Box3().setFromObject(object);
    const { wider, dark } = TOUCH.base;
    contacts.push({
      x: (min.x + max.x) / 2, z: (min.z + max.z) / 2, rx: wider * (max.x - min.x), rz: wider * (max.z - min.z), dark,
    });
  }
  return contacts;
}
