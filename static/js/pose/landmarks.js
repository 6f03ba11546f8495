/**
 * The 33 body landmarks of BlazePose by name; twin of `pose/landmarks.py`. Facts: `static/spec/landmarks.json`.
 * @module
 */
import spec from "../../spec/landmarks.json" with { type: "json" };

/** Name of the landmark set, as recordings state it. */
export const SCHEMA = spec.schema;
/** The landmarks' names in the order of every array of 33. */
export const NAMES = Object.freeze(spec.names);
/** Names of the further points that the network puts out after the 33. */
export const AUXILIARY = Object.freeze(spec.auxiliary);
/** 33. */
export const COUNT = NAMES.length;
/** 39: body landmarks and auxiliary points. */
export const RAW_COUNT = COUNT + AUXILIARY.length;

const INDEX = new Map([...NAMES, ...AUXILIARY].map((name, index) => [name, index]));

/**
 * @param {string} name of a landmark or an auxiliary point
 * @returns {number} its place in the network's order, from 0
 * @throws {RangeError} when there is no such point
 */
export function index(name) {
  const found = INDEX.get(name);
  if (found === undefined) throw new RangeError(`no landmark is called "${name}"`);
  return found;
}

const pairs = (/** @type {string[][]} */ names) => names.map(([a, b]) => /** @type {const} */ ([index(a), index(b)]));

/** Lines to draw, as pairs of places. */
export const EDGES = Object.freeze(pairs(spec.edges));
/** Left landmark and its right counterpart, as pairs of places. */
export const PAIRS = Object.freeze(pairs(spec.pairs));
/** Segments whose length does not change, as pairs of places. */
export const BONES = Object.freeze(pairs(spec.bones));
/** A landmark of at least this visibility is drawn as certain. */
export const CERTAIN_VISIBILITY = spec.certain_visibility;
/** COCO keypoint -> landmark, in COCO's order. @type {Readonly<Record<string, string>>} */
export const COCO17 = Object.freeze(spec.coco17);
