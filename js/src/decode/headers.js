/**
 * What the headers of pictures say before anything is decoded: their size, and whether they move.
 * Nothing here throws on damaged files; it says that it does not know.
 * @module
 */
import { brandsOf } from './sniffing.js';

/** Markers of JPEG frames: all of C0..CF but tables, arithmetic conditioning and restart. */
const NO_FRAME = new Set([0xc4, 0xc8, 0xcc]);

/**
 * Width and height as the header gives them.
 *
 * @param {Uint8Array} data - the whole file
 * @param {import('./sniffing.js').Format} format
 * @returns {[number, number] | null} null where the header does not tell in a simple way
 */
export function headerSize(data, format) {
  const at = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (format === 'png' && data.length >= 24) return [at.getUint32(16), at.getUint32(20)];
  if (format === 'gif' && data.length >= 10) return [at.getUint16(6, true), at.getUint16(8, true)];
  if (format === 'bmp' && data.length >= 26 && at.getUint32(14, true) >= 40) {
    return [Math.abs(at.getInt32(18, true)), Math.abs(at.getInt32(22, true))];
  }
  if (format === 'webp') return webpSize(data, at);
  return format === 'jpeg' ? jpegSize(data, at) : null;
}

/**
 * Whether viewers show the file as a moving picture: two frames or more.
 *
 * @param {Uint8Array} data - the whole file
 * @param {import('./sniffing.js').Format} format
 * @returns {boolean}
 */
export function moves(data, format) {
  switch (format) {
    case 'gif':
      return gifMoves(data);
    case 'png':
      return pngFrames(data) > 1;
    case 'webp':
      return webpChunks(data).filter(({ name }) => name === 'ANMF').length > 1;
    case 'avif':
      return brandsOf(data).includes('avis');
    default:
      return false;
  }
}

/**
 * The chunks of a WebP file.
 *
 * @param {Uint8Array} data
 * @returns {{name: string, at: number, size: number}[]} `at` is where the chunk's name stands
 */
export function webpChunks(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const chunks = [];
  for (let at = 12; at + 8 <= data.length;) {
    const size = view.getUint32(at + 4, true);
    chunks.push({ name: String.fromCharCode(...data.subarray(at, at + 4)), at, size });
    at += 8 + size + (size & 1);
  }
  return chunks;
}

/**
 * @param {Uint8Array} data
 * @param {DataView} at
 * @returns {[number, number] | null}
 */
function webpSize(data, at) {
  if (data.length < 30) return null;
  const three = (/** @type {number} */ i) => at.getUint16(i, true) + (data[i + 2] << 16);
  switch (String.fromCharCode(...data.subarray(12, 16))) {
    case 'VP8X':
      return [three(24) + 1, three(27) + 1];
    case 'VP8 ':
      return [at.getUint16(26, true) & 0x3fff, at.getUint16(28, true) & 0x3fff];
    case 'VP8L': {
      const bits = at.getUint32(21, true);
      return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
    }
    default:
      return null;
  }
}

/**
 * @param {Uint8Array} data
 * @param {DataView} view
 * @returns {[number, number] | null}
 */
function jpegSize(data, view) {
  for (let at = 2; at + 9 < data.length;) {
    if (data[at] !== 0xff) return null;
    const marker = data[at + 1];
    if (marker === 0xff) {
      at += 1;
    } else if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.has(marker)) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return null;
}

/** @param {Uint8Array} data */
function pngFrames(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 8; at + 12 <= data.length;) {
    const name = String.fromCharCode(...data.subarray(at + 4, at + 8));
    if (name === 'acTL') return view.getUint32(at + 8);
    if (name === 'IDAT') return 1;
    at += 12 + view.getUint32(at);
  }
  return 1;
}

/**
 * Walk the blocks of a GIF until a second picture begins.
 *
 * @param {Uint8Array} data
 */
function gifMoves(data) {
  const table = (/** @type {number} */ flags) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + table(data[10]);
  let pictures = 0;
  while (at < data.length) {
    const block = data[at];
    if (block === 0x2c) {
      pictures += 1;
      if (pictures > 1) return true;
      at += 10 + table(data[at + 9]) + 1;
    } else if (block === 0x21) {
      at += 2;
    } else {
      return false;
    }
    while (at < data.length && data[at]) at += data[at] + 1;
    at += 1;
  }
  return false;
}
