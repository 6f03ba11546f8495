/**
 * Is this a skinned figure that the stage can draw? Asked of the description alone, before anything is decoded.
 * @module
 */
import { list } from "./container.js";
import { OwnCharacterError } from "./error.js";
import { pictureSize } from "./images.js";
import { COMPRESSED, LIMITS, UNDERSTOOD } from "./limits.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./container.js").Gltf} Gltf */

/**
 * @param {Container} container
 * @throws {OwnCharacterError} too-large and its like, unsupported-extension, no-skin, broken
 */
export function checkContainer({ json, binary }) {
  checkTree(json);
  checkExtensions(json);
  checkMeshes(json);
  checkPictures(json, binary);
}

/** @param {unknown} value @param {number} count @returns {value is number} */
const isIndex = (value, count) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < count;

/** @param {string} what @returns {OwnCharacterError} */
const broken = (what) => new OwnCharacterError("broken", `This file is damaged: ${what}. Export it again.`);

/** @param {string} value @returns {string} */
const thousands = (value) => value.replace(/\B(?=(\d{3})+$)/g, " ");

/**
 * @param {number} count @param {number} limit @param {import("./error.js").OwnCharacterCode} code @param {string} what
 */
function atMost(count, limit, code, what) {
  if (count <= limit) return;
  const words = `This file has ${thousands(String(count))} ${what}; the stage takes up to ${thousands(String(limit))}.`;
  throw new OwnCharacterError(code, `${words} Export a simpler version of the character.`);
}

/** @param {Gltf} json nodes form trees: each child exists and hangs on one parent, none on itself */
function checkTree(json) {
  const nodes = list(json.nodes);
  atMost(nodes.length, LIMITS.nodes, "too-many-nodes", "nodes");
  const parents = new Map();
  nodes.forEach((node, k) => {
    for (const child of list(node.children)) {
      if (!isIndex(child, nodes.length)) throw broken(`node ${k} names a child ${child} that is not there`);
      if (parents.has(child)) throw broken(`node ${child} hangs on two others`);
      parents.set(child, k);
    }
  });
  for (let k = 0; k < nodes.length; k++) {
    let above = parents.get(k);
    for (let steps = 0; above !== undefined; steps++, above = parents.get(above)) {
      if (steps > nodes.length) throw broken("its nodes hang on themselves");
    }
  }
  for (const skin of list(json.skins)) {
    for (const joint of list(skin.joints))
      if (!isIndex(joint, nodes.length)) throw broken(`a skin names a joint ${joint} that is not there`);
  }
  for (const scene of list(json.scenes)) {
    for (const root of list(scene.nodes))
      if (!isIndex(root, nodes.length)) throw broken(`a scene names a node ${root} that is not there`);
  }
}

/** @param {Gltf} json */
function checkExtensions(json) {
  const required = list(json.extensionsRequired).map(String);
  const compressed = Object.keys(COMPRESSED).find((name) => required.includes(name));
  if (compressed) {
    throw new OwnCharacterError(
      "unsupported-extension",
      `This file is compressed with ${COMPRESSED[compressed]}, which the stage cannot open. ` +
        "Export it again without compression.",
    );
  }
  const strange = required.filter((name) => !UNDERSTOOD.some((pattern) => pattern.test(name)));
  if (strange.length > 0) {
    const names = strange.slice(0, 3).join(", ");
    throw new OwnCharacterError(
      "unsupported-extension",
      `This file needs ${names}, which the stage does not know. Export it as plain glTF 2.0.`,
    );
  }
}

/** @param {Gltf} json */
function checkMeshes(json) {
  const meshes = list(json.meshes);
  const accessors = list(json.accessors);
  const count = (/** @type {unknown} */ index) =>
    isIndex(index, accessors.length) ? Number(accessors[index].count) || 0 : 0;
  const skinned = list(json.nodes).filter((node) => node.mesh !== undefined && node.skin !== undefined);
  const primitives = meshes.flatMap((mesh) => list(mesh.primitives));
  if (meshes.length === 0)
    throw new OwnCharacterError("no-skin", "There is no figure in this file, only a scene or an animation.");
  if (skinned.length === 0 || list(json.skins).length === 0) {
    throw new OwnCharacterError(
      "no-skin",
      "The figure in this file has no skeleton that moves its skin. " +
        "Rig it first (Mixamo does it for free), then export it with the skin.",
    );
  }
  if (!primitives.some(({ attributes }) => attributes?.JOINTS_0 !== undefined && attributes?.WEIGHTS_0 !== undefined)) {
    throw new OwnCharacterError("no-skin", "No skin in this file hangs on bones. Export it again with skinning.");
  }
  atMost(primitives.length, LIMITS.primitives, "too-large", "separate pieces of mesh");
  // Pieces often share one list of points.
  const points = new Set(primitives.map(({ attributes }) => attributes?.POSITION));
  atMost(
    [...points].reduce((sum, index) => sum + count(index), 0),
    LIMITS.vertices,
    "too-many-vertices",
    "points",
  );
  const corners = primitives.reduce((sum, { indices, attributes }) => sum + count(indices ?? attributes?.POSITION), 0);
  atMost(Math.round(corners / 3), LIMITS.triangles, "too-many-vertices", "triangles");
}

/** @param {Gltf} json @param {Uint8Array} binary */
function checkPictures(json, binary) {
  const views = list(json.bufferViews);
  let total = 0;
  for (const { bufferView } of list(json.images)) {
    if (!isIndex(bufferView, views.length)) continue; // three says what is wrong, and the figure does without
    const { byteOffset = 0, byteLength = 0 } = views[bufferView];
    const size = pictureSize(binary.subarray(byteOffset, byteOffset + byteLength));
    if (!size) continue;
    const side = Math.max(...size);
    if (side > LIMITS.picture_side_px)
      throw pictures(`One is ${size.join(" x ")} pixels; the longest side may have ${LIMITS.picture_side_px}.`);
    total += size[0] * size[1];
  }
  if (total > LIMITS.picture_pixels) {
    throw pictures(
      `Together they have ${Math.round(total / 1e6)} million pixels; ` +
        `the stage takes ${Math.round(LIMITS.picture_pixels / 1e6)}.`,
    );
  }
}

/** @param {string} what @returns {OwnCharacterError} */
const pictures = (what) =>
  new OwnCharacterError(
    "pictures-too-large",
    `The textures in this file are too large. ${what} Export it with textures of 2048 pixels.`,
  );

/**
 * What of a file the stage shows: no animations, lights or cameras, no extension that it would not read.
 * @param {Container} container @returns {Container}
 */
export function withoutExtras({ json, binary }) {
  const { animations: _animations, cameras: _cameras, extensions: _extensions, extensionsRequired, ...kept } = json;
  const nodes = list(json.nodes).map(({ camera: _camera, extensions: _more, ...node }) => node);
  const textures = list(json.textures).map(({ extensions, ...texture }) => ({
    ...texture,
    source: extensions?.EXT_texture_webp?.source ?? extensions?.EXT_texture_avif?.source ?? texture.source,
  }));
  const optional = new Set([
    "KHR_draco_mesh_compression",
    "KHR_texture_basisu",
    "KHR_lights_punctual",
    "EXT_texture_webp",
    "EXT_texture_avif",
  ]);
  const meshes = list(json.meshes).map((mesh) => ({ ...mesh, primitives: list(mesh.primitives).map(withoutDraco) }));
  const materials = list(json.materials).map(withoutGloss);
  const wanted = (/** @type {unknown} */ names) => list(names).filter((name) => !optional.has(name));
  const changed = {
    nodes,
    meshes,
    extensionsUsed: wanted(json.extensionsUsed),
    extensionsRequired: wanted(extensionsRequired),
  };
  const present = Object.fromEntries(Object.entries({ textures, materials }).filter(([, all]) => all.length > 0));
  return { json: { ...kept, ...changed, ...present }, binary };
}

/** @param {any} primitive with an uncompressed form beside the compressed one, as it is not required @returns {any} */
function withoutDraco({ extensions, ...primitive }) {
  if (!extensions) return primitive;
  const { KHR_draco_mesh_compression: _draco, ...others } = extensions;
  return { ...primitive, extensions: others };
}

/** Files that leave gloss out mean a mirror by the letter; skin and cloth are half as smooth at most. */
const GLOSS = 0.5;

/**
 * Older files describe surfaces by gloss, which three.js does not read.
 * @param {any} material
 * @returns {any} by roughness
 */
function withoutGloss(material) {
  const gloss = material.extensions?.KHR_materials_pbrSpecularGlossiness;
  if (!gloss) return material;
  const { diffuseFactor, diffuseTexture, glossinessFactor = 1 } = gloss;
  const base = {
    ...(diffuseFactor ? { baseColorFactor: diffuseFactor } : {}),
    ...(diffuseTexture ? { baseColorTexture: diffuseTexture } : {}),
  };
  return {
    ...material,
    pbrMetallicRoughness: { ...base, metallicFactor: 0, roughnessFactor: 1 - GLOSS * glossinessFactor },
  };
}
