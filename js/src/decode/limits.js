/**
 * What one file may cost; the same numbers as src/staydown/types/limits.py.
 * @module
 */
import { InputError } from '../errors.js';

const LONGEST_SIDE = 20_000;
const MOST_PIXELS = 120_000_000;
const MOST_PHOTO_BYTES = 256 * 2 ** 20;

/** Frames of a video or an animated picture that are decoded. */
export const MOST_FRAMES = 200_000;

/**
 * Refuse a picture that is too large, before any of it is decoded.
 *
 * @param {number} width
 * @param {number} height
 * @throws {InputError} `content_too_large`
 */
export function checkSize(width, height) {
  if (Math.max(width, height) > LONGEST_SIDE || width * height > MOST_PIXELS) {
    throw new InputError('content_too_large', `${width} x ${height} pixels are too many`);
  }
}

/**
 * @param {number} sizeBytes - of a photo's file
 * @throws {InputError} `content_too_large`
 */
export function checkPhotoBytes(sizeBytes) {
  if (sizeBytes > MOST_PHOTO_BYTES) throw new InputError('content_too_large', `${sizeBytes} bytes are too many`);
}
