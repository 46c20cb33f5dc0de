import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';

import { Kernel } from '../src/kernel.js';
import { drawn } from './drawn.js';

const root = new URL('../../', import.meta.url);
const vectors = JSON.parse(await readFile(new URL('tests/vectors/kernel.json', root), 'utf8'));
const hex = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('hex');

/** @type {Kernel} */
let kernel;

before(async () => {
  kernel = await Kernel.load(await readFile(new URL('src/staydown/fingerprinting/kernel.wasm', root)));
});

for (const vector of vectors.pictures) {
  const { width, height, channels, seed } = vector;
  test(`gives the bits of the vectors: ${width} x ${height} x ${channels}`, () => {
    const picture = drawn(width, height, channels, seed);

    const { hash, quality } = kernel.pdq(picture);

    assert.equal(hex(hash), vector.pdq);
    assert.equal(quality, vector.quality);
    assert.equal(hex(kernel.windows(picture)), vector.windows);
  });
}

test('a flat picture has no points', () => {
  const data = new Uint8Array(300 * 200).fill(90);

  const windows = kernel.windows({ data, width: 300, height: 200, channels: 1 });

  assert.equal(windows.length, 8 + 256);
});

test('refuses a picture whose length does not follow from its size', () => {
  const picture = { data: new Uint8Array(10), width: 4, height: 4, channels: /** @type {1} */ (1) };

  assert.throws(() => kernel.pdq(picture), { name: 'InputError', code: 'input_error' });
});

test('refuses a side over 20,000 pixels', () => {
  const picture = { data: new Uint8Array(20001), width: 20001, height: 1, channels: /** @type {1} */ (1) };

  assert.throws(() => kernel.pdq(picture), { code: 'content_too_large' });
});
