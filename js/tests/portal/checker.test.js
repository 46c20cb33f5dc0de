/** Under which rules a notice is complete, and the sentence that says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findingsUnder, summaryOf } from '../../src/portal/checker.js';

const element = (id, more = {}) => ({
  id, label: id, remedy: `Give ${id}`, allOf: [`has_${id}`], anyOf: [], onlyIf: '', fields: [id], ...more,
});
const law = (...elements) => ({ title: 'A law', clock: '', elements, texts: {} });
const SIGNED = law(element('signature'), element('authority', { onlyIf: 'is_representative' }));
const REACHED = law(element('contact', { allOf: [], anyOf: ['has_email', 'has_phone'] }));
const TEXTS = { checkAll: 'all', checkNone: 'none', checkOne: 'one, of {n}', checkSome: '{valid} of {n}' };

test('each law is judged by itself, element by element', () => {
  const findings = findingsUnder([SIGNED, REACHED], { has_signature: true });
  assert.deepEqual(findings.map(({ isValid }) => isValid), [true, false]);
  assert.deepEqual(findings[0].rows.map(({ element: one, isMet }) => [one.id, isMet]), [['signature', true]]);
  assert.deepEqual(findings[1].rows.map(({ element: one, isMet }) => [one.id, isMet]), [['contact', false]]);
});

test('what is asked of a representative alone is shown to a representative alone', () => {
  const [finding] = findingsUnder([SIGNED], { has_signature: true, is_representative: true });
  assert.equal(finding.isValid, false);
  assert.deepEqual(finding.rows.map(({ element: one, isMet }) => [one.id, isMet]), [
    ['signature', true], ['authority', false],
  ]);
});

test('the sentence says all, some or none', () => {
  const some = findingsUnder([SIGNED, REACHED], { has_signature: true });
  assert.equal(summaryOf(some, TEXTS), 'one, of 2', 'its own words: a noun after it is singular in French');
  const two = findingsUnder([SIGNED, SIGNED, REACHED], { has_signature: true });
  assert.equal(summaryOf(two, TEXTS), '2 of 3');
  assert.equal(summaryOf(findingsUnder([SIGNED, REACHED], {}), TEXTS), 'none');
  assert.equal(summaryOf(findingsUnder([REACHED], { has_phone: true }), TEXTS), 'all');
});
