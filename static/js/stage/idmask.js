/** Who is seen at each pixel: object, body part and depth in one pass. */
import { Mesh, NearestFilter, NoBlending, ShaderMaterial, SkinnedMesh, WebGLRenderTarget } from "../../vendor/three.js";

/** @typedef {import("../../vendor/three.js").WebGLRenderer} WebGLRenderer */
/** @typedef {import("../../vendor/three.js").Scene} Scene */
/** @typedef {import("../../vendor/three.js").PerspectiveCamera} PerspectiveCamera */
/** @typedef {import("../../vendor/three.js").Object3D} Object3D */
/**
 * @typedef {{x: number, y: number, width: number, height: number}} Box px; corners of pixels, so a single pixel is 1
 *   wide
 */

export const BACKGROUND = 0;
export const ROOM = 255; // walls, floor, furniture
const DEPTH_STEP = 0.001; // m a level of the two depth bytes

const VERTEX = `#include <common>
#include <skinning_pars_vertex>
varying float vDepth;
flat varying float vBone;
#ifdef USE_CUTOUT
varying vec2 vUvCutout;
#endif
void main() {
  #include <skinbase_vertex>
  #include <begin_vertex>
  #include <skinning_vertex>
  vec4 seen = modelViewMatrix * vec4(transformed, 1.0);
  gl_Position = projectionMatrix * seen;
  vDepth = -seen.z;
  vBone = 0.0;
  #ifdef USE_SKINNING
    // The bone that holds most of the vertex names its body part; 0 stays for things without bones.
    float most = max(max(skinWeight.x, skinWeight.y), max(skinWeight.z, skinWeight.w));
    vBone = 1.0 + (skinWeight.x == most ? skinIndex.x : skinWeight.y == most ? skinIndex.y
      : skinWeight.z == most ? skinIndex.z : skinIndex.w);
  #endif
  #ifdef USE_CUTOUT
    vUvCutout = uv;
  #endif
}`;
const FRAGMENT = `uniform float id;
varying float vDepth;
flat varying float vBone;
#ifdef USE_CUTOUT
uniform sampler2D cutout;
uniform float threshold;
varying vec2 vUvCutout;
#endif
void main() {
  #ifdef USE_CUTOUT
    if (texture2D(cutout, vUvCutout).a < threshold) discard;
  #endif
  float level = floor(min(vDepth / ${DEPTH_STEP}, 65535.0));
  gl_FragColor = vec4(id, vBone, floor(level / 256.0), mod(level, 256.0)) / 255.0;
}`;

/** What an id mask holds, once read. It may be coarser than its picture; places and boxes are in pixels of the picture. */
export class Mask {
  /**
   * @param {Uint8Array} data four bytes a pixel, lowest row first, as WebGL gives it
   * @param {[number, number]} size of the mask @param {[number, number]} [picture] its size, px
   */
  constructor(data, [width, height], picture = [width, height]) {
    this.data = data;
    this.width = width;
    this.height = height;
    this.picture = picture;
    /** @type {Map<number, {box: Box, pixels: number}> | null} */
    this.known = null;
  }

  /**
   * @param {number} x px
   * @param {number} y px, downwards
   * @returns {{id: number, bone: number, depth_m: number}} of the surface there;
   *   `bone`: index in its skeleton, -1: none; `depth_m` along the camera's axis, Infinity in the background
   * @throws {RangeError} outside the picture */
  at(x, y) {
    const [width, height] = this.picture;
    const [i, j] = [Math.floor((x * this.width) / width), Math.floor((y * this.height) / height)];
    if (!(i >= 0 && j >= 0 && i < this.width && j < this.height))
      throw new RangeError(`mask: ${x}, ${y} is outside ${width}x${height}`);
    const k = 4 * ((this.height - 1 - j) * this.width + i);
    const [id, bone, high, low] = this.data.subarray(k, k + 4);
    return { id, bone: bone - 1, depth_m: id === BACKGROUND ? Infinity : (high * 256 + low + 0.5) * DEPTH_STEP };
  }

  /** @returns {Map<number, {box: Box, pixels: number}>} what is seen of each id but the background, in pixels of the picture */
  regions() {
    if (this.known) return this.known;
    const { data, width, height } = this;
    // Flat arrays by id: a picture has a quarter of a million pixels.
    const [left, right] = [new Int32Array(256).fill(width), new Int32Array(256).fill(-1)];
    const [low, high, pixels] = [new Int32Array(256).fill(-1), new Int32Array(256).fill(-1), new Int32Array(256)];
    for (let row = 0, k = 0; row < height; row++) {
      for (let x = 0; x < width; x++, k += 4) {
        const id = data[k];
        if (id === BACKGROUND) continue;
        if (pixels[id]++ === 0) low[id] = row;
        high[id] = row;
        if (x < left[id]) left[id] = x;
        if (x > right[id]) right[id] = x;
      }
    }
    this.known = new Map();
    const [sx, sy] = [this.picture[0] / width, this.picture[1] / height];
    for (let id = 1; id < 256; id++) {
      if (pixels[id] === 0) continue;
      const box = {
        x: left[id] * sx,
        y: (height - 1 - high[id]) * sy,
        width: (right[id] - left[id] + 1) * sx,
        height: (high[id] - low[id] + 1) * sy,
      };
      this.known.set(id, { box, pixels: Math.round(pixels[id] * sx * sy) });
    }
    return this.known;
  }

  /** Only the ids, highest row first: the form to store. @returns {Uint8Array} width * height */
  ids() {
    const ids = new Uint8Array(this.width * this.height);
    for (let j = 0; j < this.height; j++) {
      for (let i = 0; i < this.width; i++)
        ids[j * this.width + i] = this.data[4 * ((this.height - 1 - j) * this.width + i)];
    }
    return ids;
  }
}

/** Draws id masks; holds a render target and a few materials. */
export class IdMasker {
  /** @type {Map<string, ShaderMaterial>} by what the shader must do; at most six */ #materials = new Map();
  /** @type {WebGLRenderTarget | null} */ #target = null;

  /**
   * Let a mesh draw its id; what it was comes back when the result is called.
   * @param {Mesh} mesh @param {number} id @param {any} original its own material @returns {() => void}
   */
  #dress(mesh, id, original) {
    const cut = original.alphaTest > 0 && original.map;
    const key = `${cut ? "cut" : "whole"}/${original.side}`;
    const material =
      this.#materials.get(key) ??
      new ShaderMaterial({
        uniforms: { id: { value: 0 }, cutout: { value: null }, threshold: { value: 0 } },
        vertexShader: VERTEX,
        fragmentShader: FRAGMENT,
        blending: NoBlending,
        side: original.side,
        defines: cut ? { USE_CUTOUT: "" } : {},
      });
    this.#materials.set(key, material);
    const { onBeforeRender } = mesh;
    mesh.material = material;
    mesh.onBeforeRender = () => {
      material.uniforms.id.value = id;
      material.uniforms.cutout.value = cut ? original.map : null;
      material.uniforms.threshold.value = original.alphaTest;
      material.uniformsNeedUpdate = true;
    };
    return () => Object.assign(mesh, { onBeforeRender });
  }

  /** @param {number} width @param {number} height @returns {WebGLRenderTarget} */
  #targetOf(width, height) {
    if (!this.#target) {
      this.#target = new WebGLRenderTarget(width, height, {
        minFilter: NearestFilter,
        magFilter: NearestFilter,
        generateMipmaps: false,
      });
    }
    this.#target.setSize(width, height);
    return this.#target;
  }

  /**
   * Draw the mask of a scene and read it back.
   * @param {WebGLRenderer} renderer @param {Scene} scene @param {PerspectiveCamera} camera
   * @param {{size: [number, number], picture?: [number, number], owners: Map<Object3D, number>}} options size of the mask,
   *   and of its picture where that is larger; owners: id of each object with all below it, 1..254;
   *   the rest of the scene is ROOM where its `userData.is_room` says so and else not drawn. What is see-through is not
   *   drawn
   * @returns {Promise<Mask>} of the scene as it was at the call
   */
  async render(renderer, scene, camera, { size, picture = size, owners }) {
    /** @type {(() => void)[]} */
    const restore = [];
    /** @param {Object3D} object @param {number | null} id */
    const dress = (object, id) => {
      const own = owners.get(object) ?? (object.userData.is_room ? ROOM : id);
      if (object instanceof Mesh || object instanceof SkinnedMesh) {
        const { material, visible } = object;
        const single = Array.isArray(material) ? material[0] : material;
        restore.push(() => Object.assign(object, { material, visible }));
        if (own === null || (single.transparent && !(single.alphaTest > 0))) object.visible = false;
        else restore.push(this.#dress(object, own, single));
      }
      for (const child of object.children) dress(child, own);
    };
    dress(scene, null);
    const { background, environment } = scene;
    const { autoUpdate } = renderer.shadowMap;
    const target = this.#targetOf(...size);
    scene.background = scene.environment = null;
    renderer.shadowMap.autoUpdate = false;
    renderer.setRenderTarget(target);
    renderer.setClearColor(0, 0);
    try {
      renderer.clear();
      renderer.render(scene, camera);
    } finally {
      for (const { uniforms } of this.#materials.values()) uniforms.cutout.value = null; // so that no character is held
      renderer.setRenderTarget(null);
      renderer.shadowMap.autoUpdate = autoUpdate;
      Object.assign(scene, { background, environment });
      for (const undo of restore) undo();
    }
    const data = new Uint8Array(4 * size[0] * size[1]);
    await renderer.readRenderTargetPixelsAsync(target, 0, 0, size[0], size[1], data);
    return new Mask(data, size, picture);
  }

  dispose() {
    for (const material of this.#materials.values()) material.dispose();
    this.#materials.clear();
    this.#target?.dispose();
    this.#target = null;
  }
}
