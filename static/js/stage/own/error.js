/**
 * Why somebody's own file cannot be a character, in words for its owner.
 * @module
 */

/**
 * @typedef {"not-gltf" | "truncated" | "broken" | "too-large" | "external-files" | "unsupported-extension" |
 *   "too-many-vertices"
 *   | "too-many-nodes" | "pictures-too-large" | "no-skin" | "no-skeleton" | "missing-bones" | "bones-in-disorder" |
 * "not-upright"
 *   | "uneven-scale"} OwnCharacterCode
 */

/** What choosing bones by hand may help against. @type {ReadonlySet<string>} */
export const MAPPABLE = new Set(["missing-bones", "bones-in-disorder", "no-skeleton"]);

/** `message` is meant to be shown as it is. */
export class OwnCharacterError extends Error {
  /**
   * @param {OwnCharacterCode} code @param {string} message plain words, with what to do about it
   * @param {{bones?: string[], cause?: unknown}} [more] bones: those that are missing or wrong
   */
  constructor(code, message, { bones = [], cause } = {}) {
    super(message, { cause });
    this.name = "OwnCharacterError";
    this.code = code;
    this.bones = bones;
  }

  /** Whether choosing bones by hand may help. */
  get mappable() {
    return MAPPABLE.has(this.code);
  }
}
