/**
 * Surroundings from a photograph all around (an equirectangular .hdr file): it lights the scene and is its background.
 * What shines out of it so brightly that it casts shadows becomes a key light; the rest is light from everywhere. The
 * exposure follows from the picture, so that a night is no black picture.
 *
 * Stage frame: metres, y up, the floor at 0. A picture's middle column looks along +x, its quarters along -z, -x and +z.
 */
import {
  CircleGeometry,
  DataTexture,
  DataUtils,
  EquirectangularReflectionMapping,
  Group,
  HalfFloatType,
  LinearFilter,
  Mesh,
  MeshBasicMaterial,
  PMREMGenerator,
  PlaneGeometry,
  ShadowMaterial,
  Vector3,
} from "../../vendor/three.js";
import { HDRLoader } from "../../vendor/three-addons/loaders/HDRLoader.js";
import { GroundedSkybox } from "../../vendor/three-addons/objects/GroundedSkybox.js";
import { keyLight } from "./light.js";
import { disposeAll, fade } from "./room.js";

/** @typedef {import("./camera.js").Point} Point */
/** @typedef {import("../../vendor/three.js").WebGLRenderer} WebGLRenderer */
/** @typedef {{width: number, height: number, data: Uint16Array}} Picture half floats, four a pixel, the highest row first */
/**
 * @typedef {object} EnvironmentLook how an environment is shown
 * @property {number} turn_rad around the vertical axis @property {number} gain of the exposure, 1: as it follows from the picture
 * @property {number} blur of the background, 0: sharp, and the floor is the picture's; up to 1
 * @property {number} height_m above the floor that the picture was taken at
 */
/**
 * @typedef {object} Shine what a picture's light is made of; radiance in the picture's own unit
 * @property {number} cap radiance above this is the key light's
 * @property {number} ambient mean radiance below the cap
 * @property {Point} direction to where the key light comes from, unit
 * @property {number} key its irradiance @property {Point} colour of it, the strongest channel is 1
 */
/** @typedef {import("./contacts.js").Contact} Contact */

/** What is brighter than this many times the mean is a lamp or the sun. */
const LAMP = 6;
/** Side of the picture that light from everywhere is computed of, px: more detail would be filtered away. */
const LIGHT_PX = [256, 128];
/** The key light's irradiance over that of the rest: pictures clip the sun, and without any key nothing casts a shadow. */
const KEY = [0.3, 1.8];
/** The lowest key light, radians: a lower one would throw shadows out of their map. */
const LOWEST = 0.5;
/** Radiance of a half-grey surface after exposure: in the middle of what the screen shows. */
const GREY = 0.33;
const RADIUS = 45; // m; the camera's reach is 60
const RESOLUTION = 64; // rows of the background's mesh
/** A shadow takes at most this share of the floor's light. */
const DARKEST = 0.7;
const SOFTNESS = [2, 9]; // texels: of a strong key light and a weak one

/**
 * Read a picture.
 * @param {ArrayBuffer} bytes of a Radiance .hdr file @returns {Picture}
 * @throws {Error} when it is none
 */
export function readPicture(bytes) {
  const { width, height, data } = /** @type {any} */ (new HDRLoader().setDataType(HalfFloatType).parse(bytes));
  return { width, height, data };
}

/** @param {number} row @param {number} height @returns {number} of a pixel, steradians times the picture's width */
const solidAngle = (row, height) =>
  2 * Math.PI * (Math.cos((Math.PI * row) / height) - Math.cos((Math.PI * (row + 1)) / height));

/**
 * @param {Picture} picture
 * @returns {Shine}
 */
export function shineOf({ width, height, data }) {
  const half = (/** @type {number} */ k) => DataUtils.fromHalfFloat(data[k]);
  const luminance = new Float32Array(width * height);
  for (let k = 0; k < luminance.length; k++) {
    luminance[k] = 0.2126 * half(4 * k) + 0.7152 * half(4 * k + 1) + 0.0722 * half(4 * k + 2);
  }
  const mean = (/** @type {number} */ cap) => {
    let sum = 0;
    for (let j = 0; j < height; j++) {
      let row = 0;
      for (let i = 0; i < width; i++) row += Math.min(cap, luminance[j * width + i]);
      sum += (row * solidAngle(j, height)) / width;
    }
    return sum / (4 * Math.PI);
  };
  // A small sun lifts the mean of all: the second round knows better what is usual.
  const cap = Math.max(LAMP * mean(LAMP * mean(Infinity)), 1e-6);
  const ambient = Math.max(mean(cap), 1e-6);
  const [from, colour] = [new Vector3(), new Vector3()];
  for (let j = 0; j < height / 2; j++) {
    const y = Math.cos((Math.PI * (j + 0.5)) / height);
    for (let i = 0; i < width; i++) {
      const k = j * width + i;
      if (luminance[k] <= cap) continue;
      const share = ((1 - cap / luminance[k]) * solidAngle(j, height)) / width;
      const [turn, flat] = [2 * Math.PI * ((i + 0.5) / width - 0.5), Math.sqrt(1 - y * y)];
      from.addScaledVector(new Vector3(Math.cos(turn) * flat, y, Math.sin(turn) * flat), share * luminance[k]);
      colour.addScaledVector(new Vector3(half(4 * k), half(4 * k + 1), half(4 * k + 2)), share);
    }
  }
  const key = from.length();
  if (key === 0) return { cap, ambient, key, direction: [0, 1, 0], colour: [1, 1, 1] };
  const strongest = Math.max(colour.x, colour.y, colour.z);
  return {
    cap, ambient, key,
    direction: /** @type {Point} */ (from.normalize().toArray()),
    colour: /** @type {Point} */ (colour.divideScalar(strongest).toArray()),
  };
}

/** @param {Picture} picture @returns {DataTexture} */
function textureOf({ width, height, data }) {
  const texture = new DataTexture(data, width, height);
  Object.assign(texture, { type: HalfFloatType, mapping: EquirectangularReflectionMapping, flipY: true });
  texture.magFilter = texture.minFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}

/** A smaller picture without what is brighter than `cap`. @param {Picture} picture @param {number} cap @returns {Picture} */
function dimmed({ width, height, data }, cap) {
  const [w, h] = [Math.min(width, LIGHT_PX[0]), Math.min(height, LIGHT_PX[1])];
  const small = new Uint16Array(4 * w * h);
  for (let j = 0; j < h; j++) {
    const rows = [Math.floor((j * height) / h), Math.floor(((j + 1) * height) / h)];
    for (let i = 0; i < w; i++) {
      const columns = [Math.floor((i * width) / w), Math.floor(((i + 1) * width) / w)];
      const sum = [0, 0, 0];
      for (let y = rows[0]; y < rows[1]; y++) {
        for (let x = columns[0]; x < columns[1]; x++) {
          for (let c = 0; c < 3; c++) sum[c] += Math.min(cap, DataUtils.fromHalfFloat(data[4 * (y * width + x) + c]));
        }
      }
      const count = (rows[1] - rows[0]) * (columns[1] - columns[0]);
      for (let c = 0; c < 3; c++) small[4 * (j * w + i) + c] = DataUtils.toHalfFloat(sum[c] / count);
      small[4 * (j * w + i) + 3] = DataUtils.toHalfFloat(1);
    }
  }
  return { width: w, height: h, data: small };
}

/** One file's surroundings, made ready for one renderer. */
export class Environment {
  /** @type {DataTexture} */ #background;
  /** @type {import("../../vendor/three.js").WebGLRenderTarget} */ #radiance;
  /** @type {Shine} */ shine;

  /** @param {WebGLRenderer} renderer @param {Picture} picture */
  constructor(renderer, picture) {
    this.shine = shineOf(picture);
    this.#background = textureOf(picture);
    const soft = textureOf(dimmed(picture, this.shine.cap));
    const generator = new PMREMGenerator(renderer);
    this.#radiance = generator.fromEquirectangular(soft);
    generator.dispose();
    soft.dispose();
  }

  /** @returns {{irradiance: number, direction: Vector3, share: number}} the key light's; share: of the floor's light */
  #key() {
    const { ambient, key, direction } = this.shine;
    const rest = Math.PI * ambient;
    const irradiance = Math.min(KEY[1] * rest, Math.max(KEY[0] * rest, key));
    const way = new Vector3(...direction);
    const flat = Math.hypot(way.x, way.z);
    const elevation = Math.max(LOWEST, Math.atan2(way.y, flat));
    if (flat > 0) way.set((way.x / flat) * Math.cos(elevation), Math.sin(elevation), (way.z / flat) * Math.cos(elevation));
    const down = irradiance * way.y;
    return { irradiance, direction: way, share: Math.min(DARKEST, down / (down + rest)) };
  }

  /**
   * Light a scene, as `light` of light.js does.
   * @param {import("../../vendor/three.js").Scene} scene @param {EnvironmentLook} look
   * @param {{shadow_px: number, around?: Point}} shadow
   */
  light(scene, { turn_rad, gain }, { shadow_px, around = [0, 0.9, 0] }) {
    const { irradiance, direction, share } = this.#key();
    scene.environment = this.#radiance.texture;
    scene.environmentRotation.set(0, turn_rad, 0);
    const softness = SOFTNESS[1] + (SOFTNESS[0] - SOFTNESS[1]) * (share / DARKEST);
    const lamp = keyLight(scene, {
      colour: this.shine.colour,
      intensity: irradiance,
      direction: direction.applyAxisAngle(new Vector3(0, 1, 0), turn_rad),
      shadow_px, around, softness,
    });
    // Cloth that stands upright gets the light from everywhere and, about its sides, a third of the key light.
    const grey = 0.5 * (this.shine.ambient + (0.35 * irradiance) / Math.PI);
    return {
      exposure: (gain * GREY) / grey,
      key: lamp.key,
      dispose: () => {
        lamp.dispose();
        scene.environment = null;
      },
    };
  }

  /**
   * The background with a floor that takes shadows.
   * @param {EnvironmentLook} look @param {[number, number][]} guests as in createRoom
   * @returns {import("./room.js").Room & {touch: (contacts: Contact[]) => void}} touch: darkens the floor where something
   *   stands on it
   */
  surroundings({ turn_rad, blur, height_m }, guests) {
    const object = new Group();
    if (blur === 0) {
      const sky = new GroundedSkybox(this.#background, height_m, RADIUS, RESOLUTION);
      sky.position.y = height_m;
      sky.rotation.y = turn_rad;
      sky.renderOrder = -1;
      object.add(sky);
    }
    const floor = new Mesh(new CircleGeometry(8, 32), new ShadowMaterial({ opacity: this.#key().share, depthWrite: false }));
    floor.rotation.x = -Math.PI / 2;
    floor.receiveShadow = true;
    object.add(floor);
    const touch = (/** @type {Contact[]} */ contacts) => {
      for (const { x, z, rx, rz, dark } of contacts) {
        const spot = new Mesh(
          new PlaneGeometry(2 * rx, 2 * rz),
          new MeshBasicMaterial({ color: 0, alphaMap: fade(), transparent: true, opacity: dark, depthWrite: false }),
        );
        spot.rotation.x = -Math.PI / 2;
        spot.position.set(x, 0.002, z);
        object.add(spot);
      }
    };
    const background = blur === 0 ? null : this.#radiance.texture;
    const dispose = () => disposeAll(object);
    return { object, background, touch, guests, half: null, seeFrom: () => {}, dispose };
  }

  dispose() {
    this.#background.dispose();
    this.#radiance.dispose();
  }
}
