/** What a pseudonym may be: the rule of the server (`server/stream.py`), asked before a recording begins. */

/** Most characters (code points); the length of the server's column. */
export const PSEUDONYM_LENGTH = 200;
/** Control characters, lone surrogates, line and paragraph separators. */
const REFUSED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * @param {string} pseudonym
 * @returns {string} what is wrong with it, for its reader; empty if nothing is
 */
export function pseudonymProblem(pseudonym) {
  const length = [...pseudonym].length;
  if (length > PSEUDONYM_LENGTH) return `At most ${PSEUDONYM_LENGTH} characters, please: these are ${length}.`;
  if (REFUSED.test(pseudonym)) return "This holds a line break, a tab or another invisible control character.";
  return "";
}
