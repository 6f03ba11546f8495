/**
 * A look into somebody's file without drawing it: needs neither three nor a page.
 * @module
 */
import { checkContainer } from "./check.js";
import { openContainer, readBytes } from "./container.js";
import { study } from "./study.js";

/** @typedef {import("./container.js").Container} Container */
/** @typedef {import("./study.js").Found} Found */

/**
 * @param {Blob | ArrayBuffer} file GLB, VRM or self-contained .gltf
 * @returns {Promise<Found>} `problems` empty: `openOwnCharacter(file)` will take it
 * @throws {import("./error.js").OwnCharacterError} when it cannot become a character, whatever bones are chosen
 */
export async function inspectCharacter(file) {
  return study(await openChecked(file));
}

/** @param {Blob | ArrayBuffer} file @returns {Promise<Container>} @throws {import("./error.js").OwnCharacterError} */
export async function openChecked(file) {
  const container = openContainer(await readBytes(file));
  checkContainer(container);
  return container;
}
