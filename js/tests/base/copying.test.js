/** What reaches the clipboard, and what a browser's refusal does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { copied } from '../../src/base/copying.js';

test('the text goes without the line breaks at its end', async () => {
  const taken = [];
  const clipboard = {
    async writeText(/** @type {string} */ text) {
      taken.push(text);
    },
  };
  assert.equal(await copied('one\n  two\n\n', clipboard), true);
  assert.deepEqual(taken, ['one\n  two']);
});

test('a refusal is told, another error is not swallowed', async () => {
  const refusing = {
    async writeText() {
      throw new DOMException('no', 'NotAllowedError');
    },
  };
  const broken = {
    async writeText() {
      throw new TypeError('broken');
    },
  };
  assert.equal(await copied('text', refusing), false);
  await assert.rejects(copied('text', broken), TypeError);
});
