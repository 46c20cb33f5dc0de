import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dateLocale } from '../../src/base/dates.js';

const at = new Date(Date.UTC(2026, 11, 1, 20, 50));

/** @param {string} locale */
const written = (locale) => new Intl.DateTimeFormat(locale, {
  day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', timeZone: 'UTC',
}).format(at);

test('dates follow the variant of the language that the browser asks for', () => {
  assert.equal(dateLocale('en', ['de-DE', 'en-GB', 'en-US']), 'en-GB');
  assert.equal(written(dateLocale('en', ['en-GB'])), '1 December at 20:50');
  assert.equal(written(dateLocale('en', ['en-US'])), 'December 1 at 08:50 PM');
  assert.equal(dateLocale('fr', ['en-US', 'fr-CA']), 'fr-CA');
});

test('without a wish they are as the server writes them', () => {
  assert.equal(written(dateLocale('en', ['de-DE', 'en'])), '1 December at 20:50');
  assert.equal(dateLocale('es', ['en-US']), 'es');
});
