/** An aid's parts as plain numbers, which is how motions take them. */

/** @typedef {import("./placement.js").Geometry} Geometry */
/** @typedef {{position: {toArray(): number[]}, quaternion: {toArray(): number[]}, userData: Record<string, unknown>}} Place */
/** @typedef {{kind: string, params: Record<string, any>, parts: Record<string, Place>,
 *   wheels: {name: string, side: "left" | "right" | null, radius_m: number}[]}} EquipmentLike */

/**
 * @param {EquipmentLike} equipment as `buildEquipment` returns it; its parts hang directly below its own group
 * @returns {Geometry}
 */
export function geometryOf({ kind, params, parts, wheels }) {
  /** @type {Geometry["parts"]} */
  const plain = {};
  for (const [name, { position, quaternion, userData }] of Object.entries(parts)) {
    plain[name] = {
      ...userData,
      position: /** @type {[number, number, number]} */ (position.toArray()),
      quaternion: /** @type {[number, number, number, number]} */ (quaternion.toArray()),
    };
  }
  return { kind, params, parts: plain, wheels: wheels.map(({ name, side, radius_m }) => ({ name, side, radius_m })) };
}
