/**
 * Reads single bits, the most significant first.
 * @module
 */
export class BitReader {
  #at = 0;

  /** @param {Uint8Array} bytes - reading past their end gives zeros */
  constructor(bytes) {
    this.bytes = bytes;
  }

  /**
   * @param {number} count - 0..32
   * @returns {number} unsigned
   */
  read(count) {
    let value = 0;
    for (let i = 0; i < count; i += 1, this.#at += 1) {
      value = value * 2 + (((this.bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** @returns {boolean} */
  flag() {
    return this.read(1) === 1;
  }

  /** @param {number} count */
  skip(count) {
    this.#at += count;
  }

  /** Pass over a number of variable length. Source: AV1 specification, 4.10.3. */
  skipUvlc() {
    let zeros = 0;
    while (zeros < 32 && !this.flag()) zeros += 1;
    if (zeros < 32) this.skip(zeros);
  }
}
