// The bytes of a message against the golden file that the Python twin reads too.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { crc32 as zlibCrc32 } from "node:zlib";
import * as wire from "../../static/js/pose/wire.js";
import { HEADER_BYTES, MISSED, SCHEMA, TRUTH_SCHEMA, WireError, check, crc32 } from "../../static/js/pose/wire.js";
import { decode, encode, maxFrames } from "../../static/js/pose/wire.js";

const golden = JSON.parse(await readFile(new URL("../golden/wire.json", import.meta.url), "utf8"));
const number = (value) => (value === null ? NaN : value);
const flat = (frame) =>
  Object.fromEntries(
    Object.entries(frame).map(([name, value]) => [
      name,
      name === "image_size" || !Array.isArray(value) ? value : Float32Array.from(value.flat(), number),
    ]),
  );
const bytes = (codec, name = "plain") => new Uint8Array(Buffer.from(golden.cases[name].messages[codec], "base64"));
const FRAMES = golden.cases.plain.frames.map(flat);
const TRUE_FRAMES = golden.cases.truth.frames.map(flat);
const CODECS = ["f32", "i16"];

for (const [name, { schema, frames }] of Object.entries(golden.cases)) {
  for (const codec of CODECS) {
    test(`${name}, ${codec}: golden frames make the golden message`, () => {
      assert.deepEqual(encode(golden.seq, frames.map(flat), codec, schema), bytes(codec, name));
    });
    test(`${name}, ${codec}: the golden message gives frames that make it again`, () => {
      const message = decode(bytes(codec, name), codec, schema);
      assert.equal(message.seq, golden.seq);
      assert.deepEqual(encode(message.seq, message.frames, codec, schema), bytes(codec, name));
    });
  }
  test(`${name}: f32 gives back the very numbers, and i16 what is absent`, () => {
    const [exact, near] = CODECS.map((codec) => decode(bytes(codec, name), codec, schema).frames);
    frames.map(flat).forEach((frame, i) => {
      for (const [field, values] of Object.entries(frame)) assert.deepEqual(exact[i][field], values, field);
      for (const field of ["landmarks", "truth_world_landmarks"].filter((one) => one in frame)) {
        assert.deepEqual([...near[i][field]].map(Number.isNaN), [...frame[field]].map(Number.isNaN), field);
      }
    });
  });
}

test("the checksum is zlib's", () => {
  for (const text of ["", "a", "123456789", "\0".repeat(1000)]) {
    const data = new TextEncoder().encode(text);
    assert.equal(crc32(data), zlibCrc32(data));
  }
});

test("a message is read from anywhere in a larger buffer", () => {
  const message = bytes("f32");
  const larger = new Uint8Array(message.length + 8);
  larger.set(message, 3);
  assert.deepEqual(decode(larger.subarray(3, 3 + message.length), "f32").seq, golden.seq);
});

const refusal = (reason) => (error) => error instanceof WireError && reason.test(error.message);

test("what is wrong with a header is said", () => {
  const good = bytes("f32");
  const changed = (at, value) => {
    const copy = good.slice();
    copy[at] = value;
    return copy;
  };
  for (const [reason, message] of [
    [/header of 16 bytes; 15 bytes came/, good.subarray(0, 15)],
    [/have 2152 bytes; 2151 came/, good.subarray(0, -1)],
    [/the message says 2/, changed(0, 2)],
    [/1 to 60 frames; this one says 0/, changed(2, 0)],
    [/1 to 60 frames; this one says 61/, changed(2, maxFrames(SCHEMA) + 1)],
    [/the header says crc32/, changed(HEADER_BYTES, good[HEADER_BYTES] ^ 1)],
  ]) {
    assert.throws(() => decode(message, "f32"), refusal(reason));
  }
});

test("numbers that no tracker makes are refused", () => {
  const last = (values, value) => values.with(-1, value);
  for (const [reason, change] of [
    [/^landmarks must be finite/, (f) => ({ landmarks: last(f.landmarks, NaN) })],
    [/^landmarks must be finite/, (f) => ({ landmarks: f.landmarks.map(() => NaN) })],
    [/^world_landmarks must be finite/, (f) => ({ world_landmarks: last(f.world_landmarks, -Infinity) })],
    [/^landmarks must be 99 numbers; 98 came/, (f) => ({ landmarks: f.landmarks.subarray(1) })],
    [/^presence must be 33 numbers; nothing came/, () => ({ presence: undefined })],
    [/^visibility must lie/, (f) => ({ visibility: last(f.visibility, 1.01) })],
    [/^presence must lie/, (f) => ({ presence: last(f.presence, NaN) })],
    [/^score must lie/, () => ({ score: -0.01 })],
    [/^time must be finite/, () => ({ time: NaN })],
    [/^time must be 0 or more/, () => ({ time: -1 })],
    [/never run backwards/, () => ({ time: 12.3 })],
    [/^person must lie/, () => ({ person: 0 })],
    [/^person must lie/, () => ({ person: 65536 })],
    [/^image_size must be positive/, () => ({ image_size: [640, 0] })],
    [/^flags must be/, () => ({ flags: 2 })],
    [/^flags must be one of 0,1; 4 came/, () => ({ flags: MISSED, person: 0 })],
  ]) {
    const frames = [FRAMES[0], { ...FRAMES[1], ...change(FRAMES[1]) }];
    assert.throws(() => check(frames), refusal(reason), String(reason));
  }
  check(FRAMES);
});

test("truth of nobody, and a miss with something tracked, are refused", () => {
  const [seen, stranger, missed] = TRUE_FRAMES;
  const landmarks = missed.landmarks.with(0, 1).with(1, 1).with(2, 1);
  const world_landmarks = landmarks.slice();
  for (const [reason, frame] of [
    [/^truth_landmarks must be finite/, { ...seen, truth_landmarks: seen.truth_landmarks.with(0, Infinity) }],
    [/^truth_visibility must lie/, { ...seen, truth_visibility: seen.truth_visibility.with(0, 2) }],
    [/^truth_person must lie in 0..65535/, { ...seen, truth_person: 65536 }],
    [/^truth_person must lie in 0..65535/, { ...seen, truth_person: undefined }],
    [/absent where truth_person is 0/, { ...seen, truth_person: 0 }],
    [/^person must lie in 1/, { ...stranger, person: 0 }],
    [/^flags must be one of 0,1,4; 5 came/, { ...missed, flags: 5 }],
    [/^person must be 0 in a frame of flag 4; 1 came/, { ...missed, person: 1 }],
    [/^score must be 0 in a frame of flag 4; 0.5 came/, { ...missed, score: 0.5 }],
    [/^truth_person must lie in 1..65535 in a frame of flags 4; 0 came/, { ...missed, truth_person: 0 }],
    [/^all tracked landmarks must be absent/, { ...missed, landmarks, world_landmarks }],
  ]) {
    assert.throws(() => check([frame], { schema: TRUTH_SCHEMA }), refusal(reason), String(reason));
  }
  check(TRUE_FRAMES, { schema: TRUTH_SCHEMA });
});

test("a landmark is absent altogether or not at all, in either codec", () => {
  const [frame] = golden.cases.absent.frames.map(flat);
  const wrist = 15;
  for (const [reason, change] of [
    [/^landmarks must be finite.* at landmark 15/, { landmarks: frame.landmarks.with(3 * wrist, 1) }],
    [/landmarks must be finite.* at landmark 15/, { world_landmarks: frame.world_landmarks.with(3 * wrist, 1) }],
    [/^visibility must be 0 where.*0.25 came at landmark 15/, { visibility: frame.visibility.with(wrist, 0.25) }],
    [/^presence must be 0 where/, { presence: frame.presence.with(wrist, 0.25) }],
  ]) {
    assert.throws(() => check([{ ...frame, ...change }]), refusal(reason), String(reason));
    assert.throws(() => encode(0, [{ ...frame, ...change }], "i16"), refusal(reason), String(reason));
  }
});

test("the lowest integer by itself is a number: earlier versions clipped to it", () => {
  const message = encode(0, [FRAMES[0]], "i16");
  const payload = message.subarray(HEADER_BYTES);
  const at = 17; // where the first landmark begins, behind time, person, flags, image size and score
  new DataView(payload.buffer, payload.byteOffset).setInt16(at, -32768, true);
  const [frame] = wire.decodeFrames(payload, "i16");
  assert.equal(frame.landmarks[0], -4 * Math.max(...FRAMES[0].image_size));
});

for (const schema of [SCHEMA, TRUTH_SCHEMA]) {
  test(`${schema}: the longest message fits`, () => {
    const frame = schema === SCHEMA ? FRAMES[0] : TRUE_FRAMES[0];
    for (const codec of CODECS) {
      const longest = encode(0, Array(maxFrames(schema)).fill(frame), codec, schema);
      assert.ok(longest.length <= wire.MAX_MESSAGE_BYTES, `${longest.length} bytes`);
    }
  });
}
