/**
 * A player that is never shown and never plays: the page's way to frames of videos that workers cannot decode.
 * Runs in the page, because workers have no players.
 * @module
 */

/** A browser that has not found a frame by then will not: a busy phone takes seconds. */
const PATIENCE_MS = 30_000;
/** How soon to look again for the picture of a frame that is found, but not painted yet. */
const LOOK_AGAIN_MS = 50;

/** What a player gives that found nothing in time. */
export const LATE = 'late';

/**
 * Answer a worker's question about the frames of a file.
 *
 * @param {{file: File, player: Player | null, isSettled: boolean}} task
 * @param {{kind: 'open' | 'frame' | 'close', timeS?: number}} request
 * @returns {Promise<{answer: any, transfer: Transferable[]}>} the answer is null where there is none, LATE where it took too long
 */
export async function seekFrames(task, { kind, timeS = 0 }) {
  if (kind === 'open' && !task.isSettled) {
    task.player = new Player(task.file);
    return { answer: await task.player.open(), transfer: [] };
  }
  if (kind === 'frame' && task.player) {
    const answer = await task.player.frameAt(timeS);
    return { answer, transfer: answer instanceof ImageBitmap ? [answer] : [] };
  }
  task.player?.close();
  task.player = null;
  return { answer: null, transfer: [] };
}

/** One file in one hidden player. */
export class Player {
  /** @param {File} file */
  constructor(file) {
    this.video = document.createElement('video');
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.preload = 'auto';
    this.address = URL.createObjectURL(file);
  }

  /** @returns {Promise<{durationS: number} | 'late' | null>} null where the browser cannot read the file */
  async open() {
    const opened = happens(this.video, 'loadeddata');
    this.video.src = this.address;
    const found = await opened;
    if (found === LATE) return LATE;
    if (!found || !this.video.videoWidth) return null;
    if (this.video.duration === Infinity) await this.#seek(1e9); // recordings without a length: go to their end
    const { duration } = this.video;
    return Number.isFinite(duration) && duration > 0 ? { durationS: duration } : null;
  }

  /**
   * @param {number} timeS
   * @returns {Promise<ImageBitmap | 'late' | null>} upright, as the player shows it
   */
  async frameAt(timeS) {
    const found = await this.#seek(timeS);
    if (found !== true) return found || null;
    return this.#picture();
  }

  /** The frame that was found: a browser with much to do says so before it has painted it. */
  async #picture() {
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until && this.video.src && !this.video.error;) {
      try {
        return await createImageBitmap(this.video, { colorSpaceConversion: 'none' });
      } catch {
        await new Promise((resolve) => { setTimeout(resolve, LOOK_AGAIN_MS); });
      }
    }
    return this.video.src && !this.video.error ? LATE : null;
  }

  close() {
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.address);
  }

  /**
   * @param {number} timeS
   * @returns {Promise<boolean | 'late'>}
   */
  async #seek(timeS) {
    if (this.video.currentTime === timeS && this.video.readyState >= 2) return true;
    const isThere = happens(this.video, 'seeked');
    this.video.currentTime = timeS;
    return isThere;
  }
}

/**
 * @param {HTMLVideoElement} video
 * @param {string} event
 * @returns {Promise<boolean | 'late'>} false on an error, LATE when patience ends
 */
function happens(video, event) {
  return new Promise((resolve) => {
    const end = (/** @type {boolean | 'late'} */ result) => {
      clearTimeout(timer);
      video.removeEventListener(event, good);
      video.removeEventListener('error', bad);
      resolve(result);
    };
    const good = () => end(true);
    const bad = () => end(false);
    const timer = setTimeout(() => end(LATE), PATIENCE_MS);
    video.addEventListener(event, good);
    video.addEventListener('error', bad);
  });
}
