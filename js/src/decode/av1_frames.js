/**
 * Whether the picture that a packet of AV1 shows is kept for later pictures to refer to.
 * Source: AV1 bitstream specification, sections 5.3 (OBU), 5.5 (sequence header), 5.9 (frame header).
 * @module
 */
import { BitReader } from './bits.js';

const OBU_SEQUENCE = 1;
const OBU_FRAME_HEADER = 3;
const OBU_FRAME = 6;
const KEY = 0;
const INTRA_ONLY = 2;
const SWITCH = 3;
const SELECT = 2;
const ALL = 0xff;

/**
 * What of a sequence header decides where the fields of a frame header lie.
 * @typedef {object} Sequence
 * @property {boolean} isStill
 * @property {boolean} hasModel - decoder model info
 * @property {boolean} equalInterval
 * @property {number} removalBits
 * @property {number} presentationBits
 * @property {{idc: number, hasModel: boolean}[]} points - operating points
 * @property {number} idBits - 0 where frames have no numbers
 * @property {number} screenTools
 * @property {number} integerMotion
 * @property {number} orderBits
 */

/** Reads the headers of one stream's packets in order. */
export class Av1Frames {
  /** @type {Sequence | null} */
  #sequence = null;

  /**
   * @param {Uint8Array} packet - one temporal unit
   * @returns {boolean} false where the shown picture is referred to by none; true where that cannot be told
   */
  isReference(packet) {
    let answer = true;
    for (const { type, temporal, spatial, payload } of obusOf(packet)) {
      if (type === OBU_SEQUENCE) this.#sequence = readSequence(new BitReader(payload));
      if ((type === OBU_FRAME || type === OBU_FRAME_HEADER) && this.#sequence) {
        const frame = readFrame(new BitReader(payload), this.#sequence, temporal, spatial);
        if (frame.isShown) answer = frame.refresh !== 0;
      }
    }
    return answer;
  }
}

/**
 * @param {Uint8Array} packet
 * @returns {Generator<{type: number, temporal: number, spatial: number, payload: Uint8Array}, void>}
 */
function* obusOf(packet) {
  let at = 0;
  while (at < packet.length) {
    const head = packet[at];
    const hasExtension = (head & 4) !== 0;
    const extension = hasExtension ? packet[at + 1] : 0;
    at += hasExtension ? 2 : 1;
    let size = packet.length - at;
    if (head & 2) {
      size = 0;
      for (let shift = 0; shift < 56; shift += 7) {
        const byte = packet[at] ?? 0;
        at += 1;
        size += (byte & 0x7f) * 2 ** shift;
        if (!(byte & 0x80)) break;
      }
    }
    const payload = packet.subarray(at, at + size);
    yield { type: (head >> 3) & 15, temporal: extension >> 5, spatial: (extension >> 3) & 3, payload };
    at += size;
  }
}

/**
 * @param {BitReader} bits
 * @returns {Sequence}
 */
function readSequence(bits) {
  bits.skip(4); // profile, still picture
  const isStill = bits.flag(); // reduced still picture header
  /** @type {Sequence} */
  const made = {
    isStill,
    hasModel: false,
    equalInterval: false,
    removalBits: 0,
    presentationBits: 0,
    points: [],
    idBits: 0,
    screenTools: SELECT,
    integerMotion: SELECT,
    orderBits: 0,
  };
  if (isStill) bits.skip(5);
  else readOperatingPoints(bits, made);
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  bits.skip(widthBits + heightBits);
  if (!isStill && bits.flag()) {
    const deltaBits = bits.read(4) + 2;
    made.idBits = bits.read(3) + 1 + deltaBits;
  }
  bits.skip(3); // 128x128 blocks, filter intra, intra edge
  if (!isStill) readTools(bits, made);
  return made;
}

/**
 * @param {BitReader} bits
 * @param {Sequence} made
 */
function readOperatingPoints(bits, made) {
  let delayBits = 0;
  if (bits.flag()) {
    bits.skip(64);
    made.equalInterval = bits.flag();
    if (made.equalInterval) bits.skipUvlc();
    made.hasModel = bits.flag();
    if (made.hasModel) {
      delayBits = bits.read(5) + 1;
      bits.skip(32);
      made.removalBits = bits.read(5) + 1;
      made.presentationBits = bits.read(5) + 1;
    }
  }
  const hasDelay = bits.flag();
  const count = bits.read(5) + 1;
  for (let i = 0; i < count; i += 1) {
    const idc = bits.read(12);
    if (bits.read(5) > 7) bits.skip(1);
    const hasModel = made.hasModel && bits.flag();
    if (hasModel) bits.skip(2 * delayBits + 1);
    if (hasDelay && bits.flag()) bits.skip(4);
    made.points.push({ idc, hasModel });
  }
}

/**
 * @param {BitReader} bits
 * @param {Sequence} made
 */
function readTools(bits, made) {
  bits.skip(4); // interintra, masked compound, warped motion, dual filter
  const hasOrder = bits.flag();
  if (hasOrder) bits.skip(2);
  made.screenTools = bits.flag() ? SELECT : bits.read(1);
  if (made.screenTools > 0) made.integerMotion = bits.flag() ? SELECT : bits.read(1);
  if (hasOrder) made.orderBits = bits.read(3) + 1;
}

/**
 * @param {BitReader} bits
 * @param {Sequence} sequence
 * @param {number} temporal
 * @param {number} spatial
 * @returns {{isShown: boolean, refresh: number}}
 */
function readFrame(bits, sequence, temporal, spatial) {
  if (sequence.isStill) return { isShown: true, refresh: ALL };
  if (bits.flag()) return { isShown: true, refresh: ALL }; // shows a picture that was kept
  const type = bits.read(2);
  const isShown = bits.flag();
  if (isShown && sequence.hasModel && !sequence.equalInterval) bits.skip(sequence.presentationBits);
  if (!isShown) bits.skip(1);
  if (type === SWITCH || (type === KEY && isShown)) return { isShown, refresh: ALL };
  const isResilient = bits.flag();
  bits.skip(1); // disable_cdf_update
  const usesScreenTools = sequence.screenTools === SELECT ? bits.flag() : sequence.screenTools === 1;
  if (usesScreenTools && sequence.integerMotion === SELECT) bits.skip(1);
  bits.skip(sequence.idBits);
  bits.skip(1); // frame_size_override
  bits.skip(sequence.orderBits);
  const isIntra = type === KEY || type === INTRA_ONLY;
  if (!isIntra && !isResilient) bits.skip(3);
  if (sequence.hasModel && bits.flag()) {
    for (const { idc, hasModel } of sequence.points) {
      const isIn = idc === 0 || ((idc >> temporal) & 1 && (idc >> (spatial + 8)) & 1);
      if (hasModel && isIn) bits.skip(sequence.removalBits);
    }
  }
  return { isShown, refresh: bits.read(8) };
}
