/**
 * The outer form of a glTF 2.0 file: a GLB, or a .gltf whose parts all lie inside it.
 *
 * Reads no more than the description, so that a file that is too large or no glTF at all costs nothing.
 * Source: glTF 2.0 specification, chapter 4 "GLB File Format Specification".
 * @module
 */
import { OwnCharacterError } from "./error.js";
import { LIMITS } from "./limits.js";

/** @typedef {any} Gltf   the description, as glTF's schema has it; not trusted before `check.js` has seen it */
/** @typedef {{json: Gltf, binary: Uint8Array}} Container   binary: buffer 0; empty when there is none */

const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;
const HEADER = 12;
const CHUNK_HEADER = 8;
const MIB = 2 ** 20;
/** A picture or buffer written into the text itself. */
const DATA_URI = /^data:([^;,]*)[^,]*?(;base64)?,/;

/** @param {number} bytes @returns {string} */
const inMegabytes = (bytes) => `${Math.ceil(bytes / MIB)} MB`;

/**
 * @param {Blob | ArrayBuffer} file @returns {Promise<ArrayBuffer>}
 * @throws {OwnCharacterError} too-large, before anything is read
 */
export async function readBytes(file) {
  const size = file instanceof ArrayBuffer ? file.byteLength : file.size;
  if (size > LIMITS.bytes) {
    throw new OwnCharacterError(
      "too-large",
      `This file has ${inMegabytes(size)}; the stage takes up to ${inMegabytes(LIMITS.bytes)}. ` +
        "Export it with smaller textures.",
    );
  }
  return file instanceof ArrayBuffer ? file : file.arrayBuffer();
}

/**
 * @param {ArrayBuffer} bytes of a GLB, VRM or self-contained .gltf
 * @returns {Container}
 * @throws {OwnCharacterError} not-gltf, truncated, broken, too-large, external-files
 */
export function openContainer(bytes) {
  const view = new DataView(bytes);
  const binaryForm = bytes.byteLength >= HEADER && view.getUint32(0, true) === MAGIC;
  const container = binaryForm ? openGlb(bytes, view) : openText(bytes);
  if (!isObject(container.json) || !isObject(container.json.asset)) throw notGltf();
  const version = String(container.json.asset.version ?? "");
  if (!version.startsWith("2.")) {
    throw new OwnCharacterError(
      "not-gltf",
      `This is glTF version ${version || "unknown"}; version 2 is needed. Export it again as GLB.`,
    );
  }
  return embedded(container);
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {unknown} [cause] @returns {OwnCharacterError} */
const notGltf = (cause) =>
  new OwnCharacterError("not-gltf", "This is not a GLB or VRM file. Export your character as one .glb or .vrm file.", {
    cause,
  });

/** @param {ArrayBuffer} bytes @param {DataView} view @returns {Container} */
function openGlb(bytes, view) {
  const version = view.getUint32(4, true);
  if (version !== 2)
    throw new OwnCharacterError("not-gltf", `This GLB has version ${version}; version 2 is needed. Export it again.`);
  const length = view.getUint32(8, true);
  if (length > bytes.byteLength || bytes.byteLength < HEADER + CHUNK_HEADER) throw truncated(length, bytes.byteLength);
  /** @type {Gltf} */ let json;
  let binary = new Uint8Array(0);
  for (let at = HEADER; at + CHUNK_HEADER <= length;) {
    const [size, type] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const start = at + CHUNK_HEADER;
    if (start + size > length) throw truncated(start + size, length);
    if (type === JSON_CHUNK && json === undefined) json = parse(new Uint8Array(bytes, start, size), LIMITS.json_bytes);
    else if (type === BIN_CHUNK && binary.length === 0) binary = new Uint8Array(bytes, start, size);
    at = start + Math.ceil(size / 4) * 4;
  }
  if (json === undefined)
    throw new OwnCharacterError("broken", "This GLB has no description of its contents. Export it again.");
  return { json, binary };
}

/** @param {number} wanted @param {number} there */
const truncated = (wanted, there) =>
  new OwnCharacterError(
    "truncated",
    `This file is incomplete: ${there} of ${wanted} bytes are there. Copy or download it again.`,
  );

/** @param {ArrayBuffer} bytes @returns {Container} */
function openText(bytes) {
  const start = new Uint8Array(bytes, 0, Math.min(bytes.byteLength, 64));
  const first = new TextDecoder()
    .decode(start)
    .replace(/^\ufeff/, "")
    .trimStart()[0];
  if (first !== "{") throw notGltf();
  return { json: parse(new Uint8Array(bytes), LIMITS.text_bytes), binary: new Uint8Array(0) };
}

/** @param {Uint8Array} text UTF-8 @param {number} limit bytes @returns {Gltf} */
function parse(text, limit) {
  if (text.length > limit) {
    const sizes = `${inMegabytes(text.length)}; the stage takes up to ${inMegabytes(limit)}`;
    throw new OwnCharacterError("too-large", `The description in this file has ${sizes}. Export it as one .glb file.`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (cause) {
    throw notGltf(cause);
  }
}

/**
 * Brings buffers and pictures that are written into the text into one binary part, as a GLB has it.
 * @param {Container} container @returns {Container} the same when there are none
 */
function embedded({ json, binary }) {
  const buffers = list(json.buffers);
  const images = list(json.images);
  for (const { uri } of [...buffers, ...images]) {
    if (uri !== undefined && !DATA_URI.test(String(uri))) {
      throw new OwnCharacterError(
        "external-files",
        `This file needs others beside it ("${String(uri).slice(0, 60)}"). ` +
          "Export it as one .glb file, with everything inside.",
      );
    }
  }
  if (![...buffers, ...images].some(({ uri }) => uri !== undefined)) return { json, binary };
  const parts = new Parts();
  const starts = buffers.map((buffer, k) => {
    const own = buffer.uri === undefined;
    if (own && k > 0) return 0; // a place for decompressed data, not stored
    return parts.add(own ? binary : decodeDataUri(buffer.uri));
  });
  const views = list(json.bufferViews).map((view) => ({
    ...view,
    ...moved(view, starts),
    ...movedCompression(view, starts),
  }));
  const pictures = images.map((image) => {
    if (image.uri === undefined) return image;
    const { uri, ...others } = image;
    const data = decodeDataUri(uri);
    views.push({ buffer: 0, byteOffset: parts.add(data), byteLength: data.length });
    return { ...others, mimeType: image.mimeType ?? DATA_URI.exec(uri)?.[1], bufferView: views.length - 1 };
  });
  const joined = parts.join();
  const rest = buffers.slice(1).filter((buffer) => buffer.uri === undefined);
  return {
    json: { ...json, buffers: [{ byteLength: joined.length }, ...rest], bufferViews: views, images: pictures },
    binary: joined,
  };
}

/** @param {{buffer: number, byteOffset?: number}} part @param {number[]} starts */
function moved({ buffer, byteOffset = 0 }, starts) {
  return { buffer: 0, byteOffset: byteOffset + (starts[buffer] ?? 0) };
}

/** @param {any} view @param {number[]} starts */
function movedCompression({ extensions }, starts) {
  if (!extensions) return {};
  const changed = Object.entries(extensions).map(([name, value]) => [
    name,
    /meshopt/.test(name) ? { ...value, ...moved(value, starts) } : value,
  ]);
  return { extensions: Object.fromEntries(changed) };
}

/** Bytes put one behind the other, each at a multiple of four. */
class Parts {
  /** @type {Uint8Array[]} */ #parts = [];
  length = 0;

  /** @param {Uint8Array} part @returns {number} where it starts */
  add(part) {
    const start = this.length;
    const padding = (4 - (part.length % 4)) % 4;
    this.#parts.push(part, new Uint8Array(padding));
    this.length += part.length + padding;
    return start;
  }

  /** @returns {Uint8Array<ArrayBuffer>} */
  join() {
    const joined = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }
}

/** @param {string} uri @returns {Uint8Array} @throws {OwnCharacterError} broken */
function decodeDataUri(uri) {
  const [start, , base64] = /** @type {RegExpExecArray} */ (DATA_URI.exec(uri));
  const body = uri.slice(start.length);
  try {
    if (!base64) return new TextEncoder().encode(decodeURIComponent(body));
    return Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new OwnCharacterError(
      "broken",
      "A part that is written into this file cannot be read. Export it as one .glb file.",
      { cause },
    );
  }
}

/** @param {unknown} value @returns {any[]} */
export const list = (value) => (Array.isArray(value) ? value : []);

/**
 * @param {Container} container @returns {ArrayBuffer} a GLB
 */
export function packGlb({ json, binary }) {
  const text = new TextEncoder().encode(JSON.stringify(json));
  const [textSize, binarySize] = [Math.ceil(text.length / 4) * 4, Math.ceil(binary.length / 4) * 4];
  const bytes = new Uint8Array(
    HEADER + CHUNK_HEADER + textSize + (binarySize > 0 ? CHUNK_HEADER + binarySize : 0),
  ).fill(0x20, HEADER);
  const view = new DataView(bytes.buffer);
  const head = [MAGIC, 2, bytes.length, textSize, JSON_CHUNK];
  head.forEach((value, k) => view.setUint32(4 * k, value, true));
  bytes.set(text, HEADER + CHUNK_HEADER);
  if (binarySize > 0) {
    const at = HEADER + CHUNK_HEADER + textSize;
    view.setUint32(at, binarySize, true);
    view.setUint32(at + 4, BIN_CHUNK, true);
    bytes.set(binary, at + CHUNK_HEADER);
    bytes.fill(0, at + CHUNK_HEADER + binary.length);
  }
  return bytes.buffer;
}
