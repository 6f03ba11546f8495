// The bytes of a message against the golden file that the Python twin reads too.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { crc32 as zlibCrc32 } from "node:zlib";
import { HEADER_BYTES, MAX_FRAMES, WireError, check, crc32, decode, encode } from "../../static/js/pose/wire.js";

const golden = JSON.parse(await readFile(new URL("../golden/wire.json", import.meta.url), "utf8"));
const flat = (frame) => ({
  ...frame,
  landmarks: Float32Array.from(frame.landmarks.flat()),
  world_landmarks: Float32Array.from(frame.world_landmarks.flat()),
  visibility: Float32Array.from(frame.visibility),
  presence: Float32Array.from(frame.presence),
});
const FRAMES = golden.frames.map(flat);
const bytes = (codec) => new Uint8Array(Buffer.from(golden.messages[codec], "base64"));
const CODECS = ["f32", "i16"];

for (const codec of CODECS) {
  test(`${codec}: golden frames make the golden message`, () => {
    assert.deepEqual(encode(golden.seq, FRAMES, codec), bytes(codec));
  });
  test(`${codec}: the golden message gives frames that make it again`, () => {
    const message = decode(bytes(codec), codec);
    assert.equal(message.seq, golden.seq);
    assert.deepEqual(encode(message.seq, message.frames, codec), bytes(codec));
  });
}

test("f32 gives back the very numbers", () => {
  const { frames } = decode(bytes("f32"), "f32");
  frames.forEach((frame, i) => {
    for (const [name, values] of Object.entries(FRAMES[i])) assert.deepEqual(frame[name], values, name);
  });
});

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
    [/1 to 60 frames; this one says 61/, changed(2, MAX_FRAMES + 1)],
    [/the header says crc32/, changed(HEADER_BYTES, good[HEADER_BYTES] ^ 1)],
  ]) {
    assert.throws(() => decode(message, "f32"), (error) => error instanceof WireError && reason.test(error.message));
  }
});

test("numbers that no tracker makes are refused", () => {
  const last = (values, value) => values.with(-1, value);
  for (const [reason, change] of [
    [/^landmarks must be finite/, (f) => ({ landmarks: last(f.landmarks, NaN) })],
    [/^world_landmarks must be finite/, (f) => ({ world_landmarks: last(f.world_landmarks, -Infinity) })],
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
  ]) {
    const frames = [FRAMES[0], { ...FRAMES[1], ...change(FRAMES[1]) }];
    const expected = (error) => error instanceof WireError && reason.test(error.message);
    assert.throws(() => check(frames), expected, String(reason));
  }
  check(FRAMES);
});
