import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Av1Frames } from '../../src/decode/av1_frames.js';
import { BitReader } from '../../src/decode/bits.js';
import { referencesOf } from '../../src/decode/references.js';

const avcC = Uint8Array.from([1, 100, 0, 31, 0xff]);
const hvcC = new Uint8Array(22).fill(0xff);
const unit = (/** @type {number[]} */ ...body) => [0, 0, 0, body.length, ...body];

test('H.264: the first slice tells whether a picture is referred to', () => {
  const { isReference } = referencesOf('avc', avcC);

  assert.equal(isReference(Uint8Array.from([...unit(0x06, 5), ...unit(0x41, 9)])), true);
  assert.equal(isReference(Uint8Array.from([...unit(0x06, 5), ...unit(0x01, 9)])), false);
  assert.equal(isReference(Uint8Array.from(unit(0x06, 5))), true);
});

test('H.264 with start codes', () => {
  const { isReference, isClean } = referencesOf('avc', null);
  const packet = (/** @type {number} */ type) => Uint8Array.from([0, 0, 0, 1, 9, 16, 0, 0, 1, type, 3, 4]);

  assert.deepEqual([0x41, 0x01, 0x65].map((type) => isReference(packet(type))), [true, false, true]);
  assert.deepEqual([0x41, 0x65].map((type) => isClean(packet(type))), [false, true]);
});

test('HEVC: even types up to 14 are for no other picture, CRA is not clean', () => {
  const { isReference, isClean } = referencesOf('hevc', hvcC);
  const packet = (/** @type {number} */ type) => Uint8Array.from(unit(type << 1, 1, 7));

  assert.deepEqual([0, 1, 8, 9, 14, 19, 21].map((type) => isReference(packet(type))),
    [false, true, false, true, false, true, true]);
  assert.deepEqual([16, 19, 20, 21].map((type) => isClean(packet(type))), [true, true, true, false]);
});

test('damaged packets count as references', () => {
  for (const codec of ['avc', 'hevc', 'vp8', 'vp9', 'av1']) {
    const { isReference } = referencesOf(codec, codec === 'hevc' ? hvcC : avcC);
    assert.equal(isReference(new Uint8Array(0)), true, codec);
    for (let size = 1; size < 40; size += 1) isReference(new Uint8Array(size).fill(255));
  }
});

/** @param {string} bits */
const packed = (bits) => Uint8Array.from(bits.padEnd(8 * Math.ceil(bits.length / 8), '0').match(/.{8}/g) ?? [], (b) => parseInt(b, 2));
const obu = (/** @type {number} */ type, /** @type {Uint8Array} */ body) => [(type << 3) | 2, body.length, ...body];
// Profile 0, no timing, one operating point, 1 x 1 pixel bits, no ids, tools off, order hints of 7 bits.
const SEQUENCE = packed('000' + '0' + '0' + '0' + '0' + '00000' + '000000000000' + '00000' + '0000' + '0000' + '0' + '0' + '0'
  + '000' + '0000' + '1' + '00' + '1' + '1' + '110');
// An inter frame that is shown, not resilient, without screen content, order hint 5, primary reference 0.
const inter = (/** @type {string} */ refresh) => packed('0' + '01' + '1' + '0' + '0' + '0' + '0' + '0000101' + '000' + refresh);

test('AV1: a shown frame that refreshes nothing is referred to by none', () => {
  const frames = new Av1Frames();
  const start = Uint8Array.from([...obu(2, new Uint8Array(0)), ...obu(1, SEQUENCE), ...obu(6, packed('0' + '00' + '1' + '0'.repeat(40)))]);

  assert.equal(frames.isReference(start), true);
  assert.equal(frames.isReference(Uint8Array.from(obu(6, inter('00000000')))), false);
  assert.equal(frames.isReference(Uint8Array.from(obu(6, inter('00000100')))), true);
  assert.equal(frames.isReference(Uint8Array.from(obu(3, packed('1' + '010')))), true);
});

test('bits are read from the most significant one, and zeros after the end', () => {
  const bits = new BitReader(Uint8Array.from([0b10110000]));

  assert.deepEqual([bits.read(1), bits.read(3), bits.flag(), bits.read(8)], [1, 3, false, 0]);
});
