/**
 * What is true of a picture of the stage: where the landmarks are, which of them are seen, where the aids are.
 *
 * - `landmarks` [33, 3]: px in the picture, x right, y down, 0, 0 at the left upper corner. z in pixels: the depth behind
 *   the hip centre times the scale there, `(z - z_hip) * fx / z_hip` (weak perspective), so nearer is smaller. The z of
 *   the released BlazePose networks has another scale; no fitted factor is in this one (docs/stage.md).
 * - `world_landmarks` [33, 3]: metres along the camera's axes, x right, y down, z away from the camera, from the hip
 *   centre.
 * - A landmark of a limb that the person does not have is absent: NaN in both, 0 in `visibility` and `presence`, its
 *   name in `not_applicable`.
 */
import { Box3, Matrix4, Mesh, Vector3 } from "../../vendor/three.js";
import { toCamera, toPixels } from "./camera.js";
import landmarkSpec from "../../spec/landmarks.json" with { type: "json" };

/** @typedef {import("./camera.js").Projection} Projection */
/** @typedef {import("./camera.js").Extent} Extent */
/** @typedef {import("./idmask.js").Mask} Mask */
/** @typedef {import("./idmask.js").Box} Box */
/** @typedef {import("../../vendor/three.js").Object3D} Object3D */
/** @typedef {import("./equipment/assembly.js").Equipment} Equipment */
/** @typedef {"frame" | "aid" | "body" | "person" | "room" | "not_applicable"} Hider frame: outside the picture */
/**
 * @typedef {object} Figure a character as far as truth needs it
 * @property {Object3D} object
 * @property {Record<string, {bone: Object3D, position: [number, number, number]}>} landmarks those that the figure has;
 *   position in the
 *   bone's frame, metres
 */
/**
 * @typedef {object} PersonTruth
 * @property {Float32Array} landmarks
 * @property {Float32Array} world_landmarks
 * @property {Float32Array} visibility 1 or 0
 * @property {Float32Array} presence 1 inside the picture, 0 outside @property {(Hider | null)[]} hidden_by null: seen
 * @property {string[]} not_applicable @property {Box | null} box what is seen of the person, px; null: nothing
 * @property {[number, number, number]} hip_centre stage metres
 */
/**
 * @typedef {object} EquipmentTruth
 * @property {string} kind
 * @property {string} class
 * @property {Box | null} box the whole aid as far as it is inside the picture, whatever is before
 *   it @property {Box | null} visible_box @property {number} visible_pixels
 * @property {{name: string, position: [number, number]}[]} contacts with the floor, px
 */

const NAMES = landmarkSpec.names;
const [LEFT_HIP, RIGHT_HIP] = [NAMES.indexOf("left_hip"), NAMES.indexOf("right_hip")];
/**
 * How much flesh and cloth may lie before a joint that is still called seen, metres, for a stature of 1.75 m: half the
 * limb's thickness
 * there and 3 cm for cloth and hair. */
const COVER_M = {
  eye: 0.045,
  ear: 0.06,
  nose: 0.045,
  mouth: 0.045,
  shoulder: 0.13,
  elbow: 0.085,
  wrist: 0.065,
  pinky: 0.05,
  index: 0.05,
  thumb: 0.05,
  hip: 0.2,
  knee: 0.11,
  ankle: 0.09,
  heel: 0.08,
  foot: 0.08,
};
const COVER_STATURE = 1.75;
const COVER = NAMES.map((name) => {
  const found = Object.entries(COVER_M).find(([part]) => name.includes(part));
  if (!found) throw new Error(`truth: no cover for landmark ${name}`);
  return found[1];
});
/**
 * A joint is looked at through a window this wide, so that a single spoke before it does not hide it; metres at the
 * joint.
 */
const WINDOW_M = 0.03;

/**
 * @param {Figure} figure its world matrices must be up to date
 * @returns {([number, number, number] | null)[]} stage metres; null: not there
 */
export function landmarkPositions({ landmarks }) {
  const point = new Vector3();
  return NAMES.map((name) => {
    const place = landmarks[name];
    if (!place) return null;
    return /** @type {[number, number, number]} */ (
      point
        .set(...place.position)
        .applyMatrix4(place.bone.matrixWorld)
        .toArray()
    );
  });
}

/**
 * What hides a landmark.
 * @param {object} joint
 * @param {Mask} joint.mask
 * @param {[number, number]} joint.pixel
 * @param {number} joint.depth_m
 * @param {number} joint.radius_px of the window
 * @param {number} joint.cover_m
 * @param {(id: number) => Hider | "self"} whose
 * @returns {Hider | null} what covers most of the window, if more than half is covered
 */
function hiderOf({ mask, pixel: [x, y], depth_m, radius_px, cover_m }, whose) {
  /** @type {Map<Hider | null, number>} */
  const votes = new Map();
  const [right, bottom] = [mask.picture[0] - 1, mask.picture[1] - 1];
  for (let j = -1; j <= 1; j++) {
    for (let i = -1; i <= 1; i++) {
      const seen = mask.at(
        Math.min(right, Math.max(0, x + i * radius_px)),
        Math.min(bottom, Math.max(0, y + j * radius_px)),
      );
      const owner = whose(seen.id);
      const free = seen.depth_m > depth_m - (owner === "self" ? cover_m : 0);
      const hider = free ? null : owner === "self" ? "body" : owner;
      votes.set(hider, (votes.get(hider) ?? 0) + 1);
    }
  }
  if ((votes.get(null) ?? 0) >= 5) return null;
  votes.delete(null);
  return [...votes].reduce((most, vote) => (vote[1] > most[1] ? vote : most))[0];
}

/**
 * Where a person's landmarks are now: everything that needs the figure itself.
 * @param {Figure} figure its world matrices must be up to date @param {Projection} projection
 * @returns {PersonTruth} without what hides: what is inside the picture counts as seen until `lookAtPerson` has looked
 * @throws {RangeError} when the figure has no hips
 */
export function placePerson(figure, projection) {
  const positions = landmarkPositions(figure);
  const [left, right] = [positions[LEFT_HIP], positions[RIGHT_HIP]];
  if (!left || !right) throw new RangeError("truth: the figure has no hips, so there is no origin for world landmarks");
  const hips = /** @type {[number, number, number]} */ (left.map((value, k) => (value + right[k]) / 2));
  const origin = toCamera(projection, hips);
  const count = NAMES.length;
  /** @type {PersonTruth} */
  const truth = {
    landmarks: new Float32Array(3 * count).fill(NaN),
    world_landmarks: new Float32Array(3 * count).fill(NaN),
    visibility: new Float32Array(count),
    presence: new Float32Array(count),
    hidden_by: new Array(count).fill("not_applicable"),
    not_applicable: NAMES.filter((_, k) => !positions[k]),
    box: null,
    hip_centre: hips,
  };
  positions.forEach((position, k) => {
    if (!position) return;
    const seen = toCamera(projection, position);
    const [x, y] = toPixels(projection, seen);
    truth.landmarks.set([x, y, ((seen[2] - origin[2]) * projection.fx) / origin[2]], 3 * k);
    truth.world_landmarks.set(
      seen.map((value, axis) => value - origin[axis]),
      3 * k,
    );
    const inside = seen[2] > 0 && x >= 0 && y >= 0 && x < projection.width && y < projection.height;
    truth.presence[k] = truth.visibility[k] = inside ? 1 : 0;
    truth.hidden_by[k] = inside ? null : "frame";
  });
  return truth;
}

/**
 * What is seen of a person whose places are known.
 * @param {PersonTruth} truth of `placePerson`; `visibility`, `hidden_by` and `box` are set @param {Projection} projection
 * @param {{mask: Mask, id: number, whose: (id: number) => Hider, stature_m?: number}} seen the id mask of the same
 *   picture, the person's id in it, whose the other ids are
 * @returns {PersonTruth} the same object
 */
export function lookAtPerson(truth, projection, { mask, id, whose, stature_m = COVER_STATURE }) {
  truth.box = mask.regions().get(id)?.box ?? null;
  const own = (/** @type {number} */ other) => (other === id ? "self" : whose(other));
  const hips = toCamera(projection, truth.hip_centre)[2];
  truth.presence.forEach((present, k) => {
    if (!present) return;
    const depth_m = truth.world_landmarks[3 * k + 2] + hips;
    const radius_px = Math.max(1, (WINDOW_M / 2) * (projection.fx / depth_m));
    const [x, y] = truth.landmarks.subarray(3 * k, 3 * k + 2);
    const cover_m = (COVER[k] * stature_m) / COVER_STATURE;
    truth.hidden_by[k] = hiderOf({ mask, pixel: [x, y], depth_m, radius_px, cover_m }, own);
    truth.visibility[k] = truth.hidden_by[k] === null ? 1 : 0;
  });
  return truth;
}

const seenFrom = new Matrix4();
/**
 * The box around an aid, from its geometry: whatever stands before it does not matter.
 * @param {Object3D} object its world matrices must be up to date; rigid meshes only @param {Projection} projection
 * @returns {Box | null} px, clipped to the picture; null: outside of it, or behind the camera
 */
export function projectedBox(object, projection) {
  const { fx, fy, cx, cy, world_to_camera: view } = projection;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  object.traverse((mesh) => {
    if (!(mesh instanceof Mesh)) return;
    const position = mesh.geometry.getAttribute("position");
    // One matrix for all: an aid has tens of thousands of vertices, and the live stage asks for its box at every frame.
    const m = seenFrom.set(.../** @type {Sixteen} */ ([...view, 0, 0, 0, 1])).multiply(mesh.matrixWorld).elements;
    for (let k = 0; k < position.count; k++) {
      const [x, y, z] = [position.getX(k), position.getY(k), position.getZ(k)];
      const depth = m[2] * x + m[6] * y + m[10] * z + m[14];
      if (depth <= 0) continue;
      const u = cx + (fx * (m[0] * x + m[4] * y + m[8] * z + m[12])) / depth;
      const v = cy + (fy * (m[1] * x + m[5] * y + m[9] * z + m[13])) / depth;
      if (u < left) left = u;
      if (u > right) right = u;
      if (v < top) top = v;
      if (v > bottom) bottom = v;
    }
  });
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  const [width, height] = [Math.min(projection.width, right) - x, Math.min(projection.height, bottom) - y];
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}
/** @typedef {Parameters<import("../../vendor/three.js").Matrix4["set"]>} Sixteen */

/**
 * Where an aid is now.
 * @param {Equipment} equipment its world matrices must be up to date @param {Projection} projection
 * @returns {EquipmentTruth} nothing counts as seen until `lookAtEquipment` has looked
 */
export function placeEquipment(equipment, projection) {
  const point = new Vector3();
  const contacts = equipment.contacts.map(({ name, object }) => {
    const seen = toCamera(
      projection,
      /** @type {[number, number, number]} */ (object.getWorldPosition(point).toArray()),
    );
    return { name, position: toPixels(projection, seen) };
  });
  return {
    kind: equipment.kind,
    class: equipment.class,
    box: projectedBox(equipment.object, projection),
    visible_box: null,
    visible_pixels: 0,
    contacts,
  };
}

/**
 * What is seen of an aid whose place is known.
 * @param {EquipmentTruth} truth of `placeEquipment` @param {{mask: Mask, id: number}} seen
 * @returns {EquipmentTruth} the same object
 */
export function lookAtEquipment(truth, { mask, id }) {
  const region = mask.regions().get(id);
  truth.visible_box = region?.box ?? null;
  truth.visible_pixels = region?.pixels ?? 0;
  return truth;
}

/** Flesh, hair, soles around landmarks, metres: the crown lies this far above the eyes. */
const AROUND = { up: 0.17, other: 0.1 };

/**
 * What a camera must see of people and their aids.
 * @param {Figure[]} figures @param {Object3D[]} aids world matrices up to date
 * @returns {Extent}
 */
export function extentOf(figures, aids) {
  const box = new Box3();
  for (const figure of figures) {
    for (const position of landmarkPositions(figure)) {
      if (!position) continue;
      const point = new Vector3(...position);
      box.expandByPoint(
        point
          .clone()
          .addScalar(AROUND.other)
          .setY(point.y + AROUND.up),
      );
      box.expandByPoint(point.subScalar(AROUND.other));
    }
  }
  for (const aid of aids) box.expandByObject(aid);
  if (box.isEmpty()) throw new RangeError("extentOf: neither figures nor aids");
  box.min.y = Math.max(0, box.min.y);
  return {
    low: /** @type {[number, number, number]} */ (box.min.toArray()),
    high: /** @type {[number, number, number]} */ (box.max.toArray()),
  };
}
