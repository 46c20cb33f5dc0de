/**
 * Tells the pictures that no other picture refers to. The Python library's decoder leaves them out (ADR-0012), so they
 * are no samples here either.
 * @module
 */
import { Av1Frames } from './av1_frames.js';
import { isVp8Reference } from './vp8_frames.js';

/** Slices of H.264. Source: ITU-T H.264, table 7-1. */
const H264_SLICES = new Set([1, 2, 5]);
/** Pictures of HEVC up to this type are for no other where the type is even. Source: ITU-T H.265, table 7-1. */
const HEVC_LAST_SUBLAYER = 14;
const HEVC_LAST_SLICE = 31;

/**
 * @typedef {object} References
 * @property {(packet: Uint8Array) => boolean} isReference - of the picture that a packet shows; call it for every packet
 * @property {boolean} canSkip - whether the packets of the other pictures need not be decoded
 */

/**
 * @param {string} codec - as mediabunny names it
 * @param {Uint8Array | null} description - avcC or hvcC; null where the packets have start codes
 * @returns {References}
 */
export function referencesOf(codec, description) {
  switch (codec) {
    case 'avc': {
      const size = description ? (description[4] & 3) + 1 : 0;
      return { isReference: (packet) => isAvcReference(packet, size), canSkip: true };
    }
    case 'hevc': {
      const size = description ? (description[21] & 3) + 1 : 0;
      return { isReference: (packet) => isHevcReference(packet, size), canSkip: true };
    }
    case 'vp8':
      return { isReference: isVp8Reference, canSkip: true };
    case 'av1': {
      const frames = new Av1Frames();
      return { isReference: (packet) => frames.isReference(packet), canSkip: false };
    }
    default: // FFmpeg's decoder of VP9 leaves nothing out
      return { isReference: () => true, canSkip: false };
  }
}

/**
 * @param {Uint8Array} packet
 * @param {number} lengthBytes - 0 for start codes
 */
function isAvcReference(packet, lengthBytes) {
  for (const at of unitsOf(packet, lengthBytes)) {
    if (H264_SLICES.has(packet[at] & 31)) return (packet[at] & 0x60) !== 0;
  }
  return true;
}

/**
 * @param {Uint8Array} packet
 * @param {number} lengthBytes
 */
function isHevcReference(packet, lengthBytes) {
  for (const at of unitsOf(packet, lengthBytes)) {
    const type = (packet[at] >> 1) & 63;
    if (type <= HEVC_LAST_SLICE) return type > HEVC_LAST_SUBLAYER || type % 2 === 1;
  }
  return true;
}

/**
 * Where the units of a packet begin.
 *
 * @param {Uint8Array} packet
 * @param {number} lengthBytes
 * @returns {Generator<number, void>}
 */
function* unitsOf(packet, lengthBytes) {
  if (lengthBytes === 0) {
    for (let at = 0; at + 3 < packet.length; at += 1) {
      if (packet[at] === 0 && packet[at + 1] === 0 && packet[at + 2] === 1) yield at + 3;
    }
    return;
  }
  for (let at = 0; at + lengthBytes < packet.length;) {
    let size = 0;
    for (let i = 0; i < lengthBytes; i += 1) size = size * 256 + packet[at + i];
    yield at + lengthBytes;
    at += lengthBytes + size;
  }
}
