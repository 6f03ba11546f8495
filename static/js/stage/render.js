/**
 * Labelled pictures without a page: `renderSample({seed, recipe, size})`. The same seed gives the same picture and
 * labels.
 * Works in a window and in a worker (WebGL2 and OffscreenCanvas are needed).
 */
import { Mesh, Vector3 } from "../../vendor/three.js";
import { LENSES, frameCamera } from "./camera.js";
import { loadCharacter } from "./character.js";
import { buildEquipment, fitEquipment } from "./equipment/index.js";
import { plainChair } from "./furniture.js";
import { createMotion, geometryOf } from "./motion/index.js";
import { createRandom } from "./random.js";
import { resolveRecipe } from "./recipe.js";
import { merged } from "./room.js";
import { createRenderer, createScene } from "./scene.js";

/** @typedef {import("./recipe.js").Recipe} Recipe */
/** @typedef {import("./recipe.js").Shot} Shot */
/** @typedef {import("./scene.js").StageScene} StageScene */
/** @typedef {import("./equipment/assembly.js").Equipment} Equipment */
/** @typedef {import("./character.js").Character} Character */
/** @typedef {import("./motion/index.js").Motion} Motion */
/** @typedef {{character: Character, motion: Motion, role: string}} Actor */
/**
 * @typedef {object} Sample
 * @property {Blob} image JPEG or PNG, `size` pixels
 * @property {Shot} shot what was chosen
 * @property {number} time_s within the motion @property {number} duration_s of one cycle; 0 where nobody acts
 * @property {import("./camera.js").Extent} extent what the camera was framed on
 * @property {import("./scene.js").SceneTruth & {people: {role: string, phases: Record<string, string>}[], equipment:
 *   {user: number | null}[]}} truth see truth.js; `role` as in
 *   static/spec/equipment.json, `user`: index of the person who uses the aid
 */

const SIZES = [32, 4096];
const ROLES = { wheelchair: "occupant", walker: "walker_user", crutch: "crutch_user", cane: "cane_user" };
const MOST_CHARACTERS = 12; // kept in memory: about 10 MB each on the GPU

/** @param {Character} character @returns {("left" | "right")[]} hands that the character does not have */
function absentHands(character) {
  return /** @type {("left" | "right")[]} */ (["left", "right"]).filter(
    (side) => !character.landmarks[`${side}_wrist`],
  );
}

/** Renders samples one after the other with one renderer. */
export class Sampler {
  /** @type {Map<string, Character>} */ #characters = new Map();
  /** @type {Promise<string[]> | null} */ #names = null;
  /**
   * Programs that are kept although the materials of a picture are gone: compiling them again would take longer than
   * drawing.
   * @type {Set<object>} */
  #held = new Set();
  /** @type {Promise<unknown>} */ #turn = Promise.resolve();
  /** @type {(url: string) => Promise<Character>} */ #open;

  /**
   * @param {{characters?: string | URL, antialias?: boolean, open?: (url: string) => Promise<Character>}} [options]
   *   characters: folder with manifest.json and GLB files; open: reads one of them, for files that are not the stage's
   */
  constructor({
    characters = new URL("../../characters/", import.meta.url),
    antialias = true,
    open = loadCharacter,
  } = {}) {
    this.#open = open;
    this.folder = new URL(characters, globalThis.location?.href);
    this.canvas = new OffscreenCanvas(SIZES[0], SIZES[0]);
    this.renderer = createRenderer(this.canvas, { antialias });
  }

  /** @returns {Promise<string[]>} names of the characters that there are */
  names() {
    this.#names ??= this.#fetchNames().catch((error) => {
      this.#names = null; // the next call tries again
      throw error;
    });
    return this.#names;
  }

  /** @returns {Promise<string[]>} */
  async #fetchNames() {
    const response = await fetch(new URL("manifest.json", this.folder));
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return Object.keys((await response.json()).characters);
  }

  /** @param {string} name @returns {Promise<Character>} kept for later samples */
  async #character(name) {
    const known = this.#characters.get(name);
    if (known) {
      this.#characters.delete(name); // the last used one goes to the end
      this.#characters.set(name, known);
      return known;
    }
    const character = await this.#open(new URL(`${name}.glb`, this.folder).href);
    this.#characters.set(name, character);
    if (this.#characters.size > MOST_CHARACTERS) {
      const [oldest, unused] = /** @type {[string, Character]} */ (this.#characters.entries().next().value);
      this.#characters.delete(oldest);
      unused.dispose();
    }
    return character;
  }

  /**
   * Build the aids of a shot, fitted to whoever uses them.
   * @param {Shot} shot
   * @param {Character | null} user
   * @returns {Equipment[]}
   */
  #equip({ equipment, params, seed }, user) {
    return equipment.map((kind) => {
      const random = createRandom(seed).fork(`equipment/${kind}`); // the same for both of a pair
      return user
        ? buildEquipment(kind, fitEquipment(kind, user.body, params, random))
        : buildEquipment(kind, params, random);
    });
  }

  /**
   * Put people and aids where the motions want them.
   * @param {StageScene} stage
   * @param {Actor[]} actors
   * @param {Equipment[]} aids
   * @param {number} time s
   */
  #pose(stage, actors, aids, time) {
    const phases = [];
    const origin = actors.length > 0 ? new Vector3(...actors[0].motion.at(time).origin) : new Vector3();
    for (const [index, { character, motion }] of actors.entries()) {
      const placement = motion.at(time);
      character.place(placement);
      character.object.position.copy(origin).negate();
      stage.addPerson({
        object: character.object,
        landmarks: character.landmarks,
        stature_m: character.body.stature_m,
      });
      phases.push(placement.phases);
      if (index > 0) continue; // the first one's aids are everybody's
      for (const { index: k, position, quaternion, travel_left_m, travel_right_m } of placement.equipment) {
        if (!aids[k]) continue;
        aids[k].object.position.set(...position).sub(origin);
        aids[k].object.quaternion.set(...quaternion);
        aids[k].setTravel(travel_left_m, travel_right_m);
      }
    }
    for (const aid of aids) stage.addEquipment(aid);
    return phases;
  }

  /** Who acts, with what motion; nobody where aids stand alone.
   * @param {Shot} shot @param {Equipment[]} aids @param {Character | null} user @returns {Promise<Actor[]>} */
  async #cast(shot, aids, user) {
    if (!user || !shot.motion) return [];
    const equipment = aids.map(geometryOf);
    const { seed } = shot;
    const role = aids.length > 0 ? /** @type {Record<string, string>} */ (ROLES)[aids[0].class] : "bystander";
    const options = { ...shot.options, seed, equipment };
    const actors = [
      {
        character: user,
        role,
        motion: createMotion(shot.motion, { ...options, body: user.body, absent: absentHands(user) }),
      },
    ];
    if (shot.attendant) {
      const helper = await this.#character(shot.attendant);
      actors.push({
        character: helper,
        role: "attendant",
        motion: createMotion("attendant", { body: helper.body, equipment, seed, absent: absentHands(helper) }),
      });
    }
    return actors;
  }

  /**
   * @param {Shot} shot see recipe.js @param {[number, number]} size px
   * @param {{type?: "image/jpeg" | "image/png", quality?: number}} [format]
   * @param {{time_s?: number, extent?: import("./camera.js").Extent}} [moment] for further pictures of the same shot: a
   *   time other than the shot's, and what its first picture was framed on, so that the camera stays where it is
   * @returns {Promise<Sample>}
   */
  async render(shot, size, { type = "image/jpeg", quality = 0.92 } = {}, moment = {}) {
    const turn = this.#turn.then(() => this.#render(shot, size, { type, quality }, moment));
    this.#turn = turn.catch(() => undefined); // a failed picture does not stop the next one
    return turn;
  }

  /**
   * @param {Shot} shot
   * @param {[number, number]} size
   * @param {{type: string, quality: number}} format
   * @param {{time_s?: number, extent?: import("./camera.js").Extent}} moment
   * @returns {Promise<Sample>}
   */
  async #render(shot, size, format, moment) {
    const user = shot.character ? await this.#character(shot.character) : null;
    const aids = this.#equip(shot, user);
    const actors = await this.#cast(shot, aids, user);
    const { renderer } = this;
    // Setting a canvas's size gives it new buffers, even if it has that size.
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) renderer.setSize(size[0], size[1], false);
    const { light, room, backdrop, shadow_px, camera: wish, seed } = shot;
    const stage = createScene(
      renderer,
      { light, room, backdrop, shadow_px, varied: true, seen_from_rad: wish.azimuth_rad },
      seed,
    );
    const seat = actors[0]?.motion.facts.seat_height_m;
    const chair = aids.length === 0 && typeof seat === "number" ? merged(plainChair(seat)) : null;
    try {
      const duration_s = actors[0]?.motion.duration_s ?? 0;
      const time_s = moment.time_s ?? shot.phase * duration_s;
      const phases = this.#pose(stage, actors, aids, time_s);
      if (chair) stage.scene.add(chair);
      const extent = moment.extent ?? stage.extent();
      stage.follow(/** @type {[number, number, number]} */ (extent.low.map((low, k) => (low + extent.high[k]) / 2)));
      const camera = frameCamera({
        view: wish,
        extent,
        size,
        fov_rad: LENSES[/** @type {keyof typeof LENSES} */ (wish.lens)],
        margin: wish.margin,
        shift: wish.shift,
        roll_rad: wish.roll_rad,
      });
      stage.draw(camera);
      const [image, truth] = await Promise.all([this.canvas.convertToBlob(format), stage.truth(camera, size)]);
      for (const program of renderer.info.programs ?? []) {
        if (!this.#held.has(program)) program.usedTimes++;
        this.#held.add(program);
      }
      const people = truth.people.map((person, k) => ({ ...person, role: actors[k].role, phases: phases[k] }));
      const equipment = truth.equipment.map((aid) => ({ ...aid, user: actors.length > 0 ? 0 : null }));
      return { image, shot, time_s, duration_s, extent, truth: { ...truth, people, equipment } };
    } finally {
      stage.dispose();
      for (const aid of aids) aid.dispose();
      if (chair) free(chair);
    }
  }

  /** Free the renderer and all characters. */
  dispose() {
    for (const character of this.#characters.values()) character.dispose();
    this.#characters.clear();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

/** @param {Mesh} mesh */
function free(mesh) {
  mesh.geometry.dispose();
  /** @type {import("../../vendor/three.js").Material} */ (mesh.material).dispose();
}

/** @type {Sampler | null} */
let shared = null;

/**
 * One labelled picture.
 * @param {object} request
 * @param {number | string} request.seed
 * @param {Recipe} [request.recipe] what it leaves out is as in recipe.js's DEFAULT_RECIPE
 * @param {number | [number, number]} [request.size] pixels: a square's side, or width and height
 * @param {"image/jpeg" | "image/png"} [request.type]
 * @param {Sampler} [request.sampler] by default one that all calls share
 * @returns {Promise<Sample>}
 * @throws {RangeError} on a bad recipe or size
 */
export async function renderSample({ seed, recipe = {}, size = 512, type = "image/jpeg", sampler }) {
  const pixels = /** @type {[number, number]} */ (Array.isArray(size) ? size : [size, size]);
  if (!pixels.every((side) => Number.isInteger(side) && side >= SIZES[0] && side <= SIZES[1])) {
    throw new RangeError(`size: expected whole pixels in ${SIZES.join("..")}, got ${String(size)}`);
  }
  const used = sampler ?? (shared ??= new Sampler());
  return used.render(resolveRecipe(recipe, seed, await used.names()), pixels, { type });
}
