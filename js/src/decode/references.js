/**
 * Tells the pictures that no other picture refers to. The Python library's decoder leaves them out (ADR-0012), so they
 * are no samples here either.
 * @module
 */
import { Av1Frames } from './av1_frames.js';
import { isVp8Reference } from './vp8_frames.js';

/** Slices of H.264, and those from which decoding can start without a trace of what came before. ITU-T H.264, table 7-1. */
const H264_SLICES = new Set([1, 2, 5]);
const H264_IDR = 5;
/** Pictures of HEVC up to this type are for no other where the type is even. Source: ITU-T H.265, table 7-1. */
const HEVC_LAST_SUBLAYER = 14;
const HEVC_LAST_SLICE = 31;
/** BLA and IDR, not CRA. */
const HEVC_FIRST_CLEAN = 16;
const HEVC_LAST_CLEAN = 20;

/**
 * @typedef {object} References
 * @property {(packet: Uint8Array) => boolean} isReference - of the picture that a packet shows; call it for every packet
 * @property {boolean} canSkip - whether the packets of the other pictures need not be decoded
 * @property {(packet: Uint8Array) => boolean} isClean - of a keyframe: whether packets before it may be left out. Decoders
 *   of browsers stop where they are missing before a keyframe of an open group of pictures
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
      return {
        isReference: (packet) => isAvcReference(packet, size),
        isClean: (packet) => unitTypes(packet, size, (byte) => byte & 31).includes(H264_IDR),
        canSkip: true,
      };
    }
    case 'hevc': {
      const size = description ? (description[21] & 3) + 1 : 0;
      return {
        isReference: (packet) => isHevcReference(packet, size),
        isClean: (packet) =>
          unitTypes(packet, size, (byte) => (byte >> 1) & 63).some(
            (type) => type >= HEVC_FIRST_CLEAN && type <= HEVC_LAST_CLEAN,
          ),
        canSkip: true,
      };
    }
    case 'vp8': // a frame that none refers to may still change how the next ones are coded
      return { isReference: isVp8Reference, isClean: always, canSkip: false };
    case 'av1': {
      const frames = new Av1Frames();
      return { isReference: (packet) => frames.isReference(packet), isClean: always, canSkip: false };
    }
    default: // FFmpeg's decoder of VP9 leaves nothing out
      return { isReference: always, isClean: always, canSkip: false };
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

function always() {
  return true;
}

/**
 * @param {Uint8Array} packet
 * @param {number} lengthBytes
 * @param {(byte: number) => number} typeOf
 * @returns {number[]}
 */
function unitTypes(packet, lengthBytes, typeOf) {
  return [...unitsOf(packet, lengthBytes)].map((at) => typeOf(packet[at]));
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
