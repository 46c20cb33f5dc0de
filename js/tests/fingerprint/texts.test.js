import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Wording } from '../../src/fingerprint/texts.js';
import { secondsLeft } from '../../src/fingerprint/time_left.js';

const texts = {
  nowReady: '{name} is ready.',
  secondsLeft: { one: 'about {n} second left', other: 'about {n} seconds left' },
  minutesLeft: { one: 'about {n} minute left', other: 'about {n} minutes left' },
  leaveOut: 'You can leave it out, or {program}.',
  reasons: { decode_error: 'Damaged.', other: 'Cannot be read.' },
};
const words = new Wording(texts, 'en');

test('blanks are filled once, whatever the name holds', () => {
  assert.equal(words.say('nowReady', { name: '{name}$&.jpg' }), '{name}$&.jpg is ready.');
});

test('plurals follow the language', () => {
  assert.deepEqual([words.timeLeft(1), words.timeLeft(20), words.timeLeft(120)],
    ['about 1 second left', 'about 20 seconds left', 'about 2 minutes left']);
  const french = new Wording({ count: { one: '{n} fichier', other: '{n} fichiers' } }, 'fr');
  assert.deepEqual([0, 1, 2, 2_000_000].map((n) => french.say('count', { n }, n)),
    ['0 fichier', '1 fichier', '2 fichiers', '2000000 fichiers']);
});

test('an unknown code gets the general sentence', () => {
  assert.equal(words.sentence('reasons', 'decode_error'), 'Damaged.');
  assert.equal(words.sentence('reasons', 'brand_new'), 'Cannot be read.');
  assert.equal(words.sentence('notes', 'brand_new'), 'brand_new');
});

test('a text is split where a link stands, also where a translation has none', () => {
  assert.deepEqual(words.around('leaveOut', 'program'), ['You can leave it out, or ', '.']);
  assert.deepEqual(new Wording({ leaveOut: 'Laissez-le.' }, 'fr').around('leaveOut', 'program'), ['Laissez-le.', '']);
});

test('sizes are written as people write them', () => {
  assert.deepEqual([300, 640_000, 3_200_000, 48_000_000].map((size) => words.size(size)), ['300 bytes', '640 kB', '3.2 MB', '48 MB']);
});

test('the time left is told in steps, and not too early', () => {
  assert.equal(secondsLeft(0.5, 1000), null);
  assert.equal(secondsLeft(0.01, 9000), null);
  assert.equal(secondsLeft(0.5, 3200), 4);
  assert.equal(secondsLeft(0.5, 33_000), 40);
  assert.equal(secondsLeft(0.1, 20_000), 180);
  assert.equal(secondsLeft(1, 20_000), 1);
});
