/**
 * What has been recorded and is not yet on the server, in IndexedDB: it outlives a reload, a crash and a lost network.
 * Where the browser gives no storage (private mode, full disk), frames wait in memory and `reason` says so.
 * @module
 */
import { openDB } from "../../vendor/idb.js";

/**
 * A recording's own row.
 * @typedef {{
 *   id: string, key: string,              // the session and its write key
 *   hello: Record<string, unknown>,       // what opens it on the server
 *   messages: number, frames: number,     // made so far
 *   hash: Uint8Array,                     // state of the SHA-256 over all frames' bytes
 * }} Entry
 * @typedef {{ session: string, seq: number, frames: number, message: Uint8Array }} Chunk
 * @typedef {import("../../vendor/idb.js").IDBPDatabase} Database
 */

const STORES = ["sessions", "chunks"];

export class Outbox {
  /** @type {string | null} Why frames wait in memory only; null while they are safe. */
  reason = null;
  /** @type {Database | null} */
  #db;
  /** @type {Map<string, {entry: Entry, chunks: Map<number, Chunk>}>} recordings that the storage did not take */
  #memory = new Map();

  /** @param {Database | null} db @param {string | null} reason */
  constructor(db, reason) {
    this.#db = db;
    this.reason = reason;
  }

  /** Never rejects: without storage the outbox works from memory. @param {string} [name] of the database */
  static async open(name = "poseable-outbox") {
    try {
      const db = await openDB(name, 1, {
        upgrade(created) {
          created.createObjectStore("sessions", { keyPath: "id" });
          created.createObjectStore("chunks", { keyPath: ["session", "seq"] });
        },
      });
      return new Outbox(db, null);
    } catch (error) {
      return new Outbox(null, explain(error));
    }
  }

  /** All recordings that wait. @returns {Promise<Entry[]>} */
  async entries() {
    const stored = this.#db ? await this.#db.getAll("sessions") : [];
    const held = [...this.#memory.values()].map(({ entry }) => entry);
    return [...stored.filter((entry) => !this.#memory.has(entry.id)), ...held];
  }

  /** @param {string} session @returns {Promise<Entry | undefined>} */
  async entry(session) {
    return this.#memory.get(session)?.entry ?? (await this.#db?.get("sessions", session));
  }

  /**
   * Keep a recording's row and, with it or not at all, a chunk. The write is issued before this returns, so it is safe
   * to call while the page is being closed; the promise resolves once the chunk may be sent.
   * @param {Entry} entry @param {Chunk | null} chunk
   */
  async put(entry, chunk) {
    if (!this.#db || this.#memory.has(entry.id)) return this.#hold(entry, chunk);
    try {
      const transaction = this.#db.transaction(STORES, "readwrite");
      const requests = [transaction.objectStore("sessions").put(entry)];
      if (chunk) requests.push(transaction.objectStore("chunks").put(chunk));
      transaction.commit();
      await Promise.all([...requests, transaction.done]);
    } catch (error) {
      this.reason = explain(error);
      this.#hold(entry, chunk);
    }
  }

  /**
   * Up to `count` chunks of a session from `seq` on, in order.
   * @param {string} session @param {number} seq @param {number} count
   * @returns {Promise<Chunk[]>}
   */
  async read(session, seq, count) {
    const range = IDBKeyRange.bound([session, seq], [session, seq + count - 1]);
    const stored = this.#db ? await this.#db.getAll("chunks", range) : [];
    const held = this.#memory.get(session)?.chunks;
    for (let i = seq; held && i < seq + count; i++) {
      const chunk = held.get(i);
      if (chunk) stored.push(chunk);
    }
    return stored.sort((a, b) => a.seq - b.seq);
  }

  /**
   * Forget the chunks before `next`: the server has them on disk. Never rejects: what stays by mistake is offered
   * again, and the server answers that it has it.
   * @param {string} session @param {number} next
   */
  async acknowledge(session, next) {
    const held = this.#memory.get(session)?.chunks;
    for (const seq of held?.keys() ?? []) if (seq < next) held?.delete(seq);
    await this.#db?.delete("chunks", IDBKeyRange.bound([session, 0], [session, next], false, true)).catch(ignore);
  }

  /** Forget a recording. Never rejects. @param {string} session */
  async remove(session) {
    this.#memory.delete(session);
    if (!this.#db) return;
    const transaction = this.#db.transaction(STORES, "readwrite");
    const requests = [
      transaction.objectStore("sessions").delete(session),
      transaction.objectStore("chunks").delete(IDBKeyRange.bound([session, 0], [session, Infinity])),
    ];
    await Promise.all([...requests, transaction.done]).catch(ignore);
  }

  close() {
    this.#db?.close();
  }

  /** @param {Entry} entry @param {Chunk | null} chunk */
  #hold(entry, chunk) {
    const held = this.#memory.get(entry.id) ?? { entry, chunks: new Map() };
    held.entry = entry;
    if (chunk) held.chunks.set(chunk.seq, chunk);
    this.#memory.set(entry.id, held);
  }
}

/** @param {unknown} error */
function explain(error) {
  const full = error instanceof DOMException && error.name === "QuotaExceededError";
  const why = full ? "The browser's storage is full" : "The browser gives no storage (a private window?)";
  return `${why}: frames that are not yet on the server wait in memory. Keep this page open.`;
}

const ignore = () => {};
