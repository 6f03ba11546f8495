/** What equipment is made of: one palette material for everything hard, one woven material for upholstery, so that a
 * rigid part of an aid is at most two draw calls. */
import {
  ClampToEdgeWrapping,
  Color,
  DataTexture,
  MeshStandardMaterial,
  NearestFilter,
  RepeatWrapping,
  SRGBColorSpace,
  LinearFilter,
  LinearMipmapLinearFilter,
} from "../../../vendor/three.js";

/** @typedef {{colour: string, roughness: number, metalness: number}} Surface sRGB colour; roughness, metalness 0..1 */
/** @typedef {keyof typeof HARD | "paint" | "upholstery"} SurfaceName */

/** Everything hard but the paint, which differs from aid to aid. */
const HARD = {
  aluminium: { colour: "#c3c5c7", roughness: 0.38, metalness: 1 },
  steel: { colour: "#d6d8da", roughness: 0.16, metalness: 1 },
  dark_metal: { colour: "#3b3d40", roughness: 0.42, metalness: 0.85 },
  rubber: { colour: "#1b1b1c", roughness: 0.92, metalness: 0 },
  grey_rubber: { colour: "#6f7174", roughness: 0.9, metalness: 0 },
  plastic: { colour: "#232426", roughness: 0.5, metalness: 0 },
  foam: { colour: "#2a2a2b", roughness: 1, metalness: 0 },
  white: { colour: "#e9e8e4", roughness: 0.5, metalness: 0 },
  red: { colour: "#b3221f", roughness: 0.4, metalness: 0 },
  amber: { colour: "#d08a1c", roughness: 0.3, metalness: 0 },
  light_grey: { colour: "#a9abac", roughness: 0.6, metalness: 0 },
  wood: { colour: "#8a5a34", roughness: 0.45, metalness: 0 },
};
const WEAVE_PX = 32;
const WEAVE_M = 0.008; // one repeat of the weave: eight threads of a millimetre, as in wheelchair nylon
const PALETTE = /** @type {SurfaceName[]} */ (["paint", ...Object.keys(HARD)]);

/** @type {DataTexture | null} */
let woven = null;

/** @returns {DataTexture} normal map of a plain weave, tangent space; all upholstery shares it */
function weave() {
  if (woven) return woven;
  const data = new Uint8Array(WEAVE_PX * WEAVE_PX * 4);
  const thread = WEAVE_PX / 8;
  for (let y = 0; y < WEAVE_PX; y++) {
    for (let x = 0; x < WEAVE_PX; x++) {
      const over = (Math.floor(x / thread) + Math.floor(y / thread)) % 2 === 0;
      const slope = Math.sin(2 * Math.PI * ((over ? y : x) / thread)) * 0.5;
      data.set([128 + 127 * (over ? 0 : slope), 128 + 127 * (over ? slope : 0), 228, 255], 4 * (y * WEAVE_PX + x));
    }
  }
  woven = new DataTexture(data, WEAVE_PX, WEAVE_PX);
  woven.wrapS = woven.wrapT = RepeatWrapping;
  woven.magFilter = LinearFilter;
  woven.minFilter = LinearMipmapLinearFilter;
  woven.generateMipmaps = true;
  woven.repeat.set(1 / WEAVE_M, 1 / WEAVE_M); // uv are metres
  woven.needsUpdate = true;
  return woven;
}

/** @param {(name: SurfaceName) => number[]} texel four bytes of each surface @returns {DataTexture} */
function strip(texel) {
  const texture = new DataTexture(new Uint8Array(PALETTE.flatMap(texel)), PALETTE.length, 1);
  texture.wrapS = texture.wrapT = ClampToEdgeWrapping;
  texture.magFilter = texture.minFilter = NearestFilter;
  texture.needsUpdate = true;
  return texture;
}

/**
 * Where a hard surface lies in the palette.
 * @param {SurfaceName} name
 * @returns {number} u of the texel's centre; v is 0.5
 */
export function paletteU(name) {
  return (PALETTE.indexOf(name) + 0.5) / PALETTE.length;
}

/**
 * The two materials of one aid.
 * @param {{paint: string, upholstery: string, paint_metalness?: number, paint_roughness?: number}} colours sRGB
 * @returns {{hard: MeshStandardMaterial, cloth: MeshStandardMaterial, dispose: () => void}}
 */
export function createMaterials({ paint, upholstery, paint_metalness = 0.15, paint_roughness = 0.3 }) {
  /** @type {Record<string, Surface>} */
  const table = { ...HARD, paint: { colour: paint, roughness: paint_roughness, metalness: paint_metalness } };
  const map = strip((name) => {
    const hex = new Color(table[name].colour).getHex(SRGBColorSpace);
    return [hex >> 16, (hex >> 8) & 255, hex & 255, 255];
  });
  map.colorSpace = SRGBColorSpace;
  // glTF's packing: roughness in green, metalness in blue.
  const finish = strip((name) => [255, 255 * table[name].roughness, 255 * table[name].metalness, 255]);
  const hard = new MeshStandardMaterial({
    map,
    roughnessMap: finish,
    metalnessMap: finish,
    roughness: 1,
    metalness: 1,
  });
  const cloth = new MeshStandardMaterial({ color: upholstery, roughness: 0.85, metalness: 0, normalMap: weave() });
  const dispose = () => {
    for (const item of [map, finish, hard, cloth]) item.dispose();
  };
  return { hard, cloth, dispose };
}
