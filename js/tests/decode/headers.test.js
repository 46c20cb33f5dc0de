import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { headerSize, moves, webpChunks } from '../../src/decode/headers.js';
import { sniff } from '../../src/decode/sniffing.js';

const vectors = JSON.parse(await readFile(new URL('../../../tests/vectors/pixels.json', import.meta.url), 'utf8'));
const TURNED = new Set(['jpeg with orientation 5', 'jpeg with orientation 6', 'jpeg with orientation 7',
  'jpeg with orientation 8', 'png with orientation 6']);

for (const { name, file, width, height } of vectors.files) {
  const data = new Uint8Array(Buffer.from(file, 'base64'));
  const format = sniff(data);
  test(`reads the size before anything is decoded: ${name}`, () => {
    const stored = TURNED.has(name) ? [height, width] : [width, height];
    assert.deepEqual(headerSize(data, format), format === 'avif' ? null : stored);
  });
  test(`says that a still picture does not move: ${name}`, () => assert.equal(moves(data, format), false));
  test(`never throws on a header that is cut off: ${name}`, () => {
    for (let size = 0; size < Math.min(data.length, 120); size += 1) {
      headerSize(data.subarray(0, size), format);
      if (size > 12) moves(data.subarray(0, size), format);
    }
  });
}

test('counts the pictures of a GIF', () => {
  const head = [...Buffer.from('GIF89a'), 1, 0, 1, 0, 0, 0, 0];
  const picture = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const control = [0x21, 0xf9, 4, 0, 0, 0, 0, 0];

  assert.equal(moves(Uint8Array.from([...head, ...control, ...picture, 0x3b]), 'gif'), false);
  assert.equal(moves(Uint8Array.from([...head, ...picture, ...control, ...picture, 0x3b]), 'gif'), true);
});

test('a PNG whose animation has one frame does not move', () => {
  const png = (/** @type {number} */ frames) =>
    Uint8Array.from([...Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 0, 0, 0, 8, ...Buffer.from('acTL'),
      0, 0, 0, frames, 0, 0, 0, 0, 0, 0, 0, 0]);

  assert.equal(moves(png(1), 'png'), false);
  assert.equal(moves(png(2), 'png'), true);
});

test('chunks of WebP with odd sizes are padded', () => {
  const chunk = (/** @type {string} */ name, /** @type {number} */ size) =>
    [...Buffer.from(name), size, 0, 0, 0, ...new Array(size + (size & 1)).fill(0)];
  const data = Uint8Array.from([...Buffer.from('RIFF\0\0\0\0WEBP'), ...chunk('VP8X', 10), ...chunk('EXIF', 3), ...chunk('ANMF', 2)]);

  assert.deepEqual(webpChunks(data).map(({ name, size }) => [name, size]), [['VP8X', 10], ['EXIF', 3], ['ANMF', 2]]);
});
