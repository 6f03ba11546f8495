/**
 * Somebody's own character: a GLB or VRM from elsewhere, with whatever bone names, unit, direction and rest pose
 * (docs/own-characters.md).
 * @module
 */
export { OwnCharacterError } from "./error.js";
export { LIMITS } from "./limits.js";
export { inspectCharacter } from "./inspect.js";
export { openOwnCharacter } from "./open.js";
export { examine, isMappable } from "./study.js";
