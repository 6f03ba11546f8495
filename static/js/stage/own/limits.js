/**
 * How much of a file the stage takes, checked on the file's description before anything is decoded.
 * @module
 */

const MIB = 2 ** 20;

export const LIMITS = {
  /**
   * Avatars of hobby and professional tools are 1 to 60 MB; a phone holds the file, its parts and the graphics card's
   * copy at once.
   */
  bytes: 150 * MIB,
  /** The description alone: node names, materials. Real ones stay under 5 MB; parsing blocks the page. */
  json_bytes: 16 * MIB,
  /** A .gltf with everything written into it as text: a third longer than the same GLB. */
  text_bytes: 64 * MIB,
  /** Skinned on the processor once to measure the body: about a second at this number. */
  vertices: 1_000_000,
  triangles: 2_000_000,
  /** Detailed hair and cloth rigs have about 600. */
  nodes: 5_000,
  /** Drawn one by one, each again for its shadow and for the truth. */
  primitives: 500,
  /** Chromium and WebGL 2 on phones decode no longer sides. */
  picture_side_px: 8192,
  /** Each pixel takes four bytes while it is decoded: 1 GiB. */
  picture_pixels: 2 ** 28,
};

/**
 * Extensions that a file may require: those that are read, and those that only change how a surface looks, which is
 * then drawn plainly.
 */
export const UNDERSTOOD = [
  /^VRM(C_|$)/,
  /_materials_/,
  /^KHR_(mesh_quantization|texture_transform|lights_punctual|animation_pointer|xmp.*)$/,
  /^EXT_texture_(webp|avif)$/,
  /^(EXT|KHR)_meshopt_compression$/,
];

/** Compression whose decoders are not shipped, with the words that exporters use for it. */
export const COMPRESSED = /** @type {Record<string, string>} */ ({
  KHR_draco_mesh_compression: "Draco",
  KHR_texture_basisu: "KTX2 (Basis Universal)",
});
