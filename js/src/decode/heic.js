/**
 * HEIC pictures through libheif (WebAssembly), in every browser, so that all see the same pixels.
 * Its code is loaded with this module and started with the first HEIC picture.
 * @module
 */
import { InputError } from '../errors.js';
import startLibheif from '../../vendor/libheif-js/libheif-bundle.mjs';
import { checkSize } from './limits.js';
import { openPixels } from './strips.js';

/** @type {any} */
let libheif = null;

/**
 * Decode the primary picture, turned and mirrored as its boxes say.
 *
 * @param {Uint8Array} data - the whole file
 * @returns {Promise<import('./strips.js').OpenPicture>}
 * @throws {InputError} `decode_error` or `content_too_large`
 */
export async function openHeic(data) {
  libheif ??= startLibheif({ print: () => {}, printErr: () => {} });
  const images = quietly(() => new libheif.HeifDecoder().decode(data));
  const image = images.find((/** @type {any} */ one) => one.is_primary()) ?? images[0];
  if (!image) throw damaged();
  try {
    const width = image.get_width();
    const height = image.get_height();
    checkSize(width, height);
    return openPixels(decodePixels(image, width, height), width, height);
  } finally {
    for (const one of images) one.free();
  }
}

/**
 * @param {any} image
 * @param {number} width
 * @param {number} height
 * @returns {Uint8Array} straight RGBA
 */
function decodePixels(image, width, height) {
  const made = quietly(() =>
    libheif.heif_js_decode_image2(
      image.handle,
      libheif.heif_colorspace.heif_colorspace_RGB,
      libheif.heif_chroma.heif_chroma_interleaved_RGBA,
    ),
  );
  const plane = made?.channels?.find(
    (/** @type {any} */ one) => one.id === libheif.heif_channel.heif_channel_interleaved,
  );
  if (!plane || plane.width !== width || plane.height !== height) throw damaged();
  const rgba = new Uint8Array(4 * width * height);
  for (let row = 0; row < height; row += 1) {
    const start = row * plane.stride;
    rgba.set(plane.data.subarray(start, start + 4 * width), 4 * width * row);
  }
  libheif.heif_image_release(made.image);
  return rgba;
}

/**
 * Call libheif, which traps on some damaged files.
 *
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
function quietly(call) {
  try {
    return call();
  } catch {
    libheif = null; // a trap may leave its memory in any state; the next picture starts anew
    throw damaged();
  }
}

function damaged() {
  return new InputError('decode_error', 'this HEIC picture is damaged or cut short');
}
