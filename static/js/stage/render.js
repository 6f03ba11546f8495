/**
 * Labelled pictures without a page: `renderSample({seed, recipe, size})`. The same seed gives the same picture and
 * labels.
 * Works in a window and in a worker (WebGL2 and OffscreenCanvas are needed).
 */
import { Vector3 } from "../../vendor/three.js";
import { discard, placeClutter } from "./clutter.js";
import { LENSES, frameCamera } from "./camera.js";
import { loadCharacter } from "./character.js";
import { contactsOf } from "./contacts.js";
import { dye } from "./dye.js";
import { Environment, readPicture } from "./environment.js";
import { buildEquipment, fitEquipment } from "./equipment/index.js";
import { plainChair } from "./furniture.js";
import { createMotion, geometryOf } from "./motion/index.js";
import { createRandom } from "./random.js";
import { resolveRecipe } from "./recipe.js";
import { merged } from "./room.js";
import { createRenderer, createScene } from "./scene.js";
import { landmarkPositions } from "./truth.js";

/** @typedef {import("./recipe.js").Recipe} Recipe */
/** @typedef {import("./recipe.js").Shot} Shot */
/** @typedef {import("./scene.js").StageScene} StageScene */
/** @typedef {import("./equipment/assembly.js").Equipment} Equipment */
/** @typedef {import("./character.js").Character} Character */
/** @typedef {import("./motion/index.js").Motion} Motion */
/** @typedef {{name: string, character: Character, motion: Motion, role: string}} Actor */
/** @typedef {import("./crowd.js").Bystander} Bystander */
/**
 * @typedef {object} Sample
 * @property {Blob} image JPEG or PNG, `size` pixels
 * @property {Shot} shot what was chosen
 * @property {number} time_s within the motion @property {number} duration_s of one cycle; 0 where nobody acts
 * @property {import("./camera.js").Extent} extent what the camera was framed on
 * @property {import("./scene.js").SceneTruth & {people: {character: string, role: string, phases: Record<string,
 *   string>}[], equipment: {user: number | null}[]}} truth see truth.js; the subject comes first, then who pushes, then
 *   bystanders; `role` as in static/spec/equipment.json, `user`: index of the person who uses the aid
 */

const SIZES = [32, 4096];
const ROLES = { wheelchair: "occupant", walker: "walker_user", crutch: "crutch_user", cane: "cane_user" };
const MOST_CHARACTERS = 24; // kept in memory: about 10 MB each on the GPU
const MOST_ENVIRONMENTS = 40; // 5 MB each
/** What stands before the subject may hide this share of the landmarks that are inside the picture. */
const MOST_HIDDEN = 0.5;
/** Nobody stands nearer to the camera than this, m. */
const NEAREST = 0.6;

const UP = new Vector3(0, 1, 0);

/** @param {Character} character @returns {("left" | "right")[]} hands that the character does not have */
function absentHands(character) {
  return /** @type {("left" | "right")[]} */ (["left", "right"]).filter(
    (side) => !character.landmarks[`${side}_wrist`],
  );
}

/** Renders samples one after the other with one renderer. */
export class Sampler {
  /** @type {Map<string, Character>} */ #characters = new Map();
  /** @type {Map<string, Environment>} */ #environments = new Map();
  /** @type {Promise<string[]> | null} */ #names = null;
  /**
   * Programs that are kept although the materials of a picture are gone: compiling them again would take longer than
   * drawing.
   * @type {Set<object>} */
  #held = new Set();
  /** @type {Promise<unknown>} */ #turn = Promise.resolve();
  /** @type {(url: string) => Promise<Character>} */ #open;

  /**
   * @param {{characters?: string | URL, environments?: Record<string, string>, antialias?: boolean,
   *   open?: (url: string) => Promise<Character>}} [options]
   *   characters: folder with manifest.json and GLB files; environments: addresses of .hdr files by name; open: reads a
   *   character, for files that are not the stage's
   */
  constructor({
    characters = new URL("../../characters/", import.meta.url),
    environments = {},
    antialias = true,
    open = loadCharacter,
  } = {}) {
    this.#open = open;
    this.folder = new URL(characters, globalThis.location?.href);
    this.addresses = environments;
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
  #character(name) {
    return kept(this.#characters, MOST_CHARACTERS, name, () => this.#open(new URL(`${name}.glb`, this.folder).href));
  }

  /** @param {string} name @returns {Promise<Environment>} kept for later samples */
  #environment(name) {
    return kept(this.#environments, MOST_ENVIRONMENTS, name, async () => {
      const response = await fetch(this.addresses[name]);
      if (!response.ok) throw new Error(`${name}.hdr: ${response.status}`);
      const bytes = await response.arrayBuffer();
      try {
        return new Environment(this.renderer, readPicture(bytes));
      } catch (error) {
        throw new Error(`${name}.hdr cannot be read: ${/** @type {Error} */ (error).message}`, { cause: error });
      }
    });
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
        name: /** @type {string} */ (shot.character),
        character: user,
        role,
        motion: createMotion(shot.motion, { ...options, body: user.body, absent: absentHands(user) }),
      },
    ];
    if (shot.attendant) {
      const helper = await this.#character(shot.attendant);
      actors.push({
        name: shot.attendant,
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
    const crowd = await this.#crowd(shot);
    const { renderer } = this;
    // Setting a canvas's size gives it new buffers, even if it has that size.
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) renderer.setSize(size[0], size[1], false);
    const stage = await this.#stage(shot);
    const seat = actors[0]?.motion.facts.seat_height_m;
    /** @type {import("../../vendor/three.js").Object3D[]} */
    const things = aids.length === 0 && typeof seat === "number" ? [merged(plainChair(seat))] : [];
    const people = [...actors, ...crowd];
    const undye = shot.dyed ? people.map(({ name, character }) => dye(character, createRandom(shot.seed).fork(`dye/${name}`))) : [];
    try {
      const duration_s = actors[0]?.motion.duration_s ?? 0;
      const time_s = moment.time_s ?? shot.phase * duration_s;
      const phases = this.#pose(stage, actors, aids, time_s);
      for (const chair of things) stage.scene.add(chair);
      const extent = moment.extent ?? stage.extent();
      stage.follow(/** @type {[number, number, number]} */ (extent.low.map((low, k) => (low + extent.high[k]) / 2)));
      const { camera: wish } = shot;
      const camera = frameCamera({
        view: wish,
        extent,
        size,
        fov_rad: LENSES[/** @type {keyof typeof LENSES} */ (wish.lens)],
        margin: wish.margin,
        shift: wish.shift,
        roll_rad: wish.roll_rad,
      });
      const shown = this.#join(stage, crowd, time_s, camera, things);
      phases.push(...shown.map(({ phases: own }) => own));
      if (shot.environment) stage.touch(contactsOf(stage, things));
      const obstacle = shot.clutter && actors.length > 0 ? this.#obstruct(stage, shot, camera, extent) : null;
      if (obstacle) things.push(obstacle);
      const { image, truth } = await this.#take(stage, camera, size, format, obstacle);
      for (const program of renderer.info.programs ?? []) {
        if (!this.#held.has(program)) program.usedTimes++;
        this.#held.add(program);
      }
      const seen = [...actors, ...shown.map(({ actor }) => actor)];
      const told = truth.people.map((person, k) => ({ ...person, character: seen[k].name, role: seen[k].role, phases: phases[k] }));
      const equipment = truth.equipment.map((aid) => ({ ...aid, user: actors.length > 0 ? 0 : null }));
      return { image, shot, time_s, duration_s, extent, truth: { ...truth, people: told, equipment } };
    } finally {
      stage.dispose();
      for (const undo of undye) undo();
      for (const { character } of crowd) character.object.rotation.y = 0;
      for (const aid of aids) aid.dispose();
      for (const thing of things) discard(thing);
    }
  }

  /** @param {Shot} shot @returns {Promise<StageScene>} without people */
  async #stage({ light, room, environment, backdrop, shadow_px, camera, bystanders, seed }) {
    const common = { shadow_px, guests: bystanders.map(({ place }) => place) };
    if (environment) {
      const is = await this.#environment(environment.name);
      return createScene(this.renderer, { ...common, environment: { is, look: environment.look } }, seed);
    }
    const surroundings = { light: light ?? undefined, room: room ?? undefined, backdrop };
    return createScene(this.renderer, { ...common, ...surroundings, varied: true, seen_from_rad: camera.azimuth_rad }, seed);
  }

  /** @param {Shot} shot @returns {Promise<(Actor & {plan: Bystander})[]>} bystanders, not yet on the stage */
  async #crowd({ bystanders, seed }) {
    const crowd = [];
    for (const plan of bystanders) {
      const character = await this.#character(plan.character);
      const options = { body: character.body, equipment: [], seed: `${seed}/${plan.character}`, absent: absentHands(character) };
      crowd.push({ name: plan.character, character, role: "bystander", motion: createMotion(plan.motion, options), plan });
    }
    return crowd;
  }

  /**
   * Let bystanders come in, but for those whom the camera would touch.
   * @param {StageScene} stage @param {(Actor & {plan: Bystander})[]} crowd @param {number} time_s
   * @param {import("../../vendor/three.js").PerspectiveCamera} camera
   * @param {import("../../vendor/three.js").Object3D[]} things gets their chairs
   */
  #join(stage, crowd, time_s, camera, things) {
    const shown = [];
    for (const [k, actor] of crowd.entries()) {
      const { character, motion, plan } = actor;
      const [x, z] = stage.guests[k];
      if (Math.hypot(camera.position.x - x, camera.position.z - z) < NEAREST) continue;
      const placement = motion.at(time_s + plan.phase * motion.duration_s);
      character.place(placement);
      const { object } = character;
      object.rotation.y = plan.turn_rad;
      object.position.set(...placement.origin).applyAxisAngle(UP, plan.turn_rad).negate().add(new Vector3(x, 0, z));
      stage.addPerson({ object, landmarks: character.landmarks, stature_m: character.stature_m });
      shown.push({ actor, phases: placement.phases });
      if (typeof motion.facts.seat_height_m !== "number") continue;
      const chair = merged(plainChair(motion.facts.seat_height_m));
      chair.position.set(x, 0, z);
      chair.rotation.y = plan.turn_rad;
      stage.scene.add(chair);
      things.push(chair);
    }
    return shown;
  }

  /**
   * @param {StageScene} stage @param {Shot} shot @param {import("../../vendor/three.js").PerspectiveCamera} camera
   * @param {import("./camera.js").Extent} extent
   */
  #obstruct(stage, shot, camera, extent) {
    stage.scene.updateMatrixWorld();
    const marks = landmarkPositions(stage.people[0]).flatMap((place) => (place ? [new Vector3(...place)] : []));
    const obstacle = placeClutter(createRandom(shot.seed).fork("clutter/thing"), {
      camera, marks, extent,
      free: (place, radius) => stage.holds(place, radius)
        && stage.guests.every((guest) => Math.hypot(guest[0] - place[0], guest[1] - place[1]) > radius + NEAREST / 2),
    });
    if (obstacle) stage.scene.add(obstacle);
    return obstacle;
  }

  /**
   * Draw, and look at what is true of it. What hides too much of the subject goes: the obstacle.
   * @param {StageScene} stage @param {import("../../vendor/three.js").PerspectiveCamera} camera
   * @param {[number, number]} size @param {{type: string, quality: number}} format
   * @param {import("../../vendor/three.js").Object3D | null} obstacle
   */
  async #take(stage, camera, size, format, obstacle) {
    if (obstacle) {
      // Half the size tells as much of a share.
      const coarse = /** @type {[number, number]} */ (size.map((side) => Math.ceil(side / 2)));
      const truth = await stage.truth(camera, size, { mask_size: coarse });
      const { presence, hidden_by } = truth.people[0];
      const present = presence.reduce((sum, one) => sum + one, 0);
      const hidden = hidden_by.filter((hider) => hider === "room" || hider === "person").length;
      if (hidden > MOST_HIDDEN * present) obstacle.removeFromParent();
    }
    stage.draw(camera);
    const [image, truth] = await Promise.all([this.canvas.convertToBlob(format), stage.truth(camera, size)]);
    return { image, truth };
  }

  /** Free the renderer and all characters. */
  dispose() {
    for (const character of this.#characters.values()) character.dispose();
    this.#characters.clear();
    for (const environment of this.#environments.values()) environment.dispose();
    this.#environments.clear();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

/**
 * What is fetched once and kept while it is used, least recently used first.
 * @template {{dispose: () => void}} T
 * @param {Map<string, T>} store @param {number} most @param {string} name @param {() => Promise<T>} make
 * @returns {Promise<T>}
 */
async function kept(store, most, name, make) {
  const found = store.get(name) ?? (await make());
  store.delete(name); // the last used one goes to the end
  store.set(name, found);
  if (store.size > most) {
    const [oldest, unused] = /** @type {[string, T]} */ (store.entries().next().value);
    store.delete(oldest);
    unused.dispose();
  }
  return found;
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
  const shot = resolveRecipe(recipe, seed, await used.names(), Object.keys(used.addresses));
  return used.render(shot, pixels, { type });
}
