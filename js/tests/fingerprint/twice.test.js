import assert from 'node:assert/strict';
import { test } from 'node:test';

import { twinOf } from '../../src/fingerprint/twice.js';

/** @param {string} sha256 @param {string} pdq */
function fingerprint(sha256, pdq) {
  return /** @type {any} */ ({ version: 1, kind: 'photo', signals: [{ type: 'sha256', value: sha256 }, { type: 'pdq', value: pdq }] });
}
const held = [{ name: 'beach.jpg', fingerprint: fingerprint('aa', '00') }];

test('the same bytes are the same file, however they were read', () => {
  assert.equal(twinOf({ fingerprint: fingerprint('aa', '11'), notes: ['seeked'] }, held), held[0]);
  assert.equal(twinOf({ fingerprint: fingerprint('bb', '00'), notes: [] }, held), null);
});

test('what the program for computers read otherwise is kept beside it', () => {
  assert.equal(twinOf({ fingerprint: fingerprint('aa', '11'), notes: ['program'] }, held), null);
  assert.equal(twinOf({ fingerprint: fingerprint('aa', '00'), notes: ['program'] }, held), held[0]);
});

test('without exact signals only the whole fingerprint tells', () => {
  const bare = /** @type {any} */ ({ version: 1, kind: 'photo', signals: [{ type: 'pdq', value: '00' }] });
  assert.equal(twinOf({ fingerprint: bare, notes: [] }, [{ name: 'a', fingerprint: { ...bare, signals: [] } }]), null);
  assert.equal(twinOf({ fingerprint: bare, notes: [] }, [{ name: 'a', fingerprint: bare }])?.name, 'a');
});
