/** Elements by id, with their type checked once, at the door. */

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type   HTMLButtonElement, HTMLCanvasElement …
 * @returns {T}
 * @throws {TypeError} if the page has no such element of that type
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`the page has no ${type.name} #${id}`);
  return found;
}

/** @param {string} id @returns {HTMLButtonElement} */
export const button = (id) => element(id, HTMLButtonElement);
/** @param {string} id @returns {HTMLSelectElement} */
export const select = (id) => element(id, HTMLSelectElement);
/** @param {string} id @returns {HTMLInputElement} */
export const input = (id) => element(id, HTMLInputElement);
/** @param {string} id @returns {HTMLElement} */
export const box = (id) => element(id, HTMLElement);

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Record<string, string | number | boolean | null>} [attributes]   false and null leave one out
 * @param {(Node | string | null)[]} children   null leaves one out
 * @returns {HTMLElementTagNameMap[N]}
 */
export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {SVGElement}
 */
export function makeSvg(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/**
 * Replace an element's text only if it differs: fewer layouts, and no repeated announcements.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
