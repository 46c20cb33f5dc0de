/**
 * Reads the frames of a video: through WebCodecs where the browser can, else by seeking in the page's player.
 * @module
 */
import { InputError } from '../errors.js';
import { MOST_FRAMES } from '../decode/limits.js';
import { LATE } from '../decode/seeking.js';
import { openStrips } from '../decode/strips.js';
import { openVideoFile } from '../decode/video_file.js';
import { VideoFrames, decoderConfig } from '../decode/video_frames.js';
import { STEP_S } from '../decode/video_plan.js';

/** Said where frames came through the player: scaled and converted by it, at times that are near. */
const SEEKED = 'seeked';

/**
 * @typedef {object} SampledFrame
 * @property {number} timeMs
 * @property {import('../kernel.js').Picture} picture
 * @property {number} fraction - of the video, 0..1
 *
 * @typedef {(request: {kind: 'open'} | {kind: 'frame', timeS: number} | {kind: 'close'}) => Promise<any>} SeekFrames
 *
 * @typedef {object} Wishes
 * @property {(frame: SampledFrame) => void} onFrame - in order of time; may throw to stop
 * @property {SeekFrames | null} seekFrames
 * @property {boolean} [preferSeeking]
 */

/**
 * @param {File} file
 * @param {'video' | 'unknown'} format
 * @param {Wishes} wishes
 * @returns {Promise<{durationMs: number, notes: string[]}>}
 * @throws {InputError} `unsupported_video`, `unsupported_format`, `no_picture`, `decode_error`, `decode_timeout` or
 *   `content_too_large`
 */
export async function readVideo(file, format, wishes) {
  const video = wishes.preferSeeking ? null : await openVideoFile(file);
  try {
    const config = video && (await decoderConfig(video));
    const decoded = video && config ? await decodeFrames(video, config, wishes.onFrame) : null;
    if (decoded) return decoded;
  } finally {
    video?.close();
  }
  return seekThrough(format, wishes);
}

/**
 * @param {import('../decode/video_file.js').VideoFile} video
 * @param {VideoDecoderConfig} config
 * @param {(frame: SampledFrame) => void} onFrame
 * @returns {Promise<{durationMs: number, notes: string[]} | null>} null where not even the first frame can be read
 */
async function decodeFrames(video, config, onFrame) {
  const frames = new VideoFrames(video, config);
  let count = 0;
  try {
    for await (const { timeMs, timeS, picture } of frames.frames()) {
      count += 1;
      onFrame({ timeMs, picture, fraction: Math.min(1, timeS / (video.durationS || Infinity)) });
    }
  } catch (error) {
    if (count === 0 && error instanceof InputError && error.code === 'unsupported_video') return null;
    throw error;
  }
  return { durationMs: frames.durationMs, notes: [] };
}

/**
 * Ask the player of the page for a frame every quarter of a second. It never plays.
 *
 * @param {'video' | 'unknown'} format
 * @param {Wishes} wishes
 */
async function seekThrough(format, { onFrame, seekFrames }) {
  const opened = seekFrames ? notLate(await seekFrames({ kind: 'open' })) : null;
  if (!opened?.durationS) {
    const code = format === 'unknown' ? 'unsupported_format' : 'unsupported_video';
    throw new InputError(code, 'this browser does not read this kind of video');
  }
  if (opened.durationS / STEP_S > MOST_FRAMES) throw new InputError('content_too_large', 'the video is too long');
  try {
    for (let timeS = 0; timeS === 0 || timeS < opened.durationS; timeS += STEP_S) {
      const bitmap = notLate(await /** @type {SeekFrames} */ (seekFrames)({ kind: 'frame', timeS }));
      if (!bitmap) throw new InputError('decode_error', 'the player gave no picture');
      onFrame({ timeMs: Math.round(1000 * timeS), picture: readBitmap(bitmap), fraction: timeS / opened.durationS });
    }
  } finally {
    await /** @type {SeekFrames} */ (seekFrames)({ kind: 'close' });
  }
  return { durationMs: Math.max(1, Math.round(1000 * opened.durationS)), notes: [SEEKED] };
}

/**
 * What the player gave: a file that it found nothing of in time is not called damaged.
 *
 * @param {any} answer
 */
function notLate(answer) {
  if (answer === LATE) throw new InputError('decode_timeout', 'the player gave no picture in time');
  return answer;
}

/**
 * @param {ImageBitmap} bitmap - closed here
 * @returns {import('../kernel.js').Picture}
 */
function readBitmap(bitmap) {
  const { width, height } = bitmap;
  const open = openStrips(bitmap, width, height);
  const data = new Uint8Array(4 * width * height);
  for (let top = 0; top < height; top += open.stripRows) {
    data.set(open.strips.read(top, Math.min(open.stripRows, height - top)), 4 * width * top);
  }
  open.close();
  return { data, width, height, channels: 4 };
}
