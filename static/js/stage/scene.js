/** The stage: a room, its light, and who is in it. The page and the renderer of training images use the same one. */
import { NeutralToneMapping, PCFShadowMap, SRGBColorSpace, Scene, WebGLRenderer } from "../../vendor/three.js";
import { forgetEnvironments, light } from "./light.js";
import { StageError } from "./errors.js";
import { createRoom } from "./room.js";
import { IdMasker } from "./idmask.js";
import { extentOf, lookAtEquipment, lookAtPerson, placeEquipment, placePerson } from "./truth.js";
import { projectionOf } from "./camera.js";
import { createRandom } from "./random.js";

/** @typedef {import("./truth.js").Figure} Figure */
/** @typedef {import("./truth.js").Hider} Hider */
/** @typedef {import("./equipment/assembly.js").Equipment} Equipment */
/** @typedef {import("./camera.js").Extent} Extent */
/** @typedef {import("../../vendor/three.js").PerspectiveCamera} PerspectiveCamera */
/** @typedef {Figure & {stature_m?: number}} Person */
/** @typedef {import("./contacts.js").Contact} Contact */
/**
 * @typedef {object} SceneRecipe
 * @property {string} [light] one of LIGHTS in light.js @property {string} [room] one of ROOM_NAMES in room.js
 * @property {string} [backdrop] colour of the studio, #rrggbb
 * @property {boolean} [varied] light is turned and varied by the seed
 * @property {number} [shadow_px] side of the shadow map; 0: none
 * @property {{is: import("./environment.js").Environment, look: import("./environment.js").EnvironmentLook} | null} [environment]
 *   takes the place of light and room
 * @property {[number, number][]} [guests] places (x, z) where no furniture is put
 * @property {number | "around" | null} [seen_from_rad] the camera's azimuth: no furniture is put there; "around": it moves
 */
/**
 * @typedef {object} SceneTruth
 * @property {import("./camera.js").Projection} camera
 * @property {import("./truth.js").PersonTruth[]} people in the order they were added
 * @property {import("./truth.js").EquipmentTruth[]} equipment
 * @property {import("./idmask.js").Mask | null} mask ids: people from 1, equipment from 101; null: without occlusion
 */

export const FIRST_EQUIPMENT_ID = 101;
const MOST_PEOPLE = 100;
const SIZES = [16, 4096];

/** @param {unknown} size of a picture, px @returns {[number, number]} @throws {RangeError} */
export function checkedSize(size) {
  const sides = Array.isArray(size) && size.length === 2 ? size : [];
  const fit = sides.length === 2 && sides.every((side) => Number.isInteger(side) && side >= SIZES[0] && side <= SIZES[1]);
  if (!fit) throw new RangeError(`size: expected width and height in ${SIZES.join("..")} whole px, got ${String(size)}`);
  return [sides[0], sides[1]];
}

/** @param {Extent | null} extent stage metres @returns {[number, number, number] | undefined} its middle */
export function middleOf(extent) {
  return extent ? /** @type {[number, number, number]} */ (extent.low.map((low, k) => (low + extent.high[k]) / 2)) : undefined;
}

/**
 * A renderer with the stage's settings.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {{antialias?: boolean, preserve?: boolean}} [options] preserve: the canvas can be read after
 *   the frame, which a tracker needs that takes the picture later
 * @returns {WebGLRenderer}
 * @throws {StageError} with code `webgl` when the browser gives no WebGL2
 */
export function createRenderer(canvas, { antialias = true, preserve = false } = {}) {
  const settings = /** @type {const} */ ({
    antialias,
    preserveDrawingBuffer: preserve,
    powerPreference: "high-performance",
  });
  // Asked for before three.js does, which would fill the console; a canvas gives the same context again.
  const context = /** @type {HTMLCanvasElement} */ (canvas).getContext("webgl2", settings);
  if (context === null) {
    throw new StageError("webgl", "this browser gives no WebGL2, which the stage is drawn with");
  }
  const renderer = new WebGLRenderer({ canvas, alpha: false, ...settings });
  renderer.toneMapping = NeutralToneMapping;
  renderer.outputColorSpace = SRGBColorSpace;
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = PCFShadowMap;
  return renderer;
}

/** One masker for all scenes of a renderer: its shaders are compiled once. @type {WeakMap<WebGLRenderer, IdMasker>} */
const maskers = new WeakMap();

/** @param {WebGLRenderer} renderer @returns {IdMasker} */
function maskerOf(renderer) {
  const masker = maskers.get(renderer) ?? new IdMasker();
  maskers.set(renderer, masker);
  return masker;
}

/**
 * Let go of what scenes keep with a renderer: environments and the masker. What is needed again is made anew.
 * @param {WebGLRenderer} renderer
 * @param {{free?: boolean}} [options] free: false after a lost context, with which all went
 */
export function releaseRenderer(renderer, { free = true } = {}) {
  forgetEnvironments(renderer, { free });
  if (free) maskers.get(renderer)?.dispose();
  maskers.delete(renderer);
}

/** @param {import("../../vendor/three.js").Object3D} object */
function castShadow(object) {
  object.castShadow = object.receiveShadow = true;
  // three.js draws all shadows with one material and leaves the last texture in its uniform: a texture that is freed
  // would be
  // uploaded again with the next shadow and stay. Only what is cut out by alpha (and has a material of its own) needs
  // one.
  object.onBeforeShadow = (_renderer, _object, _camera, _shadowCamera, _geometry, material) => {
    const depth = /** @type {import("../../vendor/three.js").MeshDepthMaterial} */ (material);
    if (!(depth.alphaTest > 0)) depth.map = null;
  };
}

/** A scene with its people and aids. */
export class StageScene {
  scene = new Scene();
  /** @type {Person[]} */ people = [];
  /** @type {Equipment[]} */ equipment = [];
  /** Darken the floor under what stands on it, where a shadow alone does not. @type {(contacts: Contact[]) => void} */ touch = () => {};
  /** @type {ReturnType<typeof light> | null} */ #light = null;
  /** @type {import("./room.js").Room | null} */ #room = null;

  /** @param {WebGLRenderer} renderer @param {SceneRecipe} recipe @param {number | string} seed */
  constructor(renderer, recipe, seed) {
    this.renderer = renderer;
    this.recipe = recipe;
    this.random = createRandom(seed);
    if (recipe.environment) this.#surround(recipe.environment);
    else {
      this.setRoom(recipe.room ?? "studio");
      this.setLight(recipe.light ?? "studio");
    }
  }

  /** @param {NonNullable<SceneRecipe["environment"]>} environment */
  #surround({ is, look }) {
    const { shadow_px = 2048, guests = [] } = this.recipe;
    const room = (this.#room = is.surroundings(look, guests));
    this.touch = room.touch;
    this.scene.add(room.object);
    this.scene.background = room.background;
    this.scene.backgroundBlurriness = look.blur;
    this.scene.backgroundRotation.set(0, look.turn_rad, 0);
    this.#light = is.light(this.scene, look, { shadow_px });
    this.renderer.toneMappingExposure = this.#light.exposure;
  }

  /** Places of the recipe's `guests`, moved inside the room. @returns {[number, number][]} */
  get guests() {
    return this.#room?.guests ?? [];
  }

  /** @param {[number, number]} place x, z @param {number} radius m @returns {boolean} whether it is between the walls */
  holds([x, z], radius) {
    const half = this.#room?.half;
    return !half || (Math.abs(x) < half[0] - radius && Math.abs(z) < half[1] - radius);
  }

  /**
   * @param {string} name
   * @param {[number, number, number]} [around] middle of the region with shadows
   * @throws {RangeError} on an unknown name
   */
  setLight(name, around) {
    const { varied = false, shadow_px = 2048 } = this.recipe;
    this.#light?.dispose();
    this.#light = light(this.scene, {
      renderer: this.renderer,
      name,
      random: varied ? this.random.fork("light") : undefined,
      shadow_px,
      around,
    });
    this.renderer.toneMappingExposure = this.#light.exposure;
  }

  /** @param {string} name @throws {RangeError} on an unknown name */
  setRoom(name) {
    const room = createRoom(name, this.random.fork("room"), {
      backdrop: this.recipe.backdrop,
      seen_from_rad: this.recipe.seen_from_rad,
      guests: this.recipe.guests,
    });
    this.#room?.dispose();
    this.#room = room;
    this.scene.add(room.object);
    this.scene.background = room.background;
  }

  /** Let the light and its shadow follow the subject. @param {[number, number, number]} around stage metres */
  follow(around) {
    const key = /** @type {ReturnType<typeof light>} */ (this.#light).key;
    const offset = key.position.clone().sub(key.target.position);
    key.target.position.set(...around);
    key.position.copy(key.target.position).add(offset);
  }

  /** @param {Person} person whose owner frees it */
  addPerson(person) {
    if (this.people.length >= MOST_PEOPLE) throw new RangeError(`the stage holds at most ${MOST_PEOPLE} people`);
    person.object.traverse((object) => {
      object.frustumCulled = false; // the bounds of a skinned mesh are those of its rest pose
      castShadow(object);
    });
    this.people.push(person);
    this.scene.add(person.object);
  }

  /** @param {Equipment} equipment freed with `equipment.dispose()` by its owner */
  addEquipment(equipment) {
    equipment.object.traverse(castShadow);
    this.equipment.push(equipment);
    this.scene.add(equipment.object);
  }

  /** Take people and aids out; they are not freed. */
  clear() {
    for (const { object } of [...this.people, ...this.equipment]) object.removeFromParent();
    this.people = [];
    this.equipment = [];
  }

  /** @returns {Extent} of people and aids as they stand now */
  extent() {
    this.scene.updateMatrixWorld();
    return extentOf(
      this.people,
      this.equipment.map(({ object }) => object),
    );
  }

  /** @param {PerspectiveCamera} camera */
  draw(camera) {
    this.#room?.seeFrom(Math.atan2(camera.position.x, camera.position.z));
    this.renderer.render(this.scene, camera);
  }

  /**
   * What is true of the picture that `draw` with this camera gives.
   * @param {PerspectiveCamera} camera @param {[number, number]} size px
   * @param {{occlusion?: boolean, mask_size?: [number, number]}} [options] occlusion: ask what hides what, which takes a
   *   pass of drawing; without it what is inside the picture counts as seen, and no aid does. mask_size: px, may be
   *   smaller than the picture
   * @returns {Promise<SceneTruth>} as things stood at the call: nothing is read from the scene later
   */
  async truth(camera, size, { occlusion = true, mask_size = size } = {}) {
    this.scene.updateMatrixWorld();
    camera.updateMatrixWorld();
    const projection = projectionOf(camera, size);
    const people = this.people.map((person) => placePerson(person, projection));
    const equipment = this.equipment.map((aid) => placeEquipment(aid, projection));
    if (!occlusion) return { camera: projection, people, equipment, mask: null };
    const statures = this.people.map(({ stature_m }) => stature_m);
    /** @type {Map<import("../../vendor/three.js").Object3D, number>} */
    const owners = new Map();
    this.people.forEach(({ object }, k) => owners.set(object, 1 + k));
    this.equipment.forEach(({ object }, k) => owners.set(object, FIRST_EQUIPMENT_ID + k));
    const request = { size: mask_size, picture: size, owners };
    const mask = await maskerOf(this.renderer).render(this.renderer, this.scene, camera, request);
    const whose = (/** @type {number} */ id) =>
      /** @type {Hider} */ (id === 255 ? "room" : id >= FIRST_EQUIPMENT_ID ? "aid" : "person");
    people.forEach((person, k) => lookAtPerson(person, projection, { mask, id: 1 + k, whose, stature_m: statures[k] }));
    equipment.forEach((aid, k) => lookAtEquipment(aid, { mask, id: FIRST_EQUIPMENT_ID + k }));
    return { camera: projection, people, equipment, mask };
  }

  /** Free what the stage itself holds: room and light. People and aids belong to whoever added them. */
  dispose() {
    this.clear();
    this.#light?.dispose();
    this.#room?.dispose();
  }
}

/**
 * @param {WebGLRenderer} renderer
 * @param {SceneRecipe} [recipe]
 * @param {number | string} [seed] chooses what the recipe leaves open
 * @returns {StageScene}
 */
export function createScene(renderer, recipe = {}, seed = 0) {
  return new StageScene(renderer, recipe, seed);
}
