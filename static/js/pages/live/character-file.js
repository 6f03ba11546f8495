/** From a file to a character of the reader's own; asks which bone is which where the file does not tell. */
import { BonesDialog } from "./bones-dialog.js";
import { inspectCharacter, isMappable, openOwnCharacter } from "../../stage/own/index.js";

/** @typedef {import("../../stage/character.js").Character} Character */

/**
 * @param {File} file   GLB, VRM or self-contained glTF
 * @returns {Promise<Character | null>} null: its reader thought better of it
 * @throws {import("../../stage/own/index.js").OwnCharacterError} in plain words
 */
export async function openFile(file) {
  const found = await inspectCharacter(file);
  if (!isMappable(found)) return openOwnCharacter(file);
  const bones = await new BonesDialog().ask(found);
  return bones === null ? null : openOwnCharacter(file, { bones });
}
