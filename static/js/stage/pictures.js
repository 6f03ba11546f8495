/**
 * Pictures inside a GLB, decoded where they lie.
 *
 * GLTFLoader fetches them through `blob:` addresses, which the pages' Content-Security-Policy does not allow
 * (`connect-src` names
 * only this server); decoding needs no address, and what is too large for the stage is made smaller while it is
 * decoded.
 * @module
 */
import {
  ClampToEdgeWrapping,
  LinearFilter,
  LinearMipmapLinearFilter,
  LinearMipmapNearestFilter,
  MirroredRepeatWrapping,
  NearestFilter,
  NearestMipmapLinearFilter,
  NearestMipmapNearestFilter,
  RepeatWrapping,
  Texture,
} from "../../vendor/three.js";

/** @typedef {import("../../vendor/three-addons/loaders/GLTFLoader.js").GLTFParser} GLTFParser */

/** Longer sides are scaled down to this, px: a figure that fills a 4K screen shows no more of its skin. */
export const LONGEST_SIDE = 2048;

/** The numbers are WebGL's, as glTF writes them. @type {Record<number, any>} */
const FILTERS = {
  9728: NearestFilter,
  9729: LinearFilter,
  9984: NearestMipmapNearestFilter,
  9985: LinearMipmapNearestFilter,
  9986: NearestMipmapLinearFilter,
  9987: LinearMipmapLinearFilter,
};
/** @type {Record<number, any>} */
const WRAPPINGS = { 33071: ClampToEdgeWrapping, 33648: MirroredRepeatWrapping, 10497: RepeatWrapping };

/**
 * @param {Blob} blob a picture @returns {Promise<ImageBitmap>} not longer than LONGEST_SIDE
 * @throws {DOMException} when the browser cannot decode it
 */
async function decode(blob) {
  const plain = /** @type {const} */ ({ premultiplyAlpha: "none", colorSpaceConversion: "none" });
  const whole = await createImageBitmap(blob, plain);
  const shrink = LONGEST_SIDE / Math.max(whole.width, whole.height);
  if (shrink >= 1) return whole;
  const size = {
    resizeWidth: Math.max(1, Math.round(whole.width * shrink)),
    resizeHeight: Math.max(1, Math.round(whole.height * shrink)),
  };
  const small = await createImageBitmap(whole, { ...plain, ...size, resizeQuality: "high" });
  whole.close();
  return small;
}

/** A plugin: `loader.register((parser) => new EmbeddedPictures(parser))`. */
export class EmbeddedPictures {
  name = "embedded_pictures";
  /** By image: textures that differ in their sampler share its pixels. @type {Map<number, Promise<Texture>>} */
  #decoded = new Map();

  /** @param {GLTFParser} parser */
  constructor(parser) {
    this.parser = parser;
  }

  /**
   * @param {number} index of a texture in the file
   * @returns {Promise<Texture> | null} null: not embedded, so the loader's own business
   */
  loadTexture(index) {
    const { textures, images = [], samplers = [] } = this.parser.json;
    const { source, sampler, name } = textures[index];
    if (images[source]?.bufferView === undefined) return null;
    const { magFilter, minFilter, wrapS, wrapT } = samplers[sampler] ?? {};
    return this.#picture(source).then((shared) => {
      const texture = shared.clone();
      texture.name = name ?? images[source].name ?? "";
      texture.flipY = false; // glTF's rows go down
      texture.magFilter = FILTERS[magFilter] ?? LinearFilter;
      texture.minFilter = FILTERS[minFilter] ?? LinearMipmapLinearFilter;
      texture.wrapS = WRAPPINGS[wrapS] ?? RepeatWrapping;
      texture.wrapT = WRAPPINGS[wrapT] ?? RepeatWrapping;
      texture.generateMipmaps = texture.minFilter !== NearestFilter && texture.minFilter !== LinearFilter;
      this.parser.associations.set(texture, { textures: index });
      return texture;
    });
  }

  /** @param {number} source @returns {Promise<Texture>} */
  #picture(source) {
    const known = this.#decoded.get(source);
    if (known) return known;
    const { bufferView, mimeType } = this.parser.json.images[source];
    const made = this.parser.getDependency("bufferView", bufferView).then(async (/** @type {ArrayBuffer} */ bytes) => {
      const texture = new Texture(await decode(new Blob([bytes], { type: mimeType })));
      texture.needsUpdate = true;
      return texture;
    });
    this.#decoded.set(source, made);
    return made;
  }
}
