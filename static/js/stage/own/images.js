/**
 * How large a picture is, from its first bytes.
 * Sources: PNG specification 11.2.2 (IHDR); ITU-T T.81 B.2.2 (frame header); RIFF WebP container
 * (developers.google.com/speed/webp).
 * @module
 */

/**
 * @param {Uint8Array} bytes of the whole picture
 * @returns {[number, number] | null} width and height, px; null: another format, or cut off
 */
export function pictureSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (view.getUint32(0) === 0x89504e47) return [view.getUint32(16), view.getUint32(20)];
    if (view.getUint16(0) === 0xffd8) return jpegSize(view);
    if (view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57454250) return webpSize(view);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // read beyond the end
  }
  return null;
}

/** @param {DataView} view @returns {[number, number] | null} */
function jpegSize(view) {
  for (let at = 2; ;) {
    const marker = view.getUint16(at);
    // Start of frame, of any coding; C4, C8 and CC are tables between them.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
    if (marker >> 8 !== 0xff) return null;
    at += marker === 0xffff ? 1 : 2 + view.getUint16(at + 2);
  }
}

/** @param {DataView} view @returns {[number, number] | null} */
function webpSize(view) {
  const kind = view.getUint32(12);
  if (kind === 0x56503858) return [1 + uint24(view, 24), 1 + uint24(view, 27)]; // VP8X
  if (kind === 0x56503820) return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]; // VP8
  if (kind !== 0x5650384c) return null;
  const bits = view.getUint32(21, true); // VP8L
  return [1 + (bits & 0x3fff), 1 + ((bits >> 14) & 0x3fff)];
}

/** @param {DataView} view @param {number} at */
const uint24 = (view, at) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
