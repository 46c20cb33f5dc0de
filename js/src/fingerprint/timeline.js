/**
 * `timeline/1`: frames go in, one by one; a video as timed hashes comes out (ADR-0013).
 * The same rules as src/staydown/fingerprinting/timeline.py, to the byte.
 * @module
 */
import { bitsBetween } from './bytes.js';

/** A frame whose pdq differs by fewer bits from the last one kept tells nothing new. */
const MOVED_BITS = 14;
/** From this many bits a frame belongs to another scene than the last one with windows. */
const SCENE_BITS = 80;
/** While nothing moves, one frame a second is kept, so that stretches keep their length. */
const STILL_MS = 1000;
/** Frames below this pdq quality are blank: their windows would be noise. */
const WINDOWS_QUALITY = 10;
/** A frame with fewer points is not worth its place. */
const LEAST_POINTS = 8;
/** Points of a frame with windows. */
const FRAME_POINTS = 64;
/** What a timeline may weigh, and what even the shortest clip may. */
const BYTES_A_SECOND = 2000;
const LEAST_BYTES = 5500;
const WINDOWS_STEP_MS = 2000;
const SCENE_GAP_MS = 1000;
const STILL_WINDOWS_FACTOR = 5;
const FRAME_BYTES = 37;
const WINDOWS_BYTES = 272;
const POINT_BYTES = 36;

const HEADER_BYTES = 16;
const WINDOW_HEAD_BYTES = 8;
const LAYOUT = 1;
const COUNT_AT = 6;

/**
 * @typedef {object} KeptFrame
 * @property {number} timeMs
 * @property {number} quality
 * @property {Uint8Array} hash
 */

/** Takes the frames of a video in order of time and keeps those that tell something. */
export class TimelineBuilder {
  /** @type {KeptFrame[]} */
  #frames = [];
  /** @type {{frame: number, raw: Uint8Array}[]} */
  #windows = [];
  #lastWindowsMs = 0;
  /** @type {Uint8Array} */
  #lastWindowsHash = new Uint8Array(32);
  #sizeBytes = 0;

  /** @param {Pick<import('../kernel.js').Kernel, 'pdq' | 'windows'>} kernel */
  constructor(kernel) {
    this.kernel = kernel;
  }

  /**
   * Take a frame.
   *
   * @param {number} timeMs - presentation time from the start, later than the frame before
   * @param {import('../kernel.js').Picture} picture - upright
   * @returns {boolean} whether it is kept
   */
  add(timeMs, picture) {
    const { hash, quality } = this.kernel.pdq(picture);
    if (this.#frames.length > 0 && !this.#tellsSomething(timeMs, hash, quality)) return false;
    this.#frames.push({ timeMs, quality, hash });
    this.#sizeBytes += FRAME_BYTES;
    if (quality >= WINDOWS_QUALITY && this.#wantsWindows(timeMs, hash)) this.#addWindows(timeMs, picture);
    return true;
  }

  /**
   * The timeline of the frames taken so far, in its canonical form.
   *
   * @param {number} durationMs - of the video; raised to the last frame's time where it is less
   * @returns {Uint8Array}
   */
  finish(durationMs) {
    const frames = this.#frames;
    const lastMs = frames.at(-1)?.timeMs ?? 0;
    const size = this.#windows.reduce((sum, { raw }) => sum + WINDOW_HEAD_BYTES + raw.length, 0);
    const out = new Uint8Array(HEADER_BYTES + FRAME_BYTES * frames.length + size);
    const view = new DataView(out.buffer);
    view.setUint8(0, LAYOUT);
    view.setUint32(4, Math.max(durationMs, lastMs), true);
    view.setUint32(8, frames.length, true);
    view.setUint32(12, this.#windows.length, true);
    let at = HEADER_BYTES;
    for (const { timeMs, quality, hash } of frames) {
      view.setUint32(at, timeMs, true);
      view.setUint8(at + 4, quality);
      out.set(hash, at + 5);
      at += FRAME_BYTES;
    }
    for (const { frame, raw } of this.#windows) {
      view.setUint32(at, frame, true);
      view.setUint32(at + 4, raw.length, true);
      out.set(raw, at + WINDOW_HEAD_BYTES);
      at += WINDOW_HEAD_BYTES + raw.length;
    }
    return out;
  }

  /**
   * @param {number} timeMs
   * @param {Uint8Array} hash
   * @param {number} quality
   */
  #tellsSomething(timeMs, hash, quality) {
    const last = this.#frames[this.#frames.length - 1];
    if (timeMs - last.timeMs >= STILL_MS) return true;
    if (Math.max(quality, last.quality) < WINDOWS_QUALITY) return false;
    return bitsBetween(hash, last.hash) >= MOVED_BITS;
  }

  /**
   * At the start of a scene, then at steps; seldom while nothing moves.
   *
   * @param {number} timeMs
   * @param {Uint8Array} hash
   */
  #wantsWindows(timeMs, hash) {
    const sizeBytes = this.#sizeBytes + WINDOWS_BYTES + POINT_BYTES * FRAME_POINTS;
    if (sizeBytes > Math.max(LEAST_BYTES, Math.floor((BYTES_A_SECOND * timeMs) / 1000))) return false;
    if (this.#windows.length === 0) return true;
    const waitedMs = timeMs - this.#lastWindowsMs;
    const moved = bitsBetween(hash, this.#lastWindowsHash);
    if (moved >= SCENE_BITS && waitedMs >= SCENE_GAP_MS) return true;
    return waitedMs >= WINDOWS_STEP_MS * (moved >= MOVED_BITS ? 1 : STILL_WINDOWS_FACTOR);
  }

  /**
   * @param {number} timeMs
   * @param {import('../kernel.js').Picture} picture
   */
  #addWindows(timeMs, picture) {
    const raw = this.kernel.windows(picture, { maxPoints: FRAME_POINTS });
    const count = new DataView(raw.buffer, raw.byteOffset).getUint16(COUNT_AT, true);
    if (count < LEAST_POINTS) return;
    const frame = this.#frames.length - 1;
    this.#windows.push({ frame, raw });
    this.#lastWindowsMs = timeMs;
    this.#lastWindowsHash = this.#frames[frame].hash;
    this.#sizeBytes += WINDOWS_BYTES + POINT_BYTES * count;
  }
}
