// Recordings that wait in the browser.
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Outbox } from "../../static/js/link/outbox.js";

let count = 0;
let name = "";
beforeEach(() => (name = `outbox-${count++}`));
const entry = (id, messages = 0) => ({ id, key: "k", hello: {}, messages, frames: messages, hash: new Uint8Array(4) });
const chunk = (session, seq) => ({ session, seq, frames: 1, message: Uint8Array.of(seq) });
const seqs = (chunks) => chunks.map(({ seq }) => seq);

test("what was put outlives the page", async () => {
  const first = await Outbox.open(name);
  await first.put(entry("a"), null);
  for (let seq = 0; seq < 3; seq++) await first.put(entry("a", seq + 1), chunk("a", seq));
  first.close();
  const second = await Outbox.open(name);
  assert.equal(second.reason, null);
  assert.deepEqual(await second.entries(), [entry("a", 3)]);
  const chunks = await second.read("a", 0, 10);
  assert.deepEqual(chunks.map(({ message }) => [...message]), [[0], [1], [2]]);
});

test("a write is issued before put returns, as a page that is being closed needs it", async () => {
  const first = await Outbox.open(name);
  first.put(entry("a", 1), chunk("a", 0));
  first.close(); // lets what was issued finish, and nothing else
  const second = await Outbox.open(name);
  assert.deepEqual(seqs(await second.read("a", 0, 10)), [0]);
});

test("a session's chunks are read in order, from a number on, so many", async () => {
  const outbox = await Outbox.open(name);
  for (const seq of [10, 2, 9, 1, 0]) await outbox.put(entry("a"), chunk("a", seq));
  await outbox.put(entry("b"), chunk("b", 3));
  assert.deepEqual(seqs(await outbox.read("a", 1, 9)), [1, 2, 9]);
  assert.deepEqual(seqs(await outbox.read("a", 1, 2)), [1, 2]);
});

test("what the server has is forgotten, and nothing else", async () => {
  const outbox = await Outbox.open(name);
  for (const session of ["a", "b"]) {
    for (let seq = 0; seq < 4; seq++) await outbox.put(entry(session), chunk(session, seq));
  }
  await outbox.acknowledge("a", 2);
  assert.deepEqual(seqs(await outbox.read("a", 0, 9)), [2, 3]);
  await outbox.remove("a");
  assert.deepEqual(await outbox.read("a", 0, 9), []);
  assert.equal(await outbox.entry("a"), undefined);
  assert.deepEqual(seqs(await outbox.read("b", 0, 9)), [0, 1, 2, 3]);
});

test("without storage frames wait in memory, and it says so", async (t) => {
  t.mock.method(indexedDB, "open", () => {
    throw new DOMException("denied", "SecurityError");
  });
  const outbox = await Outbox.open(name);
  assert.match(outbox.reason, /no storage .* wait in memory/);
  await outbox.put(entry("a", 1), chunk("a", 0));
  await outbox.put(entry("a", 2), chunk("a", 1));
  assert.deepEqual(seqs(await outbox.read("a", 0, 9)), [0, 1]);
  assert.equal((await outbox.entry("a")).messages, 2);
  await outbox.acknowledge("a", 1);
  assert.deepEqual(seqs(await outbox.read("a", 0, 9)), [1]);
  await outbox.remove("a");
  assert.deepEqual(await outbox.entries(), []);
});

test("a full disk moves a recording to memory without a hole", async (t) => {
  const outbox = await Outbox.open(name);
  await outbox.put(entry("a", 1), chunk("a", 0));
  const put = t.mock.method(IDBObjectStore.prototype, "put", () => {
    throw new DOMException("full", "QuotaExceededError");
  });
  await outbox.put(entry("a", 2), chunk("a", 1));
  put.mock.restore(); // room again: what follows stays together with what is in memory
  await outbox.put(entry("a", 3), chunk("a", 2));
  assert.match(outbox.reason, /storage is full/);
  assert.deepEqual(seqs(await outbox.read("a", 0, 9)), [0, 1, 2]);
  assert.equal((await outbox.entry("a")).messages, 3);
  assert.deepEqual((await outbox.entries()).map(({ messages }) => messages), [3]);
  await outbox.acknowledge("a", 2);
  assert.deepEqual(seqs(await outbox.read("a", 0, 9)), [2]);
});
