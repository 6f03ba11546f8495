/**
 * Brings one recording from the outbox to the server: each message once, in order, a limited number on the way.
 * It survives any number of connections. Whatever goes wrong, the cure is the same: say hello again, and the server
 * answers which message it has not got. docs/protocol.md has the rules.
 * @module
 */
import { createSHA256 } from "../../vendor/sha256.js";
import { VERSION, WINDOW } from "../pose/wire.js";

/**
 * The part of socket.io's Socket that is used here.
 * @typedef {{
 *   connected: boolean,
 *   timeout(ms: number): { emitWithAck(event: string, ...args: any[]): Promise<any> },
 * }} Wire
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {{
 *   ok: boolean, next?: number, window?: number, ended?: boolean, code?: string, reason?: string, retry_ms?: number,
 * }} Answer
 */

/** An answer later than this means that the connection hangs: far longer than any commit takes. */
export const ANSWER_MS = 10_000;
/** Refusals that hello cures: nothing is wrong with the message itself. */
const CURABLE = ["gap", "no-hello", "slow_down", "store"];
/** Pause before the next hello where the server names none: no hurry after an error, and no busy loop. */
const RETRY_MS = 200;

/** A refusal that no repetition will change. */
export class RefusedError extends Error {
  /** @override */
  name = "RefusedError";

  /** @param {string} code  as in docs/protocol.md, or `lost` @param {string} reason */
  constructor(code, reason) {
    super(reason);
    this.code = code;
  }
}

/** Say hello again, after a while. */
class RetryError extends Error {
  /** @param {Answer} answer  the refusal */
  constructor({ code, next = 0, retry_ms: ms = RETRY_MS }) {
    super("hello again");
    this.code = code;
    this.next = next;
    this.ms = ms;
  }
}

export class Courier {
  /** First message that the server has not acknowledged. */
  next = 0;
  /** Most messages on the way at a time; the server may lower it. */
  window = WINDOW;
  /** Called whenever messages were acknowledged. @type {() => void} */
  onprogress = () => {};

  #outbox;
  #session;
  #made = 0; // messages in the outbox
  #closed = false; // no more will be made
  #turn = 0; // counts calls of deliver: only the last one goes on
  #wake = () => {};

  /** @param {Outbox} outbox @param {string} session */
  constructor(outbox, session) {
    this.#outbox = outbox;
    this.#session = session;
  }

  /** Messages before `made` are in the outbox. @param {number} made */
  offer(made) {
    this.#made = Math.max(this.#made, made);
    this.#wake();
  }

  /** No more messages will be made: seal the recording once all are acknowledged. */
  close() {
    this.#closed = true;
    this.#wake();
  }

  /**
   * Deliver over this connection, until the recording is sealed (true) or a later call takes over (false).
   * Rejects with RefusedError when the server will never take it, with another error when the connection is lost or
   * hangs.
   * @param {Wire} wire
   * @returns {Promise<boolean>}
   */
  async deliver(wire) {
    const turn = ++this.#turn;
    this.#wake();
    while (turn === this.#turn) {
      try {
        if (await this.#attempt(wire, turn)) return true;
      } catch (error) {
        if (error instanceof RefusedError && this.#isSpent(error)) await this.#outbox.remove(this.#session);
        if (!(error instanceof RetryError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, error.ms));
      }
    }
    return false;
  }

  /**
   * Whether nothing of the recording is left to deliver: it was deleted on the server, or all messages that the browser
   * still has are there.
   * @param {RefusedError} refusal
   */
  #isSpent({ code }) {
    return code === "gone" || (code === "lost" && this.next >= this.#made);
  }

  /** Hello, messages, end. @param {Wire} wire @param {number} turn @returns {Promise<boolean>} whether it is sealed */
  async #attempt(wire, turn) {
    const entry = await this.#outbox.entry(this.#session);
    if (!entry) throw new RefusedError("lost", "the browser has dropped the recording from its storage");
    const { id: session, key, hello } = entry;
    const greeting = await call(wire, "hello", { v: VERSION, session, key, ...hello });
    this.window = greeting.window ?? this.window;
    this.#passed(greeting.next);
    if (!greeting.ended) {
      if (this.next > this.#made) throw this.#unsealable();
      if (!(await this.#transfer(wire, turn))) return false;
      await this.#seal(wire);
    }
    await this.#outbox.remove(this.#session);
    return true;
  }

  /**
   * Keep the window full until all is acknowledged (true) or another turn begins (false).
   * @param {Wire} wire @param {number} turn
   */
  async #transfer(wire, turn) {
    let sent = this.next;
    /** @type {Error | null} */
    let failure = null;
    for (;;) {
      const woken = new Promise((resolve) => (this.#wake = () => resolve(null)));
      const limit = Math.min(this.#made, this.next + this.window);
      for (const chunk of sent < limit ? await this.#outbox.read(this.#session, sent, limit - sent) : []) {
        if (chunk.seq !== sent) break;
        sent++;
        call(wire, "frames", chunk.message).then(
          (answer) => this.#passed(answer.next),
          (error) => {
            failure ??= error;
            this.#wake();
          },
        );
      }
      if (turn !== this.#turn) return false;
      if (failure) throw failure;
      if (sent === this.next && sent < limit) {
        throw new RefusedError("lost", `the browser has dropped message ${sent} of the recording from its storage`);
      }
      if (this.#closed && this.next >= this.#made) return true;
      await woken;
    }
  }

  /** @param {Wire} wire */
  async #seal(wire) {
    const entry = await this.#outbox.entry(this.#session);
    if (!entry) return; // removed meanwhile: nothing to vouch for
    const hasher = await createSHA256();
    try {
      await call(wire, "end", { frames: entry.frames, sha256: hasher.load(entry.hash).digest("hex") });
    } catch (error) {
      // A gap with all messages there is none that another hello could fill.
      const filled = error instanceof RetryError && error.code === "gap" && error.next >= this.#made;
      throw filled ? this.#unsealable() : error;
    }
  }

  /** The server has messages that the browser has not counted: they waited in memory when the page was closed. */
  #unsealable() {
    const reason =
      "what waited in memory was lost when its page was closed; the server keeps all that arrived, without its seal";
    return new RefusedError("lost", reason);
  }

  /** @param {number | undefined} next */
  #passed(next = 0) {
    if (next > this.next) {
      this.next = next;
      this.#outbox.acknowledge(this.#session, next);
      this.onprogress();
    }
    this.#wake();
  }
}

/**
 * @param {Wire} wire @param {string} event @param {any} argument
 * @returns {Promise<Answer>} only answers that are ok
 */
async function call(wire, event, argument) {
  // Socket.IO would keep what is sent now and send it after the next connect, before our hello.
  if (!wire.connected) throw new Error("the connection is lost");
  /** @type {Answer} */
  const answer = await wire.timeout(ANSWER_MS).emitWithAck(event, argument);
  if (answer.ok) return answer;
  if (CURABLE.includes(answer.code ?? "")) throw new RetryError(answer);
  throw new RefusedError(answer.code ?? "bad", answer.reason ?? "the server gave no reason");
}
