/**
 * Which packets of a video are decoded: as few as the sampling allows (ADR-0012).
 * The same rules as `mode="banking"` in src/staydown/decode/video_plan.py.
 * @module
 */

/** Seconds between samples. */
export const STEP_S = 0.25;
/** A sample may come this share of a step early: frames do not stand on the grid of samples. */
export const SLACK = 0.75;
/** Where keyframes are denser than this, some are left out. */
const KEY_STEP_S = 0.25;
/** A keyframe, or the end, that is at most this far from the last sample is jumped to. */
const MAX_GAP_S = 0.35;
const END_SHARE = 0.4;
const GROUP_PACKETS = 2000;
const GROUP_BYTES = 32 * 2 ** 20;

/**
 * @typedef {object} TimedPacket
 * @property {number} timeS - presentation time from the start of the picture
 * @property {boolean} isKey
 * @property {number} sizeBytes
 */

/**
 * Packets from one keyframe up to the next, in decoding order.
 * @template {TimedPacket} P
 * @typedef {object} Group
 * @property {P[]} packets - at least one
 * @property {number} nextS - time of the next keyframe, or the end; infinite where the group was cut because it is long
 * @property {P | null} nextKey - the keyframe after them
 * @property {boolean} isLast - whether `nextS` is the end of the video
 */

/**
 * Cut a stream of packets at its keyframes. Holds one group at a time.
 *
 * @template {TimedPacket} P
 * @param {AsyncIterable<P>} packets
 * @returns {AsyncGenerator<Group<P>, void>}
 */
export async function* groups(packets) {
  /** @type {P[]} */
  let held = [];
  let sizeBytes = 0;
  let endS = 0;
  for await (const packet of packets) {
    const isLong = held.length >= GROUP_PACKETS || sizeBytes > GROUP_BYTES;
    if (held.length > 0 && (packet.isKey || isLong)) {
      const nextKey = packet.isKey ? packet : null;
      yield { packets: held, nextS: nextKey?.timeS ?? Infinity, nextKey, isLast: false };
      held = [];
      sizeBytes = 0;
    }
    held.push(packet);
    sizeBytes += packet.sizeBytes;
    endS = Math.max(endS, packet.timeS);
  }
  if (held.length > 0) yield { packets: held, nextS: endS, nextKey: null, isLast: true };
}

/** Leaves out the packets that no sample needs. */
export class PacketChooser {
  #lastS = -Infinity;
  #hasDropped = false;

  /**
   * The packets of a group to decode, in order.
   *
   * Pictures that are shown before their keyframe may lean on packets that were left out, so they go too.
   *
   * @template {TimedPacket} P
   * @param {Group<P>} group
   * @returns {Generator<P, void>}
   */
  *needed(group) {
    const [first, ...rest] = group.packets;
    if (first.isKey && group.nextS - this.#lastS <= KEY_STEP_S) {
      this.#hasDropped = true;
      return;
    }
    yield first;
    this.#sample(first.timeS);
    const isAfterGap = this.#hasDropped && first.isKey;
    this.#hasDropped = false;
    for (const packet of rest) {
      if (this.#isNear(group)) {
        this.#hasDropped = true;
        return;
      }
      if (isAfterGap && packet.timeS < first.timeS) continue;
      yield packet;
      if (packet.timeS >= this.#lastS + STEP_S) this.#sample(packet.timeS);
    }
  }

  /** @param {number} timeS */
  #sample(timeS) {
    this.#lastS = Math.max(this.#lastS, timeS);
  }

  /**
   * Whether the next keyframe can be jumped to, or the end be left out.
   *
   * @param {Group<any>} group
   */
  #isNear(group) {
    const gapS = group.nextS - this.#lastS;
    return gapS <= (group.isLast ? Math.min(MAX_GAP_S, END_SHARE * group.nextS) : MAX_GAP_S);
  }
}

/**
 * Round as Python does, halves to the even number, so that times are the same.
 *
 * @param {number} value
 * @returns {number}
 */
export function roundHalfEven(value) {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}
