// Delivery to a server that can be made to fail in every way that docs/protocol.md names.
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ANSWER_MS, Courier, RefusedError } from "../../static/js/link/courier.js";
import { Outbox } from "../../static/js/link/outbox.js";
import { FRESH, HEADER_BYTES, decode, decodeFrames } from "../../static/js/pose/wire.js";
import { Recorder } from "../../static/js/link/recording.js";
import { createSHA256 } from "../../static/vendor/sha256.js";

let count = 0;

/** The server's half of the protocol, as docs/protocol.md has it. */
class Server {
  stored = [];
  epoch = 0;
  sealed = null;
  window = 4;
  onTheWay = 0;
  mostOnTheWay = 0;
  /** Answers to give instead: (event, argument) => answer or undefined. */
  trouble = () => undefined;

  connect() {
    const server = this;
    let greeted = 0;
    const wire = {
      connected: true,
      timeout: (ms) => ({
        async emitWithAck(event, argument) {
          assert.equal(ms, ANSWER_MS);
          server.mostOnTheWay = Math.max(server.mostOnTheWay, ++server.onTheWay);
          await new Promise((resolve) => setImmediate(resolve));
          server.onTheWay--;
          const trouble = server.trouble(event, argument);
          if (trouble instanceof Error) {
            wire.connected = false;
            throw trouble;
          }
          if (trouble) return trouble;
          if (event === "hello") greeted = ++server.epoch;
          if (event !== "hello" && greeted !== server.epoch) return { ok: false, code: "superseded", reason: "newer" };
          return server[event](argument);
        },
      }),
    };
    return wire;
  }

  hello() {
    return { ok: true, next: this.stored.length, window: this.window, ended: this.sealed !== null };
  }

  frames(message) {
    const { seq } = decode(message, "f32");
    if (seq > this.stored.length) return { ok: false, code: "gap", reason: "gap", next: this.stored.length };
    if (seq === this.stored.length) this.stored.push(message);
    return { ok: true, next: this.stored.length };
  }

  end({ frames, sha256 }) {
    const hash = createHash("sha256");
    for (const message of this.stored) hash.update(message.subarray(HEADER_BYTES));
    const stored = this.stored.reduce((sum, message) => sum + decode(message, "f32").frames.length, 0);
    if (stored !== frames) return { ok: false, code: "gap", reason: `${stored} are stored`, next: this.stored.length };
    if (hash.digest("hex") !== sha256) return { ok: false, code: "bad", reason: "sha256" };
    this.sealed = frames;
    return { ok: true, next: this.stored.length };
  }

  /** First landmark of each frame that is stored: our tests put its number there. */
  get numbers() {
    return this.stored.flatMap((message) =>
      decodeFrames(message.subarray(HEADER_BYTES), "f32").map(({ landmarks }) => landmarks[0]),
    );
  }
}

const result = (index, change = {}) => ({
  time: 1000 + index / 30,
  image_size: [640, 480],
  people: [
    {
      id: 1,
      fresh: index === 0,
      score: 0.5,
      landmarks: new Float32Array(99).fill(index),
      world_landmarks: new Float32Array(99),
      visibility: new Float32Array(33),
      presence: new Float32Array(33),
      ...change,
    },
  ],
});

async function setUp() {
  const outbox = await Outbox.open(`courier-${count++}`);
  const hasher = (await createSHA256()).init();
  const hello = { codec: "f32", fps: 30 };
  const entry = { id: "s", key: "k", hello, messages: 0, frames: 0, hash: hasher.save() };
  await outbox.put(entry, null);
  const recorder = new Recorder(outbox, entry, hasher);
  const courier = new Courier(outbox, "s");
  recorder.onstored = (made) => courier.offer(made);
  return { outbox, recorder, courier, server: new Server() };
}

/** Record so many frames and close. */
async function recorded(frames) {
  const all = await setUp();
  for (let i = 0; i < frames; i++) all.recorder.push(result(i));
  await all.recorder.settle();
  all.courier.close();
  return all;
}

const upTo = (n) => Array.from({ length: n }, (_, i) => i);

test("everything is delivered in order, within the window, sealed and forgotten", async () => {
  const { courier, server, outbox } = await recorded(100);
  assert.equal(await courier.deliver(server.connect()), true);
  assert.deepEqual(server.numbers, upTo(100));
  assert.equal(server.sealed, 100);
  assert.equal(server.mostOnTheWay, 4);
  assert.deepEqual(await outbox.entries(), []);
  assert.deepEqual(await outbox.read("s", 0, 999), []);
});

test("frames that are made during delivery are delivered too", async () => {
  const { courier, server, recorder } = await setUp();
  const delivered = courier.deliver(server.connect());
  for (let i = 0; i < 60; i++) {
    recorder.push(result(i));
    if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await recorder.settle();
  courier.close();
  assert.equal(await delivered, true);
  assert.deepEqual(server.numbers, upTo(60));
});

test("a lost connection is taken up where it was, however often", async () => {
  const { courier, server } = await recorded(120);
  let calls = 0;
  server.trouble = () => (++calls % 7 === 0 ? new Error("gone") : undefined);
  let connections = 0;
  for (let sealed = false; !sealed; connections++) {
    sealed = await courier.deliver(server.connect()).catch((error) => assert.equal(error.message, "gone"));
  }
  assert.ok(connections > 3);
  assert.deepEqual(server.numbers, upTo(120));
});

test("a lost answer stores nothing twice", async () => {
  const { courier, server } = await recorded(30);
  let lost = 0;
  const frames = server.frames.bind(server);
  server.frames = (message) => {
    frames(message); // stored, but the answer does not arrive
    if (lost++ < 2) throw new Error("gone");
    return { ok: true, next: server.stored.length };
  };
  for (let sealed = false; !sealed; ) sealed = await courier.deliver(server.connect()).catch(() => false);
  assert.deepEqual(server.numbers, upTo(30));
});

for (const code of ["gap", "no-hello", "slow_down", "store"]) {
  test(`${code} is cured by another hello`, async () => {
    const { courier, server } = await recorded(60);
    let failures = 0;
    server.trouble = (event) => {
      const fails = event !== "hello" && failures++ % 5 === 2 && failures < 20;
      return fails ? { ok: false, code, reason: code, retry_ms: 1 } : undefined;
    };
    assert.equal(await courier.deliver(server.connect()), true);
    assert.ok(server.epoch > 1);
    assert.deepEqual(server.numbers, upTo(60));
  });
}

for (const [code, kept] of [["bad", 10], ["auth", 10], ["superseded", 10], ["gone", 0]]) {
  test(`${code} ends the delivery with the server's reason`, async () => {
    const { courier, server, outbox } = await recorded(60);
    server.trouble = (event) => (event === "frames" ? { ok: false, code, reason: "because" } : undefined);
    await assert.rejects(courier.deliver(server.connect()), (error) => {
      return error instanceof RefusedError && error.code === code && error.message === "because";
    });
    // Nothing is thrown away behind anybody's back, but what was deleted there does not stay here.
    assert.equal((await outbox.read("s", 0, 999)).length, kept);
  });
}

test("a session that was sealed before is only forgotten", async () => {
  const { courier, server, outbox } = await recorded(6);
  server.hello = () => ({ ok: true, next: 1, ended: true });
  assert.equal(await courier.deliver(server.connect()), true);
  assert.deepEqual(await outbox.entries(), []);
});

test("what the browser has lost is not waited for", async () => {
  const { courier, server, outbox } = await recorded(30);
  await outbox.acknowledge("s", 2);
  await assert.rejects(courier.deliver(server.connect()), (error) => {
    return error.code === "lost" && /dropped message 0/.test(error.message);
  });
  assert.equal((await outbox.read("s", 0, 999)).length, 3, "what the server has not got is kept");
});

/** A recording of which the browser has lost the last messages, with its row as it was before them. */
async function reloadedWithoutMemory() {
  const { outbox, courier, server } = await recorded(12);
  const row = { ...(await outbox.entry("s")), messages: 1, frames: 6 };
  server.trouble = (event) => (event === "end" ? new Error("the page is closed") : undefined);
  await assert.rejects(courier.deliver(server.connect()), /closed/);
  server.trouble = () => undefined;
  await outbox.put(row, null);
  const later = new Courier(outbox, "s");
  later.close();
  return { outbox, server, row, later };
}

test("a server that has more than the browser has counted is not asked for ever", async () => {
  const { outbox, server, row, later } = await reloadedWithoutMemory();
  later.offer(row.messages);
  await assert.rejects(later.deliver(server.connect()), (error) => {
    return error instanceof RefusedError && error.code === "lost" && /lost when its page was closed/.test(error.message);
  });
  assert.equal(server.sealed, null);
  assert.equal(server.stored.length, 2, "what has arrived stays");
  assert.deepEqual(await outbox.entries(), [], "nothing is left to deliver, so nothing is tried again");
});

test("an end that no message could cure is not repeated for ever", async () => {
  const { outbox, server, later } = await reloadedWithoutMemory();
  later.offer(2); // as many messages, but fewer frames
  await assert.rejects(later.deliver(server.connect()), (error) => error.code === "lost");
  assert.deepEqual(await outbox.entries(), []);
});

test("a later delivery takes over from one that hangs", async () => {
  const { courier, server } = await recorded(12);
  const hanging = { connected: true, timeout: () => ({ emitWithAck: () => new Promise(() => {}) }) };
  courier.deliver(hanging);
  assert.equal(await courier.deliver(server.connect()), true);
  assert.deepEqual(server.numbers, upTo(12));
});

test("progress tells what is acknowledged", async () => {
  const { courier, server, recorder } = await recorded(60);
  const seen = [];
  courier.onprogress = () => seen.push(recorder.sums[courier.next]);
  await courier.deliver(server.connect());
  assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
  assert.equal(seen.at(-1), 60);
});

test("a recording's time begins at its first frame, and a track's first frame is marked", async () => {
  const { server, courier } = await recorded(7);
  await courier.deliver(server.connect());
  const frames = server.stored.flatMap((message) => decode(message, "f32").frames);
  assert.deepEqual(frames.map(({ flags }) => flags), [FRESH, 0, 0, 0, 0, 0, 0]);
  frames.forEach(({ time }, i) => assert.ok(Math.abs(time - i / 30) < 1e-9));
});

test("one invalid frame is left out and the others are kept", async () => {
  const { recorder, courier, server } = await setUp();
  const landmarks = new Float32Array(99).fill(NaN);
  for (const [i, change] of [{}, { landmarks }, {}, { score: 2 }, {}].entries()) recorder.push(result(i, change));
  recorder.push({ ...result(5), time: 0 });
  await recorder.settle();
  courier.close();
  await courier.deliver(server.connect());
  assert.deepEqual(server.numbers, [0, 2, 4]);
  assert.equal(recorder.recorded, 3);
  assert.equal(recorder.refused, 3);
  assert.match(recorder.refusal, /run backwards/);
});

test("numbers are kept as they were when they were pushed", async () => {
  const { recorder, courier, server } = await setUp();
  const one = result(7);
  recorder.push(one);
  one.people[0].landmarks.fill(-1); // the tracker uses its arrays again
  await recorder.settle();
  courier.close();
  await courier.deliver(server.connect());
  assert.deepEqual(server.numbers, [7]);
});

test("a crowd does not make a message too long", async () => {
  const { recorder, courier, server } = await setUp();
  const one = result(0);
  for (let i = 0; i < 6; i++) {
    const people = Array.from({ length: 25 }, (_, id) => ({ ...one.people[0], id: id + 1 }));
    recorder.push({ ...one, time: i, people });
  }
  await recorder.settle();
  courier.close();
  await courier.deliver(server.connect());
  assert.equal(server.sealed, 150);
});
