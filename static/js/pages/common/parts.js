/** Parts of a page that are loaded when somebody asks for them. */
import { noGraphics, reasonOf } from "./messages.js";

/** A part of the page did not load. Browsers keep that answer for the page's life: only loading the page again helps. */
export class PartError extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super(`A part of this page did not load; is the server still there? (${reasonOf(cause)})`, { cause });
    this.name = "PartError";
  }
}

/**
 * @template T
 * @param {Promise<T>} loading   as `import()` gives it
 * @returns {Promise<T>}
 * @throws {PartError} if it does not load
 */
export async function part(loading) {
  try {
    return await loading;
  } catch (error) {
    throw new PartError(error);
  }
}

/**
 * What can be done about something that failed.
 * @param {unknown} error @param {() => void} again   the same once more
 * @returns {import("./notices.js").Action[]}   none where neither helps
 */
export function remedies(error, again) {
  if (error instanceof PartError) return [{ label: "Reload the page", run: () => location.reload() }];
  return noGraphics(error) ? [] : [{ label: "Try again", run: again }];
}
