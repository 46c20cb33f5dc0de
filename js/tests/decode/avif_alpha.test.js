import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { splitAlpha } from '../../src/decode/avif_alpha.js';

/** 8 x 6 pixels that fade, by Pillow. */
const FADING = new Uint8Array(Buffer.from(
  'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAGGbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAA' +
  'AAAAAAAOcGl0bQAAAAAAAQAAACxpbG9jAAAAAEQAAAIAAQAAAAEAAAHIAAAANgACAAAAAQAAAa4AAAAaAAAAQmlpbmYAAAAAAAIA' +
  'AAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAABppbmZlAgAAAAACAABhdjAxQWxwaGEAAAAAGmlyZWYAAAAAAAAADmF1eGwAAgAB' +
  'AAEAAADDaXBycAAAAJ1pcGNvAAAAFGlzcGUAAAAAAAAACAAAAAYAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJu' +
  'Y2x4AAEADQAGgAAAAA5waXhpAAAAAAEIAAAADGF2MUOBABwAAAAAOGF1eEMAAAAAdXJuOm1wZWc6bXBlZ0I6Y2ljcDpzeXN0ZW1z' +
  'OmF1eGlsaWFyeTphbHBoYQAAAAAeaXBtYQAAAAAAAAACAAEEAQKDBAACBAEFhgcAAABYbWRhdBIACgUYCL1hUDIPFkAYYQAE2eUB' +
  '93CET30gEgAKCBgIvWiAhoNCMigXh4eGIYSSSSZQAAAASFQ20wAgAY5vDg5CvkNho8Eqi9Rybxj9Zwsc', 'base64'));
const vectors = JSON.parse(await readFile(new URL('../../../tests/vectors/pixels.json', import.meta.url), 'utf8'));

/** Where the two differ, and what stands there in the second. */
function changes(/** @type {Uint8Array} */ a, /** @type {Uint8Array} */ b) {
  assert.equal(a.length, b.length);
  return [...b.keys()].filter((at) => a[at] !== b[at]).map((at) => [at, b[at]]);
}

const find = (/** @type {string} */ name) => Buffer.from(FADING).indexOf(name);

test('colours lose their alpha, and alpha becomes the picture, without moving a byte', () => {
  const parts = splitAlpha(FADING);

  assert.ok(parts);
  assert.equal(Buffer.from(parts.colours).toString('latin1', find('auxl'), find('auxl') + 4), 'skip');
  assert.equal(changes(FADING, parts.colours).length, 4);
  assert.deepEqual(changes(FADING, parts.alpha), [[find('pitm') + 9, 2]]);
});

test('a picture without alpha stays one', () => {
  const { file } = vectors.files.find((/** @type {any} */ one) => one.name === 'avif');

  assert.equal(splitAlpha(new Uint8Array(Buffer.from(file, 'base64'))), null);
});

test('what belongs to the picture and is no alpha stays where it is', () => {
  const depth = FADING.slice();
  depth.set(Buffer.from('depth'), Buffer.from(depth).indexOf('auxiliary:alpha') + 10);

  assert.equal(splitAlpha(depth), null);
});

test('colours that are multiplied with alpha are left to the browser', () => {
  const both = FADING.slice();
  both.set(Buffer.from('prem'), find('auxl'));
  both.set([0, 1, 0, 1, 0, 2], find('auxl') + 4);

  assert.equal(splitAlpha(both), null);
});

test('never throws on a file that is cut off or damaged', () => {
  for (let size = 0; size < FADING.length; size += 1) splitAlpha(FADING.slice(0, size));
  for (let at = 0; at < FADING.length; at += 1) {
    const damaged = FADING.slice();
    damaged[at] ^= 0xff;
    splitAlpha(damaged);
  }
});
