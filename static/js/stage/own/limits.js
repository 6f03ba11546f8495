/**
 * How much of a file the stage takes, checked on the file's description before anything is decoded.
 * @module
 */

const MIB = 2 ** 20;

export const LIMITS = {
  /** Avatars of hobby and professional tools are 1 to 60 MB; a phone holds the file, its parts and the graphics card's copy at once. */
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

/** Extensions that change what a file means, and that are understood. Others may be used, not required. */
export const UNDERSTOOD = new Set([
  "VRM", "VRMC_vrm", "VRMC_materials_mtoon", "VRMC_springBone", "VRMC_node_constraint", "VRMC_materials_hdr_emissiveMultiplier",
  "KHR_mesh_quantization", "KHR_texture_transform", "EXT_texture_webp", "EXT_texture_avif", "EXT_meshopt_compression",
  "KHR_meshopt_compression", "KHR_materials_unlit", "KHR_materials_anisotropy", "KHR_materials_clearcoat", "KHR_materials_dispersion",
  "KHR_materials_emissive_strength", "KHR_materials_ior", "KHR_materials_iridescence", "KHR_materials_sheen", "KHR_materials_specular",
  "KHR_materials_transmission", "KHR_materials_variants", "KHR_materials_volume", "KHR_lights_punctual", "KHR_node_visibility",
  "KHR_animation_pointer", "EXT_materials_bump", "KHR_xmp_json_ld",
]);

/** Compression whose decoders are not shipped, with the words that exporters use for it. */
export const COMPRESSED = /** @type {Record<string, string>} */ ({
  KHR_draco_mesh_compression: "Draco",
  KHR_texture_basisu: "KTX2 (Basis Universal)",
});
