import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { PacketChooser, groups, roundHalfEven } from '../../src/decode/video_plan.js';

const vectors = JSON.parse(await readFile(new URL('../../../tests/vectors/video_plan.json', import.meta.url), 'utf8'));

/** @param {number[]} times @param {Set<number>} keys */
async function* stream(times, keys) {
  for (const [index, timeS] of times.entries()) yield { timeS, isKey: keys.has(index), sizeBytes: 1 };
}

for (const { times, keys, chosen } of vectors.streams) {
  test(`chooses the packets that the library chooses: ${times.length} packets, keyframes ${keys.slice(0, 6)}`, async () => {
    const chooser = new PacketChooser();
    const found = [];
    for await (const group of groups(stream(times, new Set(keys)))) {
      found.push(...[...chooser.needed(group)].map(({ timeS }) => timeS));
    }
    assert.deepEqual(found, chosen.map((/** @type {number} */ index) => times[index]));
  });
}

const seconds = (/** @type {number} */ count, rate = 10) => Array.from({ length: count }, (_, i) => i / rate);

test('groups end at keyframes and know the next one', async () => {
  const found = [];
  for await (const { packets, nextS, nextKey, isLast } of groups(stream(seconds(5), new Set([0, 3])))) {
    found.push([packets.length, nextS, nextKey?.timeS ?? null, isLast]);
  }

  assert.deepEqual(found, [[3, 0.3, 0.3, false], [2, 0.4, null, true]]);
});

test('a group without end is cut', async () => {
  const found = [];
  for await (const { packets, nextS } of groups(stream(seconds(4500), new Set([0])))) found.push([packets.length, nextS]);

  assert.deepEqual(found, [[2000, Infinity], [2000, Infinity], [500, 449.9]]);
});

test('halves are rounded to the even number, as Python does', () => {
  assert.deepEqual([0.5, 1.5, 2.5, 2.4999, 2.5001, -0.5].map(roundHalfEven), [0, 2, 2, 2, 3, 0]);
});
