// What the tracker and the stage say, as frames in the outbox: with truth and without.
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Courier } from "../../static/js/link/courier.js";
import { Outbox } from "../../static/js/link/outbox.js";
import { Recorder } from "../../static/js/link/recording.js";
import { recordedTruth } from "../../static/js/link/truth.js";
import { MISSED, SCHEMA, TRUTH_SCHEMA, decode, encode } from "../../static/js/pose/wire.js";
import { createSHA256 } from "../../static/vendor/sha256.js";

const HAND = [15, 17, 19, 21];
let count = 0;

/** A recorder for a session of this schema, and what it has written so far. */
async function recording(hello) {
  const outbox = await Outbox.open(`recording-${count++}`);
  const hasher = (await createSHA256()).init();
  const entry = { id: "s", key: "k", hello, messages: 0, frames: 0, hash: hasher.save() };
  await outbox.put(entry, null);
  const recorder = new Recorder(outbox, entry, hasher);
  const written = async () => {
    await recorder.settle();
    const messages = (await outbox.read("s", 0, 999)).map(({ message }) => message);
    return messages.map((message) => decode(message, hello.codec, hello.schema).frames);
  };
  return { recorder, outbox, written };
}

const withTruth = () => recording({ codec: "f32", fps: 30, schema: TRUTH_SCHEMA });
const numbers = (n, value) => Float32Array.from({ length: n }, (_, i) => value + i / 128);
const person = (id, change = {}) => ({
  id,
  fresh: false,
  score: 0.5,
  landmarks: numbers(99, id),
  world_landmarks: numbers(99, -id),
  visibility: new Float32Array(33).fill(0.75),
  presence: new Float32Array(33).fill(0.5),
  ...change,
});
const truthOf = (character, change = {}) => ({
  person: character,
  landmarks: numbers(99, 10 * character),
  world_landmarks: numbers(99, -10 * character),
  visibility: new Float32Array(33).fill(1),
  ...change,
});
const result = (people, more = {}) => ({ time: 5, image_size: [640, 480], people, ...more });
/** Without a left hand, as the page hands it on. */
function handless(one) {
  for (const i of HAND) {
    for (const name of ["landmarks", "world_landmarks"]) one[name].fill(NaN, 3 * i, 3 * i + 3);
    for (const name of ["visibility", "presence"].filter((field) => field in one)) one[name][i] = 0;
  }
  return one;
}
const isNothing = (values) => values.every(Number.isNaN);

test("truth lies beside what was tracked, a stranger has none, and who was missed is there", async () => {
  const { recorder, written } = await withTruth();
  const people = [person(4, { truth: truthOf(2) }), person(5), person(6, { truth: null })];
  recorder.push(result(people, { missed: [truthOf(1), truthOf(3)] }));
  const [frames] = await written();
  assert.deepEqual(frames.map((frame) => [frame.person, frame.truth_person, frame.flags]), [
    [4, 2, 0],
    [5, 0, 0],
    [6, 0, 0],
    [0, 1, MISSED],
    [0, 3, MISSED],
  ]);
  const [seen, stranger, , missed] = frames;
  for (const name of ["landmarks", "world_landmarks", "visibility"]) {
    assert.deepEqual(seen[name], people[0][name], name);
    assert.deepEqual(seen[`truth_${name}`], people[0].truth[name], name);
    assert.deepEqual(missed[`truth_${name}`], truthOf(1)[name], name);
  }
  assert.ok(isNothing(stranger.truth_landmarks) && isNothing(stranger.truth_world_landmarks));
  assert.ok(isNothing(missed.landmarks) && isNothing(missed.world_landmarks));
  assert.deepEqual([missed.score, ...missed.visibility, ...missed.presence], new Array(67).fill(0));
  assert.deepEqual(new Set(frames.map(({ time }) => time)), new Set([0]));
  assert.deepEqual([recorder.recorded, recorder.refused], [5, 0]);
});

test("a picture in which everybody was missed is recorded too", async () => {
  const { recorder, written } = await withTruth();
  recorder.push(result([], { missed: [truthOf(1)] }));
  recorder.push(result([person(1, { truth: truthOf(1) })], { time: 5.5 }));
  const [frames] = await written();
  assert.deepEqual(frames.map(({ time, person: id }) => [time, id]), [[0, 0], [0.5, 1]]);
});

test("a session without truth leaves it out, and limbs that are not there stay absent in both", async () => {
  for (const schema of [SCHEMA, TRUTH_SCHEMA]) {
    const { recorder, written } = await recording({ codec: "f32", fps: 30, schema });
    recorder.push(result([handless(person(1, { truth: handless(truthOf(1)) }))], { missed: [truthOf(2)] }));
    const [frames] = await written();
    assert.equal(frames.length, schema === SCHEMA ? 1 : 2);
    assert.equal("truth_person" in frames[0], schema === TRUTH_SCHEMA);
    assert.ok(HAND.every((i) => Number.isNaN(frames[0].landmarks[3 * i])), schema);
    assert.ok(Number.isFinite(frames[0].landmarks[0]));
    if (schema === TRUTH_SCHEMA) assert.ok(HAND.every((i) => Number.isNaN(frames[0].truth_world_landmarks[3 * i])));
    assert.equal(recorder.refused, 0);
  }
});

test("impossible truth is left out with its frame, and said", async () => {
  const { recorder, written } = await withTruth();
  const bad = truthOf(1, { landmarks: numbers(99, 0).with(7, NaN) });
  recorder.push(result([person(1, { truth: bad }), person(2)], { missed: [truthOf(0), truthOf(3)] }));
  const [frames] = await written();
  assert.deepEqual(frames.map((frame) => [frame.person, frame.truth_person]), [[2, 0], [0, 3]]);
  assert.deepEqual([recorder.recorded, recorder.refused], [2, 2]);
  assert.match(recorder.refusal, /truth_person must lie in 1/);
});

test("joints that a rig does not have are no truth", async () => {
  const { recorder, written } = await withTruth();
  const all = truthOf(3);
  assert.deepEqual(recordedTruth(3, all, []), all);
  const known = recordedTruth(3, all, ["nose", "left_heel"]);
  assert.deepEqual(all, truthOf(3), "what came is left as it was");
  recorder.push(result([person(1, { truth: known })]));
  const [[frame]] = await written();
  const [gone, there] = [[0, 29], [1, 28, 30]];
  for (const i of gone) {
    assert.ok(isNothing(frame.truth_landmarks.subarray(3 * i, 3 * i + 3)));
    assert.ok(isNothing(frame.truth_world_landmarks.subarray(3 * i, 3 * i + 3)));
    assert.equal(frame.truth_visibility[i], 0);
  }
  for (const i of there) assert.equal(frame.truth_landmarks[3 * i], all.landmarks[3 * i]);
  assert.deepEqual([recorder.recorded, recorder.refused], [1, 0]);
});

test("the stage may use its arrays again", async () => {
  const { recorder, written } = await withTruth();
  const truth = truthOf(1);
  recorder.push(result([person(1, { truth })], { missed: [truth] }));
  for (const name of ["landmarks", "world_landmarks", "visibility"]) truth[name].fill(0);
  const [frames] = await written();
  for (const frame of frames) assert.deepEqual(frame.truth_landmarks, truthOf(1).landmarks);
});

test("no message has more frames than its schema allows, however many people there are", async () => {
  for (const [schema, limit] of [[SCHEMA, 60], [TRUTH_SCHEMA, 32]]) {
    const { recorder, written } = await recording({ codec: "f32", fps: 30, schema });
    const crowd = Array.from({ length: 70 }, (_, i) => person(i + 1));
    for (let i = 0; i < 3; i++) recorder.push(result(crowd, { time: i }));
    const messages = await written(); // decode refuses a message that is too long
    assert.equal(messages[0].length, limit);
    assert.deepEqual(messages.flat().map((frame) => frame.person), [...crowd, ...crowd, ...crowd].map(({ id }) => id));
  }
});

test("an entry that an earlier version left is offered as it was", async () => {
  const outbox = await Outbox.open(`recording-${count++}`);
  const hasher = (await createSHA256()).init();
  const frame = { ...person(1), time: 0, person: 1, flags: 1, image_size: [640, 480] };
  const message = encode(0, [frame], "f32");
  const hello = { codec: "f32", fps: 30, schema: "blazepose33.v1", about: { pseudonym: "ember-fox" } };
  const hash = hasher.update(message.subarray(16)).save();
  const entry = { id: "old", key: "k", hello, messages: 1, frames: 1, hash };
  await outbox.put(entry, { session: "old", seq: 0, frames: 1, message });
  const courier = new Courier(outbox, "old");
  courier.offer(1);
  courier.close();
  const events = [];
  const emitWithAck = async (event, argument) => {
    events.push([event, argument]);
    return { ok: true, next: event === "hello" ? 0 : 1, window: 32, ended: false };
  };
  assert.equal(await courier.deliver({ connected: true, timeout: () => ({ emitWithAck }) }), true);
  assert.deepEqual(events.map(([event]) => event), ["hello", "frames", "end"]);
  assert.deepEqual(events[0][1], { v: 1, session: "old", key: "k", ...hello });
  assert.equal(decode(events[1][1], "f32").frames.length, 1);
});
