/**
 * Whether a frame of VP8 is kept for later frames to refer to.
 * Source: RFC 6386, sections 7 (arithmetic decoder), 9 and 19.2 (frame header).
 * @module
 */

const HALF = 128;
const TAG_BYTES = 3;

/**
 * @param {Uint8Array} frame
 * @returns {boolean}
 */
export function isVp8Reference(frame) {
  if (frame.length < TAG_BYTES || !(frame[0] & 1)) return true; // keyframes are kept
  const bits = new BoolReader(frame.subarray(TAG_BYTES));
  if (bits.flag()) skipSegments(bits);
  bits.read(10); // filter type, level, sharpness
  if (bits.flag() && bits.flag()) skipDeltas(bits, 8, 6);
  bits.read(2 + 7); // partitions, quantizer
  skipDeltas(bits, 5, 4);
  const golden = bits.flag();
  const alternate = bits.flag();
  if (!golden) bits.read(2);
  if (!alternate) bits.read(2);
  bits.read(3); // sign biases, refresh of the entropy
  const last = bits.flag();
  return golden || alternate || last;
}

/** @param {BoolReader} bits */
function skipSegments(bits) {
  const hasMap = bits.flag();
  if (bits.flag()) {
    bits.read(1);
    skipDeltas(bits, 4, 7);
    skipDeltas(bits, 4, 6);
  }
  if (!hasMap) return;
  for (let i = 0; i < 3; i += 1) if (bits.flag()) bits.read(8);
}

/**
 * Pass over optional values with a sign.
 *
 * @param {BoolReader} bits
 * @param {number} count
 * @param {number} width
 */
function skipDeltas(bits, count, width) {
  for (let i = 0; i < count; i += 1) if (bits.flag()) bits.read(width + 1);
}

/** The arithmetic decoder, for bits that are as likely 0 as 1. */
class BoolReader {
  #range = 255;
  #left = 8;
  #at = 2;

  /** @param {Uint8Array} bytes - reading past their end gives zeros */
  constructor(bytes) {
    this.bytes = bytes;
    this.value = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  }

  /** @returns {boolean} */
  flag() {
    const split = 1 + (((this.#range - 1) * HALF) >> 8);
    const isSet = this.value >= split << 8;
    if (isSet) {
      this.#range -= split;
      this.value -= split << 8;
    } else {
      this.#range = split;
    }
    while (this.#range < HALF) {
      this.value <<= 1;
      this.#range <<= 1;
      this.#left -= 1;
      if (this.#left === 0) {
        this.value |= this.bytes[this.#at] ?? 0;
        this.#at += 1;
        this.#left = 8;
      }
    }
    return isSet;
  }

  /** @param {number} count */
  read(count) {
    let value = 0;
    for (let i = 0; i < count; i += 1) value = value * 2 + Number(this.flag());
    return value;
  }
}
