/** Choices kept on this device. Where storage is off they hold for the page's life. */

const PREFIX = "poseable.";
/** @type {Map<string, string>} */
const unsaved = new Map();

/**
 * @param {string} name
 * @param {string} otherwise   what holds while nothing is stored
 * @returns {string}
 */
export function preference(name, otherwise) {
  try {
    return localStorage.getItem(PREFIX + name) ?? otherwise;
  } catch {
    return unsaved.get(name) ?? otherwise;
  }
}

/** @param {string} name @param {string} value */
export function setPreference(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    unsaved.set(name, value);
  }
}
