/**
 * Bytes as text, and bits between hashes.
 * @module
 */

const CHUNK = 0x8000;

/**
 * @param {Uint8Array} bytes
 * @returns {string} lower-case hex
 */
export function toHex(bytes) {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} standard base64 with padding
 */
export function toBase64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}

/**
 * Hamming distance of two hashes of one length.
 *
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 * @returns {number} bits
 */
export function bitsBetween(a, b) {
  let bits = 0;
  for (let i = 0; i < a.length; i += 1) {
    for (let left = a[i] ^ b[i]; left; left &= left - 1) bits += 1;
  }
  return bits;
}
