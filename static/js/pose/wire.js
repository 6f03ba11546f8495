/**
 * Frames as bytes: what travels from the page to the server. Twin of pose/wire.py; the layout is static/spec/wire.json,
 * and both twins reproduce tests/golden/wire.json.
 * @module
 */
import SPEC from "../../spec/wire.json" with { type: "json" };

/**
 * One person at one time, in the units and coordinate frames of static/spec/wire.json.
 * @typedef {{
 *   time: number, person: number, flags: number, image_size: ArrayLike<number>, score: number,
 *   landmarks: ArrayLike<number>, world_landmarks: ArrayLike<number>,
 *   visibility: ArrayLike<number>, presence: ArrayLike<number>,
 * }} Frame
 * @typedef {{ seq: number, crc32: number, frames: Frame[] }} Message
 * @typedef {"f32" | "i16"} Codec
 * @typedef {{ name: string, dtype: string, divisor?: number, times?: string }} Row
 */

export const VERSION = SPEC.version;
export const SCHEMA = SPEC.schema;
export const MAX_FRAMES = SPEC.max_frames;
export const MAX_MESSAGE_BYTES = SPEC.max_message_bytes;
export const WINDOW = SPEC.window;
/** Flag: first frame of a track. */
export const FRESH = 1;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const MAX_FLOAT32 = 3.4028234663852886e38;
/** A message that is refused; the text says what was expected and what came. */
export class WireError extends Error {
  /** @override */
  name = "WireError";
}

/**
 * @typedef {{
 *   size: number,  // bytes
 *   get: (v: DataView, at: number) => number,
 *   set: (v: DataView, at: number, x: number) => void,
 * }} Type
 */
/** @type {Record<string, Type>} */
const TYPES = {
  uint8: { size: 1, get: (v, at) => v.getUint8(at), set: (v, at, x) => v.setUint8(at, x) },
  uint16: { size: 2, get: (v, at) => v.getUint16(at, true), set: (v, at, x) => v.setUint16(at, x, true) },
  uint32: { size: 4, get: (v, at) => v.getUint32(at, true), set: (v, at, x) => v.setUint32(at, x, true) },
  uint64: {
    size: 8,
    get: (v, at) => Number(v.getBigUint64(at, true)),
    set: (v, at, x) => v.setBigUint64(at, BigInt(x), true),
  },
  int16: { size: 2, get: (v, at) => v.getInt16(at, true), set: (v, at, x) => v.setInt16(at, x, true) },
  float32: { size: 4, get: (v, at) => v.getFloat32(at, true), set: (v, at, x) => v.setFloat32(at, x, true) },
  float64: { size: 8, get: (v, at) => v.getFloat64(at, true), set: (v, at, x) => v.setFloat64(at, x, true) },
};
/** @type {Record<string, [number, number]>} */
const INTEGERS = { uint8: [0, 255], int16: [-32768, 32767] };
/** @type {Record<string, {shape: number[]}>} */
const FIELDS = SPEC.fields;
/** @type {Record<Codec, Row[]>} */
const CODECS = SPEC.codecs;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** @param {Row} row @returns {number} numbers in one frame's field */
const count = (row) => FIELDS[row.name].shape.reduce((a, b) => a * b, 1);

export const HEADER_BYTES = SPEC.header.reduce((sum, row) => sum + TYPES[row.dtype].size, 0);

/** @param {Codec} codec @returns {number} bytes of one frame */
export function frameBytes(codec) {
  return CODECS[codec].reduce((sum, row) => sum + TYPES[row.dtype].size * count(row), 0);
}

/**
 * CRC-32 as in zlib (polynomial 0xedb88320, reflected).
 * @param {Uint8Array} bytes
 */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Round half to even, as NumPy's rint does. @param {number} x */
function rint(x) {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/** @param {Row} row @param {ArrayLike<number>} imageSize @returns {number} physical units per stored unit */
function scale(row, imageSize) {
  const step = 1 / /** @type {number} */ (row.divisor);
  return row.times === "image_side" ? step * Math.max(imageSize[0], imageSize[1]) : step;
}

/** @param {Row} row @param {number} value @param {number} step */
function quantise(row, value, step) {
  const [low, high] = INTEGERS[row.dtype];
  return Math.min(Math.max(rint(value / step), low), high);
}

/**
 * Message `seq` of a session: the header and its frames.
 * @param {number} seq  messages before this one in the session
 * @param {Frame[]} frames  1 to MAX_FRAMES
 * @param {Codec} codec  f32 is exact; i16 rounds to the spec's steps and clips to the integer's range
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(seq, frames, codec) {
  const message = new Uint8Array(HEADER_BYTES + frames.length * frameBytes(codec));
  const view = new DataView(message.buffer);
  let at = HEADER_BYTES;
  for (const frame of frames) {
    for (const row of CODECS[codec]) at = encodeField(view, at, row, frame);
  }
  const header = [VERSION, frames.length, seq, crc32(message.subarray(HEADER_BYTES))];
  at = 0;
  SPEC.header.forEach(({ dtype }, i) => {
    TYPES[dtype].set(view, at, header[i]);
    at += TYPES[dtype].size;
  });
  return message;
}

/**
 * @param {DataView} view @param {number} at  where the field begins
 * @param {Row} row @param {Frame} frame
 * @returns {number} where the next one begins
 */
function encodeField(view, at, row, frame) {
  const { size, set } = TYPES[row.dtype];
  const values = /** @type {Record<string, any>} */ (frame)[row.name];
  const n = count(row);
  if (FIELDS[row.name].shape.length && row.dtype === "float32" && LITTLE_ENDIAN && at % size === 0) {
    new Float32Array(view.buffer, at, n).set(values); // in one go: nine tenths of a frame are such fields
    return at + n * size;
  }
  const step = row.divisor ? scale(row, frame.image_size) : 0;
  for (let i = 0; i < n; i++, at += size) {
    const value = FIELDS[row.name].shape.length ? values[i] : values;
    set(view, at, step ? quantise(row, value, step) : value);
  }
  return at;
}

/**
 * Check a message and return its content. Throws WireError for a wrong length, version, number of frames or crc, and
 * for values that no tracker makes.
 * @param {Uint8Array} message @param {Codec} codec
 * @returns {Message}
 */
export function decode(message, codec) {
  if (message.length < HEADER_BYTES) {
    throw new WireError(`a message begins with a header of ${HEADER_BYTES} bytes; ${message.length} bytes came`);
  }
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const [version, n, seq, crc] = SPEC.header.map(({ dtype }) => {
    const value = TYPES[dtype].get(view, at);
    at += TYPES[dtype].size;
    return value;
  });
  if (version !== VERSION) throw new WireError(`this is protocol version ${VERSION}; the message says ${version}`);
  if (n < 1 || n > MAX_FRAMES) {
    throw new WireError(`a message carries 1 to ${MAX_FRAMES} frames; this one says ${n}`);
  }
  const expected = n * frameBytes(codec);
  const came = message.length - HEADER_BYTES;
  if (came !== expected) throw new WireError(`${n} frames of codec ${codec} have ${expected} bytes; ${came} came`);
  const actual = crc32(message.subarray(HEADER_BYTES));
  if (actual !== crc) {
    throw new WireError(`the header says crc32 ${hex(crc)}; the frames have ${hex(actual)}`);
  }
  const frames = decodeFrames(message.subarray(HEADER_BYTES), codec);
  check(frames);
  return { seq, crc32: crc, frames };
}

/**
 * The frames of a message's payload; nothing but the length is checked.
 * @param {Uint8Array} payload @param {Codec} codec
 * @returns {Frame[]}
 */
export function decodeFrames(payload, codec) {
  const bytes = frameBytes(codec);
  if (payload.length % bytes) {
    throw new WireError(`frames of codec ${codec} have ${bytes} bytes each; ${payload.length} bytes came`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let at = 0;
  return Array.from({ length: payload.length / bytes }, () => {
    /** @type {Record<string, any>} */
    const frame = {};
    for (const row of CODECS[codec]) {
      const { size, get } = TYPES[row.dtype];
      const step = row.divisor ? scale(row, frame.image_size) : 1;
      const values = Array.from({ length: count(row) }, (_, i) => get(view, at + i * size) * step);
      at += size * values.length;
      const single = FIELDS[row.name].shape.length === 0;
      frame[row.name] = single ? values[0] : row.name === "image_size" ? values : Float32Array.from(values);
    }
    return /** @type {Frame} */ (frame);
  });
}

/** @param {number} x */
const hex = (x) => x.toString(16).padStart(8, "0");

/** @param {ArrayLike<number>} values @param {number} low @param {number} high @returns {boolean} NaN lies nowhere */
function allWithin(values, low, high) {
  for (let i = 0; i < values.length; i++) if (!(values[i] >= low && values[i] <= high)) return false;
  return true;
}

/**
 * Refuse values that no tracker makes: NaN or infinity, a time that runs backwards, a probability outside 0..1, person
 * 0, an empty image or unknown flags. Throws WireError.
 * @param {Frame[]} frames  in order
 * @param {number} [last]  time of the frame before them, s
 */
export function check(frames, last = 0) {
  for (const frame of frames) {
    for (const name of /** @type {const} */ (["landmarks", "world_landmarks"])) {
      if (!allWithin(frame[name], -MAX_FLOAT32, MAX_FLOAT32)) {
        throw new WireError(`${name} must be finite; NaN or infinity came`);
      }
    }
    for (const name of /** @type {const} */ (["visibility", "presence"])) {
      if (!allWithin(frame[name], 0, 1)) throw new WireError(`${name} must lie in 0..1`);
    }
    if (!allWithin([frame.score], 0, 1)) throw new WireError(`score must lie in 0..1; ${frame.score} came`);
    if (!Number.isFinite(frame.time)) throw new WireError(`time must be finite; ${frame.time} came`);
    if (frame.time < last) {
      throw new WireError(`time must be 0 or more and never run backwards; ${frame.time} s came after ${last} s`);
    }
    last = frame.time;
    if (!allWithin([frame.person], 1, 65535)) throw new WireError(`person must lie in 1..65535; ${frame.person} came`);
    if (!allWithin(frame.image_size, 1, 65535)) throw new WireError("image_size must be positive; 0 came");
    if (frame.flags !== 0 && frame.flags !== FRESH) {
      throw new WireError(`flags must be 0 or ${FRESH}; ${frame.flags} came`);
    }
  }
}
