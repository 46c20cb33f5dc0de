import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { withoutExif } from '../../src/decode/photo.js';
import { webpChunks } from '../../src/decode/headers.js';
import { compositeOnWhite, openPixels } from '../../src/decode/strips.js';

test('alpha is composited on white with the quotient rounded to nearest, for every pair', () => {
  const rgba = new Uint8Array(4 * 256 * 256);
  for (let i = 0; i < 65536; i += 1) rgba.set([i & 255, i & 255, i & 255, i >> 8], 4 * i);

  compositeOnWhite(rgba);

  for (let i = 0; i < 65536; i += 1) {
    const [colour, alpha] = [i & 255, i >> 8];
    assert.equal(rgba[4 * i], Math.round((colour * alpha + 255 * (255 - alpha)) / 255));
  }
});

test('rows come from the top', () => {
  const { strips } = openPixels(Uint8Array.from({ length: 16 }, (_, i) => (i % 4 === 3 ? 255 : i)), 1, 4);

  assert.deepEqual([...strips.read(1, 2)], [4, 5, 6, 255, 8, 9, 10, 255]);
});

test('the EXIF of a WebP is taken out of sight without moving a byte', async () => {
  const vectors = JSON.parse(await readFile(new URL('../../../tests/vectors/pixels.json', import.meta.url), 'utf8'));
  const { file } = vectors.files.find((/** @type {any} */ one) => one.name === 'webp whose orientation is ignored');
  const data = new Uint8Array(Buffer.from(file, 'base64'));

  const hidden = withoutExif(data);

  assert.equal(hidden.length, data.length);
  assert.deepEqual(webpChunks(hidden).map(({ name }) => name).includes('EXIF'), false);
  assert.equal(webpChunks(data).some(({ name }) => name === 'EXIF'), true);
  const plain = data.slice(0, 40);
  assert.equal(withoutExif(plain), plain);
});
