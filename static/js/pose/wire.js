/**
 * Frames as bytes: what travels from the page to the server. Twin of pose/wire.py; the layout is static/spec/wire.json,
 * and both twins reproduce tests/golden/wire.json.
 * @module
 */
import SPEC from "../../spec/wire.json" with { type: "json" };

/**
 * One person at one time, in the units and coordinate frames of static/spec/wire.json. A landmark that the person does
 * not have is absent: NaN in all six numbers of its two positions, 0 in its probabilities. The fields of the truth are
 * there where the schema has them.
 * @typedef {{
 *   time: number, person: number, flags: number, image_size: ArrayLike<number>, score: number,
 *   landmarks: ArrayLike<number>, world_landmarks: ArrayLike<number>,
 *   visibility: ArrayLike<number>, presence: ArrayLike<number>,
 *   truth_person?: number, truth_landmarks?: ArrayLike<number>, truth_world_landmarks?: ArrayLike<number>,
 *   truth_visibility?: ArrayLike<number>,
 * }} Frame
 * @typedef {{ seq: number, crc32: number, frames: Frame[] }} Message
 * @typedef {"f32" | "i16"} Codec
 * @typedef {keyof typeof SPEC.schemas} Schema
 * @typedef {{ name: string, dtype: string, divisor?: number, times?: string }} Row
 * @typedef {{ positions: string[], chances: string[] }} Group  fields of the same landmarks
 */

export const VERSION = SPEC.version;
/** @type {Schema} */
export const SCHEMA = "blazepose33.v1";
/** Tracked and true landmarks side by side. @type {Schema} */
export const TRUTH_SCHEMA = "blazepose33.v1+truth";
export const MAX_MESSAGE_BYTES = SPEC.max_message_bytes;
export const WINDOW = SPEC.window;
/** Flag: first frame of a track. */
export const FRESH = SPEC.flags.fresh;
/** Flag: a character that was not tracked; all there is of it is its truth. */
export const MISSED = SPEC.flags.missed;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const MAX_UINT16 = 65535;
const [LANDMARKS] = SPEC.fields.visibility.shape;
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
/** @type {Record<string, {low: number, high: number, absent?: number}>} */
const INTEGERS = SPEC.integers;
/** @type {Record<string, {shape: number[]}>} */
const FIELDS = SPEC.fields;
/** @type {Record<Schema, Record<Codec, Row[]>>} */
const ROWS = mapValues(SPEC.schemas, ({ fields }) => {
  /** @type {Record<Codec, Row[]>} */
  const codecs = SPEC.codecs;
  return mapValues(codecs, (rows) => rows.filter(({ name }) => fields.includes(name)));
});
/** @type {Record<Schema, Group[]>} */
const GROUPS = mapValues(SPEC.schemas, ({ fields }) =>
  SPEC.landmark_groups.filter(({ positions }) => fields.includes(positions[0])),
);
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** @param {string} field @returns {number} numbers in one frame's field */
const sizeOf = (field) => FIELDS[field].shape.reduce((a, b) => a * b, 1);
/** @param {Row} row */
const count = (row) => sizeOf(row.name);

export const HEADER_BYTES = SPEC.header.reduce((sum, row) => sum + TYPES[row.dtype].size, 0);

/** @param {Codec} codec @param {Schema} [schema] @returns {number} bytes of one frame */
export function frameBytes(codec, schema = SCHEMA) {
  return ROWS[schema][codec].reduce((sum, row) => sum + TYPES[row.dtype].size * count(row), 0);
}

/** @param {Schema} schema @returns {number} frames that fit into one message */
export function maxFrames(schema) {
  return SPEC.schemas[schema].max_frames;
}

/**
 * @template {string} K @template V, W
 * @param {Record<K, V>} object @param {(value: V) => W} change
 * @returns {Record<K, W>}
 */
function mapValues(object, change) {
  const entries = /** @type {[K, V][]} */ (Object.entries(object));
  return /** @type {Record<K, W>} */ (Object.fromEntries(entries.map(([key, value]) => [key, change(value)])));
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
  const { low, high, absent } = INTEGERS[row.dtype];
  if (Number.isNaN(value) && absent !== undefined) return absent;
  return Math.min(Math.max(rint(value / step), low), high);
}

/**
 * Message `seq` of a session: the header and its frames, which should pass `check`. Throws WireError where i16 cannot
 * say what a frame has: a landmark that is NaN in part.
 * @param {number} seq  messages before this one in the session
 * @param {Frame[]} frames  1 to maxFrames(schema)
 * @param {Codec} codec  f32 is exact; i16 rounds to the spec's steps and clips to the integer's range
 * @param {Schema} [schema]
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(seq, frames, codec, schema = SCHEMA) {
  const message = new Uint8Array(HEADER_BYTES + frames.length * frameBytes(codec, schema));
  const view = new DataView(message.buffer);
  let at = HEADER_BYTES;
  for (const frame of frames) {
    // Integers have no NaN: only what is absent altogether can be told from a number again.
    if (codec === "i16") for (const group of GROUPS[schema]) checkLandmarks(frame, group);
    for (const row of ROWS[schema][codec]) at = encodeField(view, at, row, frame);
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
  if (LITTLE_ENDIAN && row.dtype === "float32" && values instanceof Float32Array && values.length === n) {
    // In one go: nine tenths of a frame are such fields. As bytes, since a field may begin anywhere.
    new Uint8Array(view.buffer, at, n * size).set(new Uint8Array(values.buffer, values.byteOffset, n * size));
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
 * @param {Uint8Array} message @param {Codec} codec @param {Schema} [schema]
 * @returns {Message}
 */
export function decode(message, codec, schema = SCHEMA) {
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
  if (n < 1 || n > maxFrames(schema)) {
    throw new WireError(`a message of ${schema} carries 1 to ${maxFrames(schema)} frames; this one says ${n}`);
  }
  const expected = n * frameBytes(codec, schema);
  const came = message.length - HEADER_BYTES;
  if (came !== expected) throw new WireError(`${n} frames of codec ${codec} have ${expected} bytes; ${came} came`);
  const actual = crc32(message.subarray(HEADER_BYTES));
  if (actual !== crc) {
    throw new WireError(`the header says crc32 ${hex(crc)}; the frames have ${hex(actual)}`);
  }
  const frames = decodeFrames(message.subarray(HEADER_BYTES), codec, schema);
  check(frames, { schema });
  return { seq, crc32: crc, frames };
}

/**
 * The frames of a message's payload; nothing but the length is checked.
 * @param {Uint8Array} payload @param {Codec} codec @param {Schema} [schema]
 * @returns {Frame[]}
 */
export function decodeFrames(payload, codec, schema = SCHEMA) {
  const bytes = frameBytes(codec, schema);
  if (payload.length % bytes) {
    throw new WireError(`frames of codec ${codec} have ${bytes} bytes each; ${payload.length} bytes came`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let at = 0;
  return Array.from({ length: payload.length / bytes }, () => {
    /** @type {Record<string, any>} */
    const frame = {};
    /** @type {Record<string, number[]>} */
    const stored = {};
    for (const row of ROWS[schema][codec]) {
      const { size, get } = TYPES[row.dtype];
      const step = row.divisor ? scale(row, frame.image_size) : 1;
      const numbers = (stored[row.name] = Array.from({ length: count(row) }, (_, i) => get(view, at + i * size)));
      at += size * numbers.length;
      const values = numbers.map((number) => number * step);
      const single = FIELDS[row.name].shape.length === 0;
      frame[row.name] = single ? values[0] : row.name === "image_size" ? values : Float32Array.from(values);
    }
    if (codec === "i16") for (const group of GROUPS[schema]) restoreAbsent(frame, stored, group);
    return /** @type {Frame} */ (frame);
  });
}

/**
 * Write NaN where the stored numbers say that a landmark is absent: in all six, with probabilities of 0. The lowest
 * integer elsewhere is a number: what earlier versions clipped to it.
 * @param {Record<string, Float32Array>} frame @param {Record<string, number[]>} stored  as in the bytes
 * @param {Group} group
 */
function restoreAbsent(frame, stored, { positions, chances }) {
  const { absent } = SPEC.integers.int16;
  for (let i = 0; i < LANDMARKS; i++) {
    const six = positions.flatMap((name) => stored[name].slice(3 * i, 3 * i + 3));
    if (six.some((number) => number !== absent) || chances.some((name) => stored[name][i] !== 0)) continue;
    for (const name of positions) frame[name].fill(NaN, 3 * i, 3 * i + 3);
  }
}

/** @param {number} x */
const hex = (x) => x.toString(16).padStart(8, "0");

/**
 * @param {ArrayLike<number>} values @param {number} low @param {number} high
 * @param {number} [from] @param {number} [to]  which of the values
 * @returns {boolean} NaN lies nowhere
 */
function allWithin(values, low, high, from = 0, to = values.length) {
  for (let i = from; i < to; i++) if (!(values[i] >= low && values[i] <= high)) return false;
  return true;
}

/**
 * Refuse what no tracker makes: too few numbers, NaN or infinity in a landmark that is not absent, a time that runs
 * backwards, a probability outside 0..1, person 0, an empty image, unknown flags; and, with truth, that of nobody.
 * Throws WireError.
 * @param {Frame[]} frames  in order
 * @param {{ schema?: Schema, last?: number }} [options]  `last`: time of the frame before them, s
 */
export function check(frames, { schema = SCHEMA, last = 0 } = {}) {
  for (const frame of frames) {
    for (const group of GROUPS[schema]) checkLandmarks(frame, group);
    if (!allWithin([frame.score], 0, 1)) throw new WireError(`score must lie in 0..1; ${frame.score} came`);
    if (!Number.isFinite(frame.time)) throw new WireError(`time must be finite; ${frame.time} came`);
    if (frame.time < last) {
      throw new WireError(`time must be 0 or more and never run backwards; ${frame.time} s came after ${last} s`);
    }
    last = frame.time;
    if (!allWithin(frame.image_size, 1, MAX_UINT16)) throw new WireError("image_size must be positive; 0 came");
    const flags = schema === TRUTH_SCHEMA ? [0, FRESH, MISSED] : [0, FRESH];
    if (!flags.includes(frame.flags)) throw new WireError(`flags must be one of ${flags}; ${frame.flags} came`);
    if (frame.flags === MISSED) checkMissed(frame);
    else if (!allWithin([frame.person], 1, MAX_UINT16)) {
      throw new WireError(`person must lie in 1..${MAX_UINT16}; ${frame.person} came`);
    }
    if (schema === TRUTH_SCHEMA) checkTruth(frame);
  }
}

/**
 * Each landmark of a group must be finite with probabilities in 0..1, or absent.
 * @param {Frame} frame @param {Group} group
 */
function checkLandmarks(frame, { positions, chances }) {
  const fields = /** @type {Record<string, ArrayLike<number>>} */ (/** @type {unknown} */ (frame));
  for (const name of [...positions, ...chances]) {
    const [expected, came] = [sizeOf(name), fields[name]?.length];
    if (came !== expected) throw new WireError(`${name} must be ${expected} numbers; ${came ?? "nothing"} came`);
  }
  for (const name of chances) {
    if (!allWithin(fields[name], 0, 1)) throw new WireError(`${name} must lie in 0..1`);
  }
  if (positions.every((name) => allWithin(fields[name], -MAX_FLOAT32, MAX_FLOAT32))) return; // nobody lacks anything
  for (let i = 0; i < LANDMARKS; i++) {
    if (isAbsent(fields, positions, i)) {
      const likely = chances.find((name) => fields[name][i] !== 0);
      if (!likely) continue;
      throw new WireError(`${likely} must be 0 where a landmark is absent; ${fields[likely][i]} came at landmark ${i}`);
    }
    for (const name of positions) {
      if (allWithin(fields[name], -MAX_FLOAT32, MAX_FLOAT32, 3 * i, 3 * i + 3)) continue;
      const rule = `${name} must be finite, or NaN in all six numbers of an absent landmark`;
      const point = Array.from(fields[name]).slice(3 * i, 3 * i + 3);
      throw new WireError(`${rule}; NaN or infinity came: ${point} at landmark ${i}`);
    }
  }
}

/** @param {Record<string, ArrayLike<number>>} fields @param {string[]} positions @param {number} i  landmark */
function isAbsent(fields, positions, i) {
  for (const name of positions) {
    for (let k = 3 * i; k < 3 * i + 3; k++) if (!Number.isNaN(fields[name][k])) return false;
  }
  return true;
}

/** A character that was not tracked is nobody's track. @param {Frame} frame */
function checkMissed(frame) {
  if (frame.person !== 0) throw new WireError(`person must be 0 in a frame of flag ${MISSED}; ${frame.person} came`);
  if (frame.score !== 0) throw new WireError(`score must be 0 in a frame of flag ${MISSED}; ${frame.score} came`);
  if (!isEmpty(frame, GROUPS[SCHEMA][0])) {
    throw new WireError(`all tracked landmarks must be absent in a frame of flag ${MISSED}; some came`);
  }
}

/** @param {Frame} frame */
function checkTruth(frame) {
  const { truth_person: character = NaN } = frame;
  const least = frame.flags === MISSED ? 1 : 0;
  if (!allWithin([character], least, MAX_UINT16)) {
    const where = `in a frame of flags ${frame.flags}`;
    throw new WireError(`truth_person must lie in ${least}..${MAX_UINT16} ${where}; ${character} came`);
  }
  if (character === 0 && !isEmpty(frame, GROUPS[TRUTH_SCHEMA][1])) {
    throw new WireError("all landmarks of the truth must be absent where truth_person is 0; some came");
  }
}

/** @param {Frame} frame @param {Group} group @returns {boolean} whether all its landmarks are absent */
function isEmpty(frame, { positions }) {
  const fields = /** @type {Record<string, ArrayLike<number>>} */ (/** @type {unknown} */ (frame));
  for (let i = 0; i < LANDMARKS; i++) if (!isAbsent(fields, positions, i)) return false;
  return true;
}
