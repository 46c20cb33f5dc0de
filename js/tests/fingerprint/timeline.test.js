import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bitsBetween, toBase64, toHex } from '../../src/fingerprint/bytes.js';
import { TimelineBuilder } from '../../src/fingerprint/timeline.js';

const picture = { data: new Uint8Array(1), width: 1, height: 1, channels: /** @type {1} */ (1) };

/**
 * A builder whose frames have these hashes and qualities, and windows of so many points.
 *
 * @param {{bits: number, quality?: number}[]} frames - bits: how many of the first bits are set
 * @param {number} points
 */
function builder(frames, points = 64) {
  let next = 0;
  return new TimelineBuilder({
    pdq: () => {
      const { bits, quality = 100 } = frames[next];
      next += 1;
      const hash = new Uint8Array(32);
      for (let bit = 0; bit < bits; bit += 1) hash[bit >> 3] |= 128 >> (bit & 7);
      return { hash, quality };
    },
    windows: () => {
      const raw = new Uint8Array(264 + 36 * points);
      new DataView(raw.buffer).setUint16(6, points, true);
      return raw;
    },
  });
}

test('a frame is kept where it moved by 14 bits, and once a second where not', () => {
  const made = builder([{ bits: 0 }, { bits: 13 }, { bits: 14 }, { bits: 20 }, { bits: 20 }]);

  assert.deepEqual([0, 100, 200, 300, 1200].map((timeMs) => made.add(timeMs, picture)), [true, false, true, false, true]);
});

test('blank frames are not told apart and get no windows', () => {
  const made = builder([{ bits: 0, quality: 0 }, { bits: 90, quality: 9 }]);
  const kept = [made.add(0, picture), made.add(100, picture)];
  const view = new DataView(made.finish(100).buffer);

  assert.deepEqual(kept, [true, false]);
  assert.deepEqual([view.getUint32(8, true), view.getUint32(12, true)], [1, 0]);
});

test('the canonical form: header, rows, windows with their length', () => {
  const made = builder([{ bits: 0 }, { bits: 20, quality: 77 }]);
  made.add(0, picture);
  made.add(250, picture);
  const raw = made.finish(0);
  const view = new DataView(raw.buffer);

  assert.deepEqual([raw[0], raw[1], view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)], [1, 0, 250, 2, 1]);
  assert.deepEqual([view.getUint32(16 + 37, true), raw[16 + 37 + 4]], [250, 77]);
  assert.deepEqual([view.getUint32(16 + 74, true), view.getUint32(16 + 78, true)], [0, 264 + 36 * 64]);
  assert.equal(raw.length, 16 + 74 + 8 + 264 + 36 * 64);
});

test('windows with fewer than eight points are not worth their place', () => {
  const made = builder([{ bits: 0 }], 7);
  made.add(0, picture);

  assert.equal(new DataView(made.finish(0).buffer).getUint32(12, true), 0);
});

test('windows come at a new scene after a second, else every two while it moves', () => {
  const bits = [0, 90, 180, 200, 20, 40, 60, 80];
  const made = builder(bits.map((one) => ({ bits: one })), 20);
  for (const [index] of bits.entries()) made.add(600 * index, picture);
  const raw = made.finish(0);
  const view = new DataView(raw.buffer);
  const frames = [];
  for (let at = 16 + 37 * bits.length; at < raw.length; at += 8 + view.getUint32(at + 4, true)) frames.push(view.getUint32(at, true));

  assert.deepEqual(frames, [0, 2, 4]);
});

test('bits, hex and base64', () => {
  assert.equal(bitsBetween(Uint8Array.from([0xff, 1]), Uint8Array.from([0x0f, 0])), 5);
  assert.equal(toHex(Uint8Array.from([0, 15, 255])), '000fff');
  const long = new Uint8Array(100_000).fill(7);
  assert.equal(toBase64(long), Buffer.from(long).toString('base64'));
});
