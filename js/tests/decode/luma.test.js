import assert from 'node:assert/strict';
import { test } from 'node:test';

import { turnOf, upright } from '../../src/decode/luma.js';

const plane = { data: Uint8Array.from([1, 2, 3, 4, 5, 6]), width: 3, height: 2 };
const shown = (/** @type {number} */ rotation, mirrored = false) => {
  const { data, width, height } = upright(plane, 1, turnOf(rotation, mirrored));
  return [width, height, [...data]];
};

test('turns clockwise, then mirrors', () => {
  assert.deepEqual(shown(0), [3, 2, [1, 2, 3, 4, 5, 6]]);
  assert.deepEqual(shown(90), [2, 3, [4, 1, 5, 2, 6, 3]]);
  assert.deepEqual(shown(180), [3, 2, [6, 5, 4, 3, 2, 1]]);
  assert.deepEqual(shown(270), [2, 3, [3, 6, 2, 5, 1, 4]]);
  assert.deepEqual(shown(0, true), [3, 2, [3, 2, 1, 6, 5, 4]]);
  assert.deepEqual(shown(90, true), [2, 3, [1, 4, 2, 5, 3, 6]]);
});

test('a turn by minus 90 is one by 270', () => assert.deepEqual(turnOf(-90, false), turnOf(270, false)));

test('oblong pixels become square by averages of areas', () => {
  const wide = { data: Uint8Array.from([10, 20, 30, 40, 50, 60, 70, 80]), width: 2, height: 4 };
  const none = turnOf(0, false);

  assert.deepEqual([...upright(wide, 2, none).data], [20, 30, 60, 70]);
  assert.deepEqual([...upright({ ...wide, width: 4, height: 2 }, 0.5, none).data], [15, 35, 55, 75]);
});

test('a stretch beyond all sense is held at eight', () => {
  const tall = { data: new Uint8Array(32), width: 1, height: 32 };

  assert.equal(upright(tall, 1000, turnOf(0, false)).height, 4);
});
