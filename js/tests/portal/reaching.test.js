/** What counts as an address: the same rows as in tests/web/cases/test_reaching.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { isAddress, isEmail, isPhone, originOf } from '../../src/portal/reaching.js';

const rows = JSON.parse(
  readFileSync(new URL('../../../tests/vectors/reaching.json', import.meta.url), 'utf8'),
);

/** @type {[string, (typed: string) => boolean | string][]} */
const rules = [['emails', isEmail], ['phones', isPhone], ['addresses', isAddress], ['origins', originOf]];
for (const [name, rule] of rules) {
  test(`${name} count as on the server`, () => {
    for (const [typed, counts] of rows[name]) assert.equal(rule(typed), counts, typed);
  });
}
