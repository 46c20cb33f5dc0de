import assert from 'node:assert/strict';
import { test } from 'node:test';

import { brandsOf, holdsNothing, isPlainlyOther, sniff } from '../../src/decode/sniffing.js';

const bytes = (/** @type {string} */ text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const box = (/** @type {string[]} */ ...brands) =>
  bytes(`\0\0\0${String.fromCharCode(16 + 4 * (brands.length - 1))}ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`);

/** @type {[string, Uint8Array, string][]} */
const KINDS = [
  ['JPEG', bytes('\xff\xd8\xff\xe0'), 'jpeg'],
  ['PNG', bytes('\x89PNG\r\n\x1a\n'), 'png'],
  ['GIF', bytes('GIF89a'), 'gif'],
  ['WebP', bytes('RIFF\0\0\0\0WEBPVP8 '), 'webp'],
  ['AVI', bytes('RIFF\0\0\0\0AVI LIST'), 'video'],
  ['sound in RIFF', bytes('RIFF\0\0\0\0WAVEfmt '), 'unknown'],
  ['TIFF', bytes('II*\0'), 'tiff'],
  ['BMP', bytes(`BM${'\0'.repeat(12)}\x28\0\0\0`), 'bmp'],
  ['text that begins like a BMP', bytes('BM is not a picture at all'), 'unknown'],
  ['Matroska', bytes('\x1aE\xdf\xa3'), 'video'],
  ['QuickTime without a brand', bytes('\0\0\0\x08wide\0\0'), 'video'],
  ['a transport stream', bytes(`G${'\0'.repeat(187)}G${'\0'.repeat(187)}G`), 'video'],
  ['a transport stream with times', bytes(`\0\0\0\0G${'\0'.repeat(191)}G`), 'video'],
  ['one G', bytes('Go'), 'unknown'],
  ['AVIF', box('avif', 'mif1'), 'avif'],
  ['AVIF whose major brand is general', box('mif1', 'avif'), 'avif'],
  ['HEIC', box('heic', 'mif1'), 'heif'],
  ['MP4', box('isom', 'avc1'), 'video'],
  ['MP4 that names HEIC beside', box('mp42', 'heic'), 'video'],
  ['nothing', bytes(''), 'unknown'],
];

for (const [name, data, kind] of KINDS) {
  test(`tells by the first bytes: ${name}`, () => assert.equal(sniff(data), kind));
}

test('looks into a part of a larger buffer', () => {
  const whole = bytes(`....${String.fromCharCode(...box('heic', 'mif1'))}`);

  assert.equal(sniff(whole.subarray(4)), 'heif');
  assert.deepEqual(brandsOf(whole.subarray(4)), ['heic', 'mif1']);
});

test('a file that holds nothing is told apart from one of an unknown kind', () => {
  assert.equal(holdsNothing(new Uint8Array(0)), true);
  assert.equal(holdsNothing(new Uint8Array(512)), true, 'a copy that was broken off leaves zeros');
  assert.equal(holdsNothing(new TextEncoder().encode('a note')), false);
  assert.equal(holdsNothing(Uint8Array.of(0, 0, 0, 1)), false);
});

test('a text, a PDF and an archive are plainly no picture or video, and unknown bytes may be one', () => {
  const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
  assert.equal(isPlainlyOther(bytes('this is not a photo')), true);
  assert.equal(isPlainlyOther(bytes(`\uFEFFZwei Zeilen\r\n\tund ${'ü'.repeat(300)}`)), true, 'the last letter is cut');
  assert.equal(isPlainlyOther(bytes('%PDF-1.7\n\0\0')), true);
  assert.equal(isPlainlyOther(Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0xff)), true);
  assert.equal(isPlainlyOther(bytes('GIF89a')), false);
  assert.equal(isPlainlyOther(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)), false);
  assert.equal(isPlainlyOther(Uint8Array.of(0x41, 0x42, 0, 0x43)), false);
  assert.equal(isPlainlyOther(Uint8Array.of(0x41, 0xe9, 0x43)), false, 'no UTF-8, so not plainly a text');
});
