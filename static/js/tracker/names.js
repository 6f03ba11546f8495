/**
 * Names of networks, as options take them.
 * @module
 */

/** Whatever the manifest names for this role. */
export const DEFAULT = "default";
/** What names of own networks begin with. */
export const OWN = "own/";

/** @param {string} name @returns {string} without what only programs need */
export const labelOf = (name) => (name.startsWith(OWN) ? name.slice(OWN.length) : name);
