/** Light by name: an image-based environment that is drawn by code, a key light that casts the shadow, an exposure. */
import {
  BackSide,
  Color,
  DirectionalLight,
  DoubleSide,
  Group,
  Mesh,
  MeshBasicMaterial,
  PMREMGenerator,
  PlaneGeometry,
  Scene,
  ShaderMaterial,
  SphereGeometry,
  Vector3,
} from "../../vendor/three.js";

/** @typedef {import("../../vendor/three.js").WebGLRenderer} WebGLRenderer */
/** @typedef {import("../../vendor/three.js").Texture} Texture */
/** @typedef {import("../../vendor/three.js").WebGLRenderTarget} WebGLRenderTarget */
/** @typedef {import("./random.js").Random} Random */
/** @typedef {[number, number, number]} Rgb linear, may exceed 1 */
/** @typedef {{at: Rgb, width: number, height: number, colour: Rgb}} Panel a lamp or window around the origin, metres */
/**
 * @typedef {object} LightRecipe
 * @property {{top: Rgb, horizon: Rgb, bottom: Rgb}} dome @property {Panel[]} panels
 * @property {{colour: string, intensity: number, azimuth_rad: number, elevation_rad: number}} key azimuth as in
 *   camera.js
 * @property {number} exposure @property {number} softness blur of the shadow's edge, texels
 */

/** @type {Record<string, LightRecipe>} */
const RECIPES = {
  studio: {
    dome: { top: [0.85, 0.86, 0.88], horizon: [0.7, 0.7, 0.7], bottom: [0.42, 0.41, 0.4] },
    panels: [
      { at: [-2.5, 3.2, 3.5], width: 2.2, height: 2.2, colour: [5, 4.8, 4.5] },
      { at: [3.8, 2, 1.5], width: 1.4, height: 2.6, colour: [2.2, 2.3, 2.5] },
      { at: [0.5, 3.5, -3.5], width: 3, height: 1.2, colour: [4.5, 4.5, 4.6] },
    ],
    key: { colour: "#fff6ec", intensity: 1.7, azimuth_rad: 0.65, elevation_rad: 0.95 },
    exposure: 1,
    softness: 5,
  },
  daylight: {
    dome: { top: [0.5, 0.68, 1.0], horizon: [1.05, 1.08, 1.1], bottom: [0.34, 0.33, 0.3] },
    panels: [],
    key: { colour: "#fff0d8", intensity: 3.1, azimuth_rad: -0.7, elevation_rad: 0.85 },
    exposure: 1,
    softness: 2,
  },
  window: {
    dome: { top: [0.62, 0.62, 0.62], horizon: [0.5, 0.5, 0.5], bottom: [0.34, 0.33, 0.31] },
    panels: [
      { at: [4, 1.8, 0.8], width: 2.4, height: 2.4, colour: [6.5, 7, 7.8] },
      { at: [-4.5, 1.6, -0.5], width: 3.5, height: 2.6, colour: [0.5, 0.48, 0.46] },
    ],
    key: { colour: "#eef4ff", intensity: 2.0, azimuth_rad: 1.25, elevation_rad: 0.6 },
    exposure: 1.2,
    softness: 7,
  },
  evening: {
    dome: { top: [0.34, 0.3, 0.27], horizon: [0.36, 0.31, 0.27], bottom: [0.2, 0.17, 0.14] },
    panels: [
      { at: [-2.6, 1.9, 2], width: 0.8, height: 0.8, colour: [14, 9, 4.6] },
      { at: [2.8, 2.3, -1.8], width: 0.7, height: 0.7, colour: [12, 7.6, 3.8] },
      { at: [3.8, 1.6, 2.4], width: 1.6, height: 1.8, colour: [0.35, 0.5, 0.95] },
    ],
    key: { colour: "#ffc58c", intensity: 1.35, azimuth_rad: -0.85, elevation_rad: 0.7 },
    exposure: 1.25,
    softness: 6,
  },
};
export const LIGHTS = Object.keys(RECIPES);

const DOME_VERTEX = `varying vec3 vDirection;
void main() { vDirection = position; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`;
const DOME_FRAGMENT = `varying vec3 vDirection; uniform vec3 top; uniform vec3 horizon; uniform vec3 bottom;
void main() {
  float y = normalize(vDirection).y;
  gl_FragColor = vec4(y > 0.0 ? mix(horizon, top, pow(y, 0.6)) : mix(horizon, bottom, smoothstep(0.0, 0.25, -y)), 1.0);
}`;
const SHADOW_REACH = 1.9; // m around the subject that shadows are computed for
const KEY_DISTANCE = 6;

/** @param {WebGLRenderer} renderer @param {LightRecipe} recipe @returns {WebGLRenderTarget} its texture: prefiltered radiance */
function bake(renderer, { dome, panels }) {
  const scene = new Scene();
  const uniforms = Object.fromEntries(
    Object.entries(dome).map(([name, rgb]) => [name, { value: new Vector3(...rgb) }]),
  );
  scene.add(
    new Mesh(
      new SphereGeometry(20, 24, 16),
      new ShaderMaterial({
        uniforms,
        vertexShader: DOME_VERTEX,
        fragmentShader: DOME_FRAGMENT,
        side: BackSide,
        depthWrite: false,
      }),
    ),
  );
  for (const { at, width, height, colour } of panels) {
    const panel = new Mesh(
      new PlaneGeometry(width, height),
      new MeshBasicMaterial({ color: new Color(...colour), side: DoubleSide }),
    );
    panel.position.set(...at);
    panel.lookAt(0, 1, 0);
    scene.add(panel);
  }
  const generator = new PMREMGenerator(renderer);
  const target = generator.fromScene(scene, 0.03);
  generator.dispose();
  scene.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    object.geometry.dispose();
    object.material.dispose();
  });
  return target;
}

/**
 * Environments by renderer and name: baking one takes longer than a picture.
 * @type {WeakMap<WebGLRenderer, Map<string, WebGLRenderTarget>>}
 */
const baked = new WeakMap();

/** @param {WebGLRenderer} renderer @param {string} name @returns {Texture} */
function environment(renderer, name) {
  const known = baked.get(renderer) ?? new Map();
  baked.set(renderer, known);
  if (!known.has(name)) known.set(name, bake(renderer, RECIPES[name]));
  return known.get(name).texture;
}

/**
 * Forget a renderer's environments: they are baked anew when they are asked for.
 * @param {WebGLRenderer} renderer
 * @param {{free?: boolean}} [options] free: false after a lost context, with which they went
 */
export function forgetEnvironments(renderer, { free = true } = {}) {
  if (free) for (const target of baked.get(renderer)?.values() ?? []) target.dispose();
  baked.delete(renderer);
}

/**
 * Light a scene.
 * @param {Scene} scene gets environment and lights
 * @param {object} options
 * @param {WebGLRenderer} options.renderer @param {string} options.name one of LIGHTS
 * @param {Random} [options.random] turns the light around the subject and varies its strength
 * @param {number} [options.shadow_px] side of the shadow map; 0: no shadow
 * @param {Point} [options.around] middle of the region with shadows, stage metres
 * @returns {{exposure: number, key: DirectionalLight, dispose: () => void}}
 * @throws {RangeError} on an unknown name
 */
export function light(scene, { renderer, name, random, shadow_px = 2048, around = [0, 0.9, 0] }) {
  const recipe = RECIPES[name];
  if (!recipe) throw new RangeError(`light: expected one of ${LIGHTS.join(", ")}, got "${name}"`);
  const turn = random ? random.uniform(-0.9, 0.9) : 0;
  const gain = random ? random.uniform(0.8, 1.2) : 1;
  scene.environment = environment(renderer, name);
  scene.environmentRotation.set(0, turn, 0);
  const azimuth = recipe.key.azimuth_rad + turn;
  const elevation = recipe.key.elevation_rad * (random ? random.uniform(0.8, 1.15) : 1);
  const direction = new Vector3(
    Math.sin(azimuth) * Math.cos(elevation),
    Math.sin(elevation),
    Math.cos(azimuth) * Math.cos(elevation),
  );
  const { colour, intensity } = recipe.key;
  const { softness } = recipe;
  const lamp = keyLight(scene, { colour, intensity: intensity * gain, direction, shadow_px, around, softness });
  const dispose = () => {
    lamp.dispose();
    scene.environment = null;
  };
  return { exposure: recipe.exposure, key: lamp.key, dispose };
}

/**
 * A light from far away that casts the shadow.
 * @param {Scene} scene gets it
 * @param {object} options
 * @param {string | Rgb} options.colour #rrggbb, or linear
 * @param {number} options.intensity @param {Vector3} options.direction to where it comes from, unit
 * @param {number} options.shadow_px side of the shadow map; 0: no shadow
 * @param {Point} options.around middle of the region with shadows, stage metres
 * @param {number} options.softness blur of the shadow's edge, texels of a map of 2048
 * @returns {{key: DirectionalLight, dispose: () => void}}
 */
export function keyLight(scene, { colour, intensity, direction, shadow_px, around, softness }) {
  const group = new Group();
  const key = new DirectionalLight(typeof colour === "string" ? colour : new Color(...colour), intensity);
  key.target.position.set(...around);
  key.position.copy(key.target.position).addScaledVector(direction, KEY_DISTANCE);
  key.castShadow = shadow_px > 0;
  if (key.castShadow) {
    key.shadow.mapSize.set(shadow_px, shadow_px);
    Object.assign(key.shadow.camera, {
      left: -SHADOW_REACH,
      right: SHADOW_REACH,
      top: SHADOW_REACH,
      bottom: -SHADOW_REACH,
      near: 1,
      far: 2 * KEY_DISTANCE,
    });
    // One texel of bias against self-shadowing; the normal offset lets thin tubes keep their shadow.
    key.shadow.bias = -0.0004;
    key.shadow.normalBias = 0.012;
    key.shadow.radius = (softness * shadow_px) / 2048;
  }
  group.add(key, key.target);
  scene.add(group);
  const dispose = () => {
    group.removeFromParent();
    key.dispose();
  };
  return { key, dispose };
}

/** @typedef {import("./camera.js").Point} Point */
