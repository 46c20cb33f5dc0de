/**
 * Opens the container of a video, without reading it whole, and gives its packets.
 * @module
 */
import { InputError } from '../errors.js';
import {
  BlobSource,
  EncodedPacketSink,
  Input,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  WEBM,
} from '../../vendor/mediabunny/mediabunny.min.mjs';
import { checkSize } from './limits.js';
import { turnOf } from './luma.js';

const FORMATS = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS];

/**
 * @typedef {object} VideoPacket
 * @property {number} ticks - presentation time from the first picture, in the track's unit
 * @property {number} timeS - the same in seconds
 * @property {number} endS - when the picture ends
 * @property {boolean} isKey
 * @property {number} sizeBytes
 * @property {Uint8Array} data
 *
 * @typedef {object} VideoFile
 * @property {string} codec - as mediabunny names it
 * @property {VideoDecoderConfig} config
 * @property {import('./luma.js').Turn} turn
 * @property {number} aspect - width of a pixel divided by its height
 * @property {number | null} durationS - as the header says
 * @property {number} resolution - ticks a second
 * @property {() => AsyncGenerator<VideoPacket, void>} packets - in decoding order; ends where the file is damaged
 * @property {() => void} close
 */

/**
 * @param {File} file
 * @returns {Promise<VideoFile | null>} null where the container or the codec is not read here
 * @throws {InputError} `no_picture` or `content_too_large`
 */
export async function openVideoFile(file) {
  const input = new Input({ source: new BlobSource(file), formats: FORMATS });
  try {
    const opened = await openTrack(input);
    if (!opened) input.dispose();
    return opened;
  } catch (error) {
    input.dispose();
    if (error instanceof InputError) throw error;
    return null;
  }
}

/**
 * @param {any} input
 * @returns {Promise<VideoFile | null>}
 */
async function openTrack(input) {
  if (!(await input.canRead())) return null;
  const [track] = await input.getVideoTracks();
  if (!track && (await input.getFormat()) !== MPEG_TS && (await input.getAudioTracks()).length > 0) {
    throw new InputError('no_picture', 'the file holds sound and no moving picture');
  }
  if (!track) return null; // MPEG_TS leaves out what it does not know
  const [codec, config] = [await track.getCodec(), await track.getDecoderConfig()];
  if (!codec || !config) return null;
  checkSize(await track.getCodedWidth(), await track.getCodedHeight());
  const ratio = await track.getPixelAspectRatio();
  const resolution = await track.getTimeResolution();
  return {
    codec,
    config,
    turn: turnOf(await track.getRotation(), await track.getFlip()),
    aspect: ratio.num / ratio.den || 1,
    durationS: await input.getDurationFromMetadata([track]),
    resolution,
    packets: () => packetsOf(track, resolution),
    close: () => input.dispose(),
  };
}

/**
 * @param {any} track
 * @param {number} resolution
 * @returns {AsyncGenerator<VideoPacket, void>}
 */
async function* packetsOf(track, resolution) {
  const start = Math.max(0, Math.round((await track.getFirstTimestamp()) * resolution));
  const packets = new EncodedPacketSink(track).packets();
  for (;;) {
    const packet = await nextPacket(packets);
    if (!packet) return;
    const ticks = Math.round(packet.timestamp * resolution) - start;
    const timeS = ticks / resolution;
    yield {
      ticks,
      timeS,
      endS: timeS + packet.duration,
      isKey: packet.type === 'key',
      sizeBytes: packet.byteLength,
      data: packet.data,
    };
  }
}

/**
 * @param {AsyncGenerator<any, void>} packets
 * @returns {Promise<any>} undefined at the end, and where the file is damaged: what came before counts
 */
async function nextPacket(packets) {
  try {
    return (await packets.next()).value;
  } catch {
    return undefined;
  }
}
