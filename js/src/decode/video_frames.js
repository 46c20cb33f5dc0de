/**
 * The sampled frames of a video through WebCodecs: the same ones, with the same bits, as
 * src/staydown/decode/video.py gives in `mode="banking"`.
 * @module
 */
import { InputError } from '../errors.js';
import { MOST_FRAMES } from './limits.js';
import { readLuma, upright } from './luma.js';
import { referencesOf } from './references.js';
import { PacketChooser, SLACK, STEP_S, groups, roundHalfEven } from './video_plan.js';

/** Packets that may wait for the decoder. */
const MOST_QUEUED = 8;

/**
 * @typedef {object} TimedFrame
 * @property {number} timeMs
 * @property {import('../kernel.js').Picture} picture - luma, upright
 * @property {number} timeS
 */

/**
 * A configuration of the browser's decoder for this video.
 *
 * @param {import('./video_file.js').VideoFile} video
 * @returns {Promise<VideoDecoderConfig | null>} null where the browser has no decoder for it
 */
export async function decoderConfig(video) {
  if (!('VideoDecoder' in globalThis)) return null;
  // Decoding in software hands the planes over as they are; hardware is for what only it can do.
  for (const hardwareAcceleration of /** @type {HardwareAcceleration[]} */ (['prefer-software', 'no-preference'])) {
    const config = { ...video.config, hardwareAcceleration };
    try {
      if ((await VideoDecoder.isConfigSupported(config)).supported) return config;
    } catch {
      return null; // a configuration that the browser cannot even read
    }
  }
  return null;
}

/** Iterates over the sampled frames of a video, once. */
export class VideoFrames {
  #endS = 0;
  #fed = 0;
  #dueS = -Infinity;
  #lastMs = -1;
  #needsKey = true;
  /** @type {{frame: VideoFrame, timeMs: number, timeS: number}[]} */
  #held = [];
  /** @type {Map<number, {timeS: number, isKey: boolean, counts: boolean}>} */
  #fedTimes = new Map();
  #wake = () => {};

  /**
   * @param {import('./video_file.js').VideoFile} video
   * @param {VideoDecoderConfig} config
   */
  constructor(video, config) {
    this.video = video;
    this.config = config;
    this.decoder = this.#open();
  }

  /** Length of the picture stream; final once the last frame was yielded. */
  get durationMs() {
    return Math.max(1, roundHalfEven(1000 * (this.#endS || this.video.durationS || 0)));
  }

  /**
   * @returns {AsyncGenerator<TimedFrame, void>}
   * @throws {InputError} `decode_error`: not one frame; `content_too_large`; `unsupported_video`: frames that cannot
   *   be read
   */
  async *frames() {
    try {
      for await (const packet of this.#chosen()) {
        await this.#feed(packet);
        yield* this.#ready();
      }
      await this.decoder.flush().catch(() => {});
      yield* this.#ready();
    } finally {
      if (this.decoder.state !== 'closed') this.decoder.close();
      for (const { frame } of this.#held.splice(0)) frame.close();
    }
    if (this.#lastMs < 0) throw new InputError('decode_error', 'no frame of this video can be decoded');
  }

  #open() {
    const decoder = new VideoDecoder({
      output: (frame) => this.#take(frame),
      error: () => this.#wake(),
    });
    decoder.addEventListener('dequeue', () => this.#wake());
    decoder.configure(this.config);
    this.#needsKey = true;
    return decoder;
  }

  /**
   * The packets to decode, in order, and whether their pictures may be samples. Around a keyframe that is not clean
   * all references are decoded, samples or not.
   */
  async *#chosen() {
    const { codec, config } = this.video;
    const description = config.description ? bytesOf(config.description) : null;
    const references = referencesOf(codec, description);
    const chooser = new PacketChooser();
    for await (const group of groups(this.#timed())) {
      const needed = new Set(chooser.needed(group));
      const isClean = [group.packets[0], group.nextKey].every((key) => !key?.isKey || references.isClean(key.data));
      for (const packet of group.packets) {
        const isReference = references.isReference(packet.data);
        const isFed = isReference || !references.canSkip;
        if (isFed && (needed.has(packet) || !isClean)) yield { packet, counts: isReference && needed.has(packet) };
      }
    }
  }

  async *#timed() {
    for await (const packet of this.video.packets()) {
      if (packet.sizeBytes === 0) continue;
      this.#endS = Math.max(this.#endS, packet.endS);
      yield packet;
    }
  }

  /** @param {{packet: import('./video_file.js').VideoPacket, counts: boolean}} chosen */
  async #feed({ packet, counts }) {
    this.#fed += 1;
    if (this.#fed > MOST_FRAMES) throw new InputError('content_too_large', 'the video has too many frames');
    if (this.decoder.state === 'closed') this.decoder = this.#open(); // damage: go on from the next keyframe
    if (this.#needsKey && !packet.isKey) return;
    const timestamp = Math.round((packet.ticks / this.video.resolution) * 1e6);
    this.#fedTimes.set(timestamp, { timeS: packet.timeS, isKey: packet.isKey, counts });
    const type = packet.isKey ? 'key' : 'delta';
    try {
      this.decoder.decode(new EncodedVideoChunk({ type, timestamp, data: packet.data }));
      this.#needsKey = false;
    } catch {
      this.#needsKey = true;
    }
    while (this.decoder.state === 'configured' && this.decoder.decodeQueueSize > MOST_QUEUED && !this.#held.length) {
      await new Promise((resolve) => {
        this.#wake = () => resolve(undefined);
      });
    }
  }

  /**
   * Keep a frame if a sample is due; all others go back to the decoder at once.
   *
   * @param {VideoFrame} frame
   */
  #take(frame) {
    const known = this.#fedTimes.get(frame.timestamp);
    this.#fedTimes.delete(frame.timestamp);
    if (!known || !known.counts || known.timeS < 0 || !this.#isDue(known)) {
      frame.close();
      return;
    }
    this.#lastMs = roundHalfEven(1000 * known.timeS);
    this.#dueS = known.timeS + STEP_S * SLACK;
    this.#held.push({ frame, timeMs: this.#lastMs, timeS: known.timeS });
    this.#wake();
  }

  /** @param {{timeS: number, isKey: boolean}} known */
  #isDue({ timeS, isKey }) {
    const isDue = timeS >= this.#dueS || (isKey && timeS > this.#dueS - STEP_S / 2);
    return isDue && roundHalfEven(1000 * timeS) > this.#lastMs;
  }

  /**
   * Whether a frame is as large as the file says. Of oblong pixels WebKitGTK hands out a part of the rows.
   *
   * @param {VideoFrame} frame
   */
  #isWhole({ visibleRect }) {
    const { codedWidth, codedHeight } = this.config;
    return this.video.aspect === 1 || (visibleRect?.width === codedWidth && visibleRect?.height === codedHeight);
  }

  /** @returns {AsyncGenerator<TimedFrame, void>} */
  async *#ready() {
    for (let next = this.#held.shift(); next; next = this.#held.shift()) {
      const { frame, timeMs, timeS } = next;
      try {
        const plane = this.#isWhole(frame) ? await readLuma(frame).catch(() => null) : null;
        if (!plane) throw new InputError('unsupported_video', 'the frames cannot be read');
        yield { timeMs, timeS, picture: upright(plane, this.video.aspect, this.video.turn) };
      } finally {
        frame.close();
      }
    }
  }
}

/**
 * @param {AllowSharedBufferSource} source
 * @returns {Uint8Array}
 */
function bytesOf(source) {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
