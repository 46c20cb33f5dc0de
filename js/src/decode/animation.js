/**
 * Animated pictures (GIF, WebP, PNG, AVIF): frames with their times, through the browser's ImageDecoder.
 * @module
 */
import { InputError } from '../errors.js';
import { headerSize } from './headers.js';
import { MOST_FRAMES, checkSize } from './limits.js';
import { MEDIA_TYPES, withoutExif } from './photo.js';
import { openStrips } from './strips.js';

/** Browsers show a frame of 10 ms or less for 100 ms; so do we. */
const SHORTEST_MS = 10;
const INSTEAD_MS = 100;

/**
 * @typedef {object} TimedPicture
 * @property {number} timeMs - presentation time from the start
 * @property {import('../kernel.js').Picture} picture - RGBA, composited on white
 * @property {number} fraction - of the frames, this one included, 0..1
 */

/**
 * The frames of an animated picture. A file that is damaged further on yields the frames before the damage.
 *
 * @param {Uint8Array<ArrayBuffer>} data - the whole file
 * @param {import('./sniffing.js').Format} format
 * @returns {AsyncGenerator<TimedPicture, void>}
 * @throws {InputError} `unsupported_photo`: this browser shows only still pictures of this kind; `decode_error`;
 *   `content_too_large`
 */
export async function* readAnimation(data, format) {
  const size = headerSize(data, format);
  if (size) checkSize(...size);
  const decoder = await openDecoder(format === 'webp' ? withoutExif(data) : data, format);
  try {
    const count = /** @type {ImageTrack} */ (decoder.tracks.selectedTrack).frameCount;
    if (count > MOST_FRAMES) throw new InputError('content_too_large', `${count} frames are too many`);
    let timeMs = 0;
    for (let frameIndex = 0; frameIndex < count; frameIndex += 1) {
      const frame = await decodeFrame(decoder, frameIndex);
      if (!frame && frameIndex === 0) throw new InputError('decode_error', 'the animated picture is damaged');
      if (!frame) return;
      const durationMs = Math.round((frame.duration ?? 0) / 1000);
      yield { timeMs, picture: readFrame(frame), fraction: (frameIndex + 1) / count };
      timeMs += durationMs > SHORTEST_MS ? durationMs : INSTEAD_MS;
    }
  } finally {
    decoder.close();
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {import('./sniffing.js').Format} format
 * @returns {Promise<ImageDecoder>}
 */
async function openDecoder(data, format) {
  const type = MEDIA_TYPES.get(format) ?? '';
  if (!('ImageDecoder' in globalThis) || !(await ImageDecoder.isTypeSupported(type))) {
    throw new InputError('unsupported_photo', 'this browser does not hand out the frames of animated pictures');
  }
  const decoder = new ImageDecoder({ data, type, colorSpaceConversion: 'none', preferAnimation: true });
  try {
    await decoder.tracks.ready;
    await decoder.completed;
    if (decoder.tracks.selectedTrack) return decoder;
  } catch {
    // The sentence below says the same of both ways to fail.
  }
  decoder.close();
  throw new InputError('decode_error', 'the animated picture is damaged or cut short');
}

/**
 * @param {ImageDecoder} decoder
 * @param {number} frameIndex
 * @returns {Promise<VideoFrame | null>} null where the file is damaged from here on
 */
async function decodeFrame(decoder, frameIndex) {
  try {
    return (await decoder.decode({ frameIndex, completeFramesOnly: true })).image;
  } catch {
    return null;
  }
}

/**
 * @param {VideoFrame} frame - closed here
 * @returns {import('../kernel.js').Picture}
 */
function readFrame(frame) {
  const { displayWidth: width, displayHeight: height } = frame;
  const open = openStrips(frame, width, height);
  try {
    const data = new Uint8Array(4 * width * height);
    for (let top = 0; top < height; top += open.stripRows) {
      const rows = Math.min(open.stripRows, height - top);
      data.set(open.strips.read(top, rows), 4 * width * top);
    }
    return { data, width, height, channels: 4 };
  } finally {
    open.close();
  }
}
