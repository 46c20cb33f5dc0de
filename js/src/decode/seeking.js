/**
 * A player that is never shown and never plays: the page's way to frames of videos that workers cannot decode.
 * Runs in the page, because workers have no players.
 * @module
 */

/** A browser that has not found a frame by then will not. */
const PATIENCE_MS = 10_000;

/**
 * Answer a worker's question about the frames of a file.
 *
 * @param {{file: File, player: Player | null, isSettled: boolean}} task
 * @param {{kind: 'open' | 'frame' | 'close', timeS?: number}} request
 * @returns {Promise<{answer: any, transfer: Transferable[]}>} the answer is null where there is none
 */
export async function seekFrames(task, { kind, timeS = 0 }) {
  if (kind === 'open' && !task.isSettled) {
    task.player = new Player(task.file);
    const durationS = await task.player.open();
    return { answer: durationS ? { durationS } : null, transfer: [] };
  }
  if (kind === 'frame' && task.player) {
    const bitmap = await task.player.frameAt(timeS);
    return { answer: bitmap, transfer: bitmap ? [bitmap] : [] };
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

  /** @returns {Promise<number | null>} length in seconds; null where the browser cannot read the file */
  async open() {
    const isOpen = happens(this.video, 'loadeddata');
    this.video.src = this.address;
    if (!(await isOpen) || !this.video.videoWidth) return null;
    if (this.video.duration === Infinity) await this.#seek(1e9); // recordings without a length: go to their end
    const { duration } = this.video;
    return Number.isFinite(duration) && duration > 0 ? duration : null;
  }

  /**
   * @param {number} timeS
   * @returns {Promise<ImageBitmap | null>} upright, as the player shows it
   */
  async frameAt(timeS) {
    if (!(await this.#seek(timeS))) return null;
    try {
      return await createImageBitmap(this.video, { colorSpaceConversion: 'none' });
    } catch {
      return null;
    }
  }

  close() {
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.address);
  }

  /** @param {number} timeS */
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
 * @returns {Promise<boolean>} false on an error, or when patience ends
 */
function happens(video, event) {
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ result) => {
      clearTimeout(timer);
      video.removeEventListener(event, good);
      video.removeEventListener('error', bad);
      resolve(result);
    };
    const good = () => end(true);
    const bad = () => end(false);
    const timer = setTimeout(bad, PATIENCE_MS);
    video.addEventListener(event, good);
    video.addEventListener('error', bad);
  });
}
