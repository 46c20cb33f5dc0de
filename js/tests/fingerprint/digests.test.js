import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { digestsOf, digestsOfBytes } from '../../src/fingerprint/digests.js';

const data = Uint8Array.from({ length: 300_001 }, (_, i) => (i * 7) & 255);
const wanted = {
  sha256: createHash('sha256').update(data).digest('hex'),
  md5: createHash('md5').update(data).digest('hex'),
};

test('digests of bytes and of a file read in pieces are the same', async () => {
  const seen = [];

  assert.deepEqual(await digestsOfBytes(data), wanted);
  assert.deepEqual(await digestsOf(new Blob([data]), (done) => seen.push(done)), wanted);
  assert.equal(seen.at(-1), data.length);
});

test('nothing has the digests of nothing', async () => {
  const { md5 } = await digestsOf(new Blob([]), () => {});

  assert.equal(md5, 'd41d8cd98f00b204e9800998ecf8427e');
});

test('a reader that stops in the middle leaves nothing behind for the next', async () => {
  await assert.rejects(digestsOf(new Blob([data]), () => { throw new Error('stop'); }), /stop/);

  assert.deepEqual(await digestsOf(new Blob([data]), () => {}), wanted);
});

test('a file that cannot be read any more has a code', async () => {
  const broken = /** @type {any} */ ({ stream: () => new ReadableStream({ pull: (c) => c.error(new Error('gone')) }) });

  await assert.rejects(digestsOf(broken, () => {}), { code: 'file_unreadable' });
});
