import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dateLocale, momentWords } from '../../src/base/dates.js';

const at = new Date(Date.UTC(2026, 11, 1, 20, 50));

/** @param {string} locale */
const written = (locale) => new Intl.DateTimeFormat(locale, {
  day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', timeZone: 'UTC',
}).format(at);

test('English is written in one way, whatever the browser asks for', () => {
  for (const wanted of [['en-GB'], ['en-US'], ['de-DE', 'en-US', 'en-GB'], []]) {
    assert.equal(written(dateLocale('en', wanted)), '1 December at 20:50');
  }
});

test('other languages follow the variant that the browser asks for', () => {
  assert.equal(dateLocale('fr', ['en-US', 'fr-CA']), 'fr-CA');
  assert.equal(dateLocale('es', ['es-MX']), 'es-MX');
});

test('without a wish they are as the server writes them', () => {
  assert.equal(written(dateLocale('en', ['de-DE', 'en'])), '1 December at 20:50');
  assert.equal(dateLocale('es', ['en-US']), 'es');
});

test('the day of the week stands last, so that it fits after each word before it', () => {
  const said = (/** @type {string} */ locale) => momentWords(
    at, locale, { now: new Date(Date.UTC(2026, 0, 1)), timeZone: 'UTC' },
  );
  assert.equal(said('en-GB'), '1 December 2026, 20:50 UTC (Tuesday)');
  assert.match(said('de'), /^1\. Dezember um 20:50 UTC \(Dienstag\)$/u);
  assert.match(said('es'), /^1 de diciembre a las 20:50 UTC \(martes\)$/u);
  assert.match(said('fr'), /^1 décembre à 20:50 UTC \(mardi\)$/u);
});

test('the year is said where it is not this one, and in English always', () => {
  const next = { now: new Date(Date.UTC(2027, 0, 1)), timeZone: 'UTC' };
  assert.match(momentWords(at, 'en-GB', next), /^1 December 2026, 20:50 UTC \(Tuesday\)$/u);
  assert.match(momentWords(at, 'es', next), /^1 de diciembre de 2026 a las 20:50 UTC \(martes\)$/u);
});
