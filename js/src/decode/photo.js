/**
 * Still pictures: a file in, upright pixels out in strips, by ADR-0007 and ADR-0020.
 * @module
 */
import { InputError } from '../errors.js';
import { splitAlpha } from './avif_alpha.js';
import { headerSize, webpChunks } from './headers.js';
import { openHeic } from './heic.js';
import { checkPhotoBytes, checkSize } from './limits.js';
import { openStrips, openWithAlpha } from './strips.js';
import { openTurned, unturned } from './turning.js';

/**
 * Names that browsers know the formats by. TIFF is read by some; the others say so by an error.
 * @type {Map<import('./sniffing.js').Format, string>}
 */
export const MEDIA_TYPES = new Map([
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['bmp', 'image/bmp'],
  ['tiff', 'image/tiff'],
]);

/** Formats that every browser reads: where one of them fails, the file is damaged. */
const READ_EVERYWHERE = new Set(['jpeg', 'png', 'gif', 'webp', 'bmp']);

/**
 * The whole file of a photo.
 *
 * @param {File} file
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {InputError} `content_too_large`, or `file_unreadable`
 */
export async function readPhoto(file) {
  checkPhotoBytes(file.size);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new InputError('file_unreadable', 'the file cannot be read any more');
  }
}

/**
 * Decode a still picture at its full size.
 *
 * @param {Uint8Array<ArrayBuffer>} data - the whole file
 * @param {import('./sniffing.js').Format} format
 * @returns {Promise<import('./strips.js').OpenPicture>} close it after use
 * @throws {InputError} `decode_error`, `unsupported_photo` or `content_too_large`
 */
export async function openPhoto(data, format) {
  if (format === 'heif') return openHeic(data);
  const size = headerSize(data, format);
  if (size) checkSize(...size);
  const stored = unturned(data, format);
  const open = await openStored(stored?.data ?? data, format);
  return stored ? openTurned(open, stored.turn) : open;
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {import('./sniffing.js').Format} format
 * @returns {Promise<import('./strips.js').OpenPicture>}
 */
async function openStored(data, format) {
  const bytes = format === 'webp' ? withoutExif(data) : data;
  const apart = format === 'avif' ? await decodeApart(data) : null;
  if (apart) return openWithAlpha(apart.colours, apart.alpha);
  const bitmap = await decode(bytes, format);
  checkSize(bitmap.width, bitmap.height);
  return openStrips(bitmap, bitmap.width, bitmap.height);
}

/**
 * The colours and the alpha of an AVIF picture.
 *
 * @param {Uint8Array<ArrayBuffer>} data
 * @returns {Promise<{ colours: ImageBitmap, alpha: ImageBitmap } | null>} null where it has no alpha, or where this browser
 *   does not give the two as pictures of one size
 * @throws {InputError} `unsupported_photo` or `content_too_large`
 */
async function decodeApart(data) {
  const files = splitAlpha(data);
  if (!files) return null;
  const colours = await decode(files.colours, 'avif');
  checkSize(colours.width, colours.height);
  const alpha = await decode(files.alpha, 'avif').catch(() => null);
  if (alpha && alpha.width === colours.width && alpha.height === colours.height) return { colours, alpha };
  alpha?.close();
  colours.close();
  return null;
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {import('./sniffing.js').Format} format
 * @returns {Promise<ImageBitmap>}
 */
async function decode(data, format) {
  try {
    return await createImageBitmap(new Blob([data], { type: MEDIA_TYPES.get(format) }), {
      colorSpaceConversion: 'none',
      imageOrientation: 'from-image',
      premultiplyAlpha: 'none',
    });
  } catch {
    if (READ_EVERYWHERE.has(format)) throw new InputError('decode_error', 'the picture is damaged or cut short');
    throw new InputError('unsupported_photo', 'this browser does not read this kind of picture');
  }
}

/**
 * A WebP file whose EXIF nobody can read: its orientation does not count (rule 2 of ADR-0007), and
 * not every browser leaves it aside.
 *
 * @param {Uint8Array<ArrayBuffer>} data
 * @returns {Uint8Array<ArrayBuffer>} the same bytes where there is none
 */
export function withoutExif(data) {
  const chunk = webpChunks(data).find(({ name }) => name === 'EXIF');
  if (!chunk) return data;
  const copy = data.slice();
  copy.set([0x73, 0x6b, 0x69, 0x70], chunk.at); // "skip", a chunk that readers pass over
  const head = webpChunks(data)[0];
  if (head.name === 'VP8X') copy[head.at + 8] &= ~0x08;
  return copy;
}
