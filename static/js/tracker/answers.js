/**
 * A server's answers.
 * @module
 */

/**
 * Like `fetch`, but what the server does not give is an error, in the server's words where it has some.
 * @param {RequestInfo | URL} address
 * @param {RequestInit} [init]
 * @returns {Promise<Response>} a success
 * @throws {TypeError} when there is no answer
 */
export async function fetchOrTell(address, init) {
  const response = await fetch(address, init);
  if (response.ok) return response;
  const plain = response.headers.get("Content-Type")?.startsWith("text/plain");
  const text = plain ? (await response.text()).trim() : "";
  throw new RefusedError(text || `${new URL(response.url).pathname} answered ${response.status}`);
}

/** The server answered, but did not give what was asked for. */
export class RefusedError extends Error {
  /** @override */
  name = "RefusedError";
}
