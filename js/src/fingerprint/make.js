/**
 * A file becomes a fingerprint: the same JSON as `staydown.fingerprint(path)` gives. Runs in a worker.
 * @module
 */
import { InputError } from '../errors.js';
import { readAnimation } from '../decode/animation.js';
import { moves } from '../decode/headers.js';
import { openPhoto, readPhoto } from '../decode/photo.js';
import { SNIFF_BYTES, holdsNothing, sniff } from '../decode/sniffing.js';
import { toBase64, toHex } from './bytes.js';
import { digestsOf, digestsOfBytes } from './digests.js';
import { TimelineBuilder } from './timeline.js';
import { readVideo } from './video.js';

/** How much of the work on a file the digests are. */
const DIGEST_SHARE = 0.15;

/**
 * @typedef {object} Signal
 * @property {string} type
 * @property {string} value
 * @property {number} [quality]
 *
 * @typedef {object} Fingerprint
 * @property {1} version
 * @property {'photo' | 'video'} kind
 * @property {Signal[]} signals
 *
 * @typedef {object} Made
 * @property {Fingerprint} fingerprint
 * @property {string[]} notes - codes of what the person should know
 *
 * @typedef {object} Surroundings
 * @property {import('../kernel.js').Kernel} kernel
 * @property {(fraction: number) => void} onFraction - 0..1, rising; throws where the work was cancelled
 * @property {import('./video.js').SeekFrames | null} seekFrames - the page's player, where there is one
 * @property {boolean} [preferSeeking] - use the player even where the frames can be decoded here
 */

/**
 * The fingerprint of one file.
 *
 * @param {File} file
 * @param {Surroundings} around
 * @returns {Promise<Made>}
 * @throws {InputError} with a stable code
 */
export async function makeFingerprint(file, around) {
  const head = await firstBytes(file);
  if (holdsNothing(head)) throw new InputError('empty_file', 'the file is empty, or starts with nothing');
  const format = sniff(head);
  if (format === 'video' || format === 'unknown') return makeVideo(file, format, around);
  const data = await readPhoto(file);
  around.onFraction(0.05);
  if (moves(data, format)) return makeAnimation(data, format, around);
  return makePhoto(data, format, around);
}

/** @param {File} file */
async function firstBytes(file) {
  try {
    return new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer());
  } catch {
    throw new InputError('file_unreadable', 'the file cannot be read any more');
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {import('../decode/sniffing.js').Format} format
 * @param {Surroundings} around
 * @returns {Promise<Made>}
 */
async function makePhoto(data, format, { kernel, onFraction }) {
  const open = await openPhoto(data, format);
  try {
    onFraction(0.5);
    const { hash, quality, windows } = kernel.signals(open.strips, open.stripRows);
    onFraction(1 - DIGEST_SHARE);
    const exact = exactSignals(await digestsOfBytes(data));
    return made('photo', [
      ...exact,
      { type: 'pdq', value: toHex(hash), quality },
      { type: 'windows/1', value: toBase64(windows) },
    ]);
  } finally {
    open.close();
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {import('../decode/sniffing.js').Format} format
 * @param {Surroundings} around
 * @returns {Promise<Made>}
 */
async function makeAnimation(data, format, { kernel, onFraction }) {
  const builder = new TimelineBuilder(kernel);
  for await (const { timeMs, picture, fraction } of readAnimation(data, format)) {
    builder.add(timeMs, picture);
    onFraction(0.05 + fraction * (0.95 - DIGEST_SHARE));
  }
  const exact = exactSignals(await digestsOfBytes(data));
  return made('video', [...exact, timelineSignal(builder.finish(0))]);
}

/**
 * @param {File} file
 * @param {'video' | 'unknown'} format
 * @param {Surroundings} around
 * @returns {Promise<Made>}
 */
async function makeVideo(file, format, around) {
  const builder = new TimelineBuilder(around.kernel);
  const { durationMs, notes } = await readVideo(file, format, {
    ...around,
    onFrame: ({ timeMs, picture, fraction }) => {
      builder.add(timeMs, picture);
      around.onFraction(fraction * (1 - DIGEST_SHARE));
    },
  });
  const digests = await digestsOf(file, (bytes) =>
    around.onFraction(1 - DIGEST_SHARE + DIGEST_SHARE * (bytes / file.size)),
  );
  const exact = exactSignals(digests);
  return made('video', [...exact, timelineSignal(builder.finish(durationMs))], notes);
}

/**
 * @param {{sha256: string, md5: string}} digests
 * @returns {Signal[]}
 */
function exactSignals({ sha256, md5 }) {
  return [{ type: 'sha256', value: sha256 }, { type: 'md5', value: md5 }];
}

/**
 * @param {Uint8Array} timeline
 * @returns {Signal}
 */
function timelineSignal(timeline) {
  return { type: 'timeline/1', value: toBase64(timeline) };
}

/**
 * @param {'photo' | 'video'} kind
 * @param {Signal[]} signals
 * @param {string[]} [notes]
 * @returns {Made}
 */
function made(kind, signals, notes = []) {
  return { fingerprint: { version: 1, kind, signals }, notes };
}
