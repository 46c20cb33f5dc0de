/** What a step of a notice asks to be mended, and what the page sends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkFiles, checkStatement, checkWhere } from '../../src/portal/checks.js';
import { documentOf, factsOf, linesOf, missingUnder } from '../../src/portal/law.js';

const TEXTS = new Proxy({}, { get: (_held, name) => `${String(name)} {n}{name}` });
const LAW = {
  title: 'A law',
  clock: '',
  elements: [
    { id: 'sign', label: 'Signature', remedy: 'Sign', allOf: ['has_signature'], anyOf: [], onlyIf: '', fields: ['signature'] },
    { id: 'right', label: 'Right', remedy: 'Say', allOf: ['has_authority'], anyOf: [], onlyIf: 'is_representative', fields: ['authority'] },
    { id: 'reach', label: 'Contact', remedy: 'Give', allOf: [], anyOf: ['has_email', 'has_phone'], onlyIf: '', fields: ['email', 'phone'] },
  ],
  texts: { self: { paragraphs: [], digest: 'd1' }, representative: { paragraphs: [], digest: 'd2' } },
};
const FILE = { name: 'a.jpg', sizeBytes: 3, modifiedOn: '2026-03-14', kind: 'photo', fingerprint: { version: 1 } };

/** @param {Record<string, any>} fields */
function draftOf(fields, more = {}) {
  return { token: 'f'.repeat(32), goal: 'file', step: 1, fields, files: [], ...more };
}

const fieldsIn = (/** @type {{ field: string }[]} */ remarks) => remarks.map(({ field }) => field);

test('a way in must be chosen first', () => {
  assert.deepEqual(fieldsIn(checkWhere(draftOf({}), TEXTS, [])), ['way']);
});

test('the first line that is no address is named by its number', () => {
  const urls = 'https://a.example/x\n\nforum.example/p\nwith space.example';
  const [remark] = checkWhere(draftOf({ way: 'published', urls }), TEXTS, []);
  assert.equal(remark.field, 'urls');
  assert.match(remark.text, /3/);
});

for (const line of ['javascript:alert(1)', 'word', 'https://', 'http://x y.example']) {
  test(`${line} is no address`, () => {
    assert.deepEqual(fieldsIn(checkWhere(draftOf({ way: 'link', urls: line }), TEXTS, [])), ['urls']);
  });
}

test('only a link needs an address at once', () => {
  assert.deepEqual(fieldsIn(checkWhere(draftOf({ way: 'link', urls: '' }), TEXTS, [])), ['urls']);
  assert.deepEqual(checkWhere(draftOf({ way: 'published', urls: '' }), TEXTS, []), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'threatened', urls: 'left over' }), TEXTS, []), []);
});

test('an address that a law asks for is asked for at step 1, and can be left out', () => {
  const place = { id: 'location', label: 'Where', remedy: 'Give the address', allOf: [], anyOf: ['has_url', 'has_place'], onlyIf: '', fields: ['urls', 'place'] };
  const law = { ...LAW, elements: [...LAW.elements, place] };
  const told = checkWhere(draftOf({ way: 'published', urls: ' ' }), TEXTS, [law, law]);
  assert.deepEqual(told, [{ field: 'urls', text: 'Give the address', isSoft: true }]);
  assert.deepEqual(checkWhere(draftOf({ way: 'published', place: 'third picture' }), TEXTS, [law]), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'published', urls: 'https://a.example' }), TEXTS, [law]), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'threatened' }), TEXTS, [law]), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'published' }, { goal: 'add' }), TEXTS, [law]), []);
});

test('a file is needed where there is no address, and none while one is being read', () => {
  const bare = draftOf({ way: 'published', urls: '' });
  assert.deepEqual(fieldsIn(checkFiles(bare, TEXTS, undefined)), ['files']);
  assert.match(checkFiles(bare, TEXTS, { name: 'v.mp4' })[0].text, /v\.mp4/);
  assert.deepEqual(checkFiles(draftOf({ way: 'threatened' }, { files: [FILE] }), TEXTS, undefined), []);
  assert.deepEqual(checkFiles(draftOf({ way: 'published', urls: 'https://a.example' }), TEXTS, undefined), []);
});

test('an addition of addresses alone needs no file, whatever the case was', () => {
  const draft = draftOf({ way: 'threatened', urls: 'https://a.example' }, { goal: 'add' });
  assert.deepEqual(checkFiles(draft, TEXTS, undefined), []);
});

test('what only the law asks for can be left out; the rest cannot', () => {
  const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'immediate' });
  const remarks = checkStatement(draft, TEXTS, [LAW], factsOf(draft));
  assert.deepEqual(fieldsIn(remarks), ['signature', 'email']);
  assert.ok(remarks.every(({ isSoft }) => isSoft));
  const empty = draftOf({});
  assert.ok(checkStatement(empty, TEXTS, [], factsOf(empty)).every(({ isSoft }) => !isSoft));
});

test('what an open case holds already is not asked for again', () => {
  const draft = draftOf({ acts_as: 'self', signature: 'A', email: '' }, { goal: 'add' });
  const facts = { ...factsOf(draft), has_email: true };
  assert.deepEqual(checkStatement(draft, TEXTS, [LAW], facts), []);
});

test('a pause needs someone who can stop it', () => {
  const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'cooling', safe_contact: 'friend' });
  assert.ok(fieldsIn(checkStatement(draft, TEXTS, [LAW], factsOf(draft))).includes('safe_contact'));
});

test('one field is remarked on once, however many laws ask for it', () => {
  const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'immediate' });
  const fields = fieldsIn(checkStatement(draft, TEXTS, [LAW, LAW], factsOf(draft)));
  assert.equal(new Set(fields).size, fields.length);
});

test('an element that does not apply is not missing', () => {
  const self = factsOf(draftOf({ acts_as: 'self', signature: 'A', phone: '12345' }));
  const acting = factsOf(draftOf({ acts_as: 'representative', signature: 'A', phone: '12345' }));
  assert.deepEqual(missingUnder(LAW, self), []);
  assert.deepEqual(missingUnder(LAW, acting).map(({ id }) => id), ['right']);
});

test('a threat sends no address, a link no file, and nobody sends what another role typed', () => {
  const fields = {
    way: 'threatened', acts_as: 'self', regimes: ['a'], urls: 'https://a.example', place: 'there',
    authority: 'typed before', on_service: true, withdrawal_mode: 'immediate', safe_contact: 'f@x.example',
  };
  const threat = /** @type {any} */ (documentOf(draftOf(fields, { files: [FILE] }), { a: LAW }, 'en'));
  assert.deepEqual([threat.urls, threat.answers.place, threat.answers.declarations], [[], '', []]);
  assert.deepEqual([threat.answers.authority, threat.safe_contact], ['', '']);
  assert.deepEqual(threat.answers.text_digests, { a: 'd1' });
  const link = /** @type {any} */ (documentOf(draftOf({ ...fields, way: 'link' }, { files: [FILE] }), { a: LAW }, 'en'));
  assert.deepEqual([link.files, link.urls], [[], ['https://a.example']]);
});

test('an address that is added to a threat is sent', () => {
  const draft = draftOf({ way: 'threatened', urls: 'https://a.example' }, { goal: 'add' });
  assert.equal(factsOf(draft).has_url, true);
  assert.deepEqual(documentOf(draft, {}, 'en').urls, ['https://a.example']);
});

test('names of files are left out when she says so', () => {
  const draft = draftOf({ way: 'published', hide_names: true }, { files: [FILE] });
  const sent = /** @type {any} */ (documentOf(draft, {}, 'en'));
  assert.deepEqual(sent.files.map((/** @type {any} */ file) => file.name), ['']);
});

test('lines are trimmed and empty ones dropped', () => {
  assert.deepEqual(linesOf(' a \r\n\n\tb\n'), ['a', 'b']);
});
