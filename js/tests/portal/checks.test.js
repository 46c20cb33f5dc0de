/** What a step of a notice asks to be mended, and what the page sends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkFiles, checkStanding, checkStatement, checkWhere, lawLines } from '../../src/portal/checks.js';
import { isAnotherName } from '../../src/portal/signing.js';
import { bindingThere, documentOf, factsOf, linesOf, missingUnder, openElements } from '../../src/portal/law.js';

const TEXTS = new Proxy({}, { get: (_held, name) => `${String(name)} {n}{name}` });
const SERVED = ['https://a.example'];
const LAW = {
  title: 'A law',
  clock: '',
  hours: 48,
  startNote: '',
  elements: [
    { id: 'sign', label: 'Signature', remedy: 'Sign', allOf: ['has_signature'], anyOf: [], onlyIf: '', fields: ['signature'] },
    { id: 'right', label: 'Right', remedy: 'Say', allOf: ['has_authority'], anyOf: [], onlyIf: 'is_representative', fields: ['authority'] },
    { id: 'reach', label: 'Contact', remedy: 'Give', allOf: [], anyOf: ['has_email', 'has_phone'], onlyIf: '', fields: ['email', 'phone'] },
  ],
  texts: { self: { paragraphs: [], digest: 'd1' }, representative: { paragraphs: [], digest: 'd2' } },
};
const NO_FILES = { ready: 0, left: 0, working: [] };
const FILE = { name: 'a.jpg', sizeBytes: 3, modifiedOn: '2026-03-14', kind: 'photo', fingerprint: { version: 1 } };

/** @param {Record<string, any>} fields */
function draftOf(fields, more = {}) {
  return { token: 'f'.repeat(32), goal: 'file', step: 1, fields, files: [], ...more };
}

const fieldsIn = (/** @type {{ field: string }[]} */ remarks) => remarks.map(({ field }) => field);

test('a way in must be chosen first', () => {
  assert.deepEqual(fieldsIn(checkWhere(draftOf({}), TEXTS, [], SERVED)), ['way']);
});

test('each line that is no address is named by its number, ten at most', () => {
  const urls = 'https://a.example/x\n\nword\nforum.example/p\nwith space.example';
  const remarks = checkWhere(draftOf({ way: 'published', urls }), TEXTS, [], SERVED);
  assert.deepEqual(remarks.map(({ field, text, isSoft }) => [field, text, isSoft]), [
    ['urls', 'urlWrong 2{name}', false], ['urls', 'urlWrong 4{name}', false],
  ]);
  const many = checkWhere(draftOf({ way: 'link', urls: 'word\n'.repeat(500) }), TEXTS, [], SERVED);
  assert.equal(many.length, 10);
});

test('an address of a website that has not joined is named, may stay, and counts under no law', () => {
  const urls = 'https://a.example/x\nhttps://elsewhere.example/p';
  assert.deepEqual(checkWhere(draftOf({ way: 'link', urls }), TEXTS, [], SERVED), [
    { field: 'urls', text: 'urlElsewhere 2{name}', isSoft: true },
  ]);
  assert.equal(factsOf(draftOf({ way: 'link', urls }), SERVED).has_url, true);
  const away = draftOf({ way: 'link', urls: 'https://elsewhere.example/p' });
  assert.equal(factsOf(away, SERVED).has_url, false);
  assert.equal(checkWhere(away, TEXTS, [LAW], SERVED).length, 1);
});

test('what Continue refuses counts as missing in the checker', () => {
  for (const [email, phone] of [['ana@mail', '123'], ['', ''], ['ana', 'call me']]) {
    const draft = draftOf({ acts_as: 'self', signature: 'A', email, phone });
    assert.deepEqual(missingUnder(LAW, factsOf(draft, SERVED)).map(({ id }) => id), ['reach']);
  }
});

test('all that is missing is said at once: each sentence to tick, and what covers another', () => {
  const tick = (/** @type {string} */ name) => ({ id: name, label: name, remedy: `Tick ${name}`, allOf: [`has_${name}`], anyOf: [], onlyIf: '', fields: [name] });
  const email = { id: 'email', label: 'E-mail', remedy: 'Give e-mail', allOf: ['has_email'], anyOf: [], onlyIf: '', fields: ['email'] };
  const ours = { ...LAW, elements: [...LAW.elements, tick('on_service'), tick('role')] };
  const theirs = { ...LAW, elements: [tick('role'), email] };
  const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'immediate', regimes: ['a'] });
  const found = checkStatement(draft, TEXTS, [ours, theirs], factsOf(draft, SERVED));
  assert.deepEqual(found.map(({ field, text }) => [field, text]), [
    ['signature', 'Sign'], ['on_service', 'Tick on_service'], ['role', 'Tick role'], ['email', 'Give e-mail'],
  ]);
});

test('two that cover each other are said once, and neither is lost', () => {
  const facts = factsOf(draftOf({ acts_as: 'self' }), SERVED);
  assert.deepEqual(openElements([LAW, LAW], facts, () => true).map(({ id }) => id), ['sign', 'reach']);
});

test('law by law it is said what follows from leaving something out', () => {
  const prompt = { ...LAW, title: 'No hours', hours: 0 };
  const free = { ...LAW, title: 'Asks nothing', elements: [] };
  const texts = { lawStarts: '{law}: {hours}', lawOpen: '{law}: later', lawComplete: '{law}: complete' };
  const facts = factsOf(draftOf({ acts_as: 'self' }), SERVED);
  assert.deepEqual(lawLines([LAW, prompt, free], facts, 3, texts), [
    'A law: 48', 'No hours: later', 'Asks nothing: complete',
  ]);
  assert.deepEqual(lawLines([LAW, prompt, free], facts, 1, texts), [], 'step 1 does not ask for it');
});

for (const line of ['javascript:alert(1)', 'word', 'https://', 'http://x y.example']) {
  test(`${line} is no address`, () => {
    assert.deepEqual(fieldsIn(checkWhere(draftOf({ way: 'link', urls: line }), TEXTS, [], SERVED)), ['urls']);
  });
}

test('only a link needs an address at once', () => {
  assert.deepEqual(fieldsIn(checkWhere(draftOf({ way: 'link', urls: '' }), TEXTS, [], SERVED)), ['urls']);
  assert.deepEqual(checkWhere(draftOf({ way: 'published', urls: '' }), TEXTS, [], SERVED), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'threatened', urls: 'left over' }), TEXTS, [], SERVED), []);
});

test('an address that a law asks for is asked for at step 1, and can be left out', () => {
  const place = { id: 'location', label: 'Where', remedy: 'Give the address', allOf: [], anyOf: ['has_url', 'has_place'], onlyIf: '', fields: ['urls', 'place'] };
  const law = { ...LAW, elements: [...LAW.elements, place] };
  const told = checkWhere(draftOf({ way: 'published', urls: ' ' }), TEXTS, [law, law], SERVED);
  assert.deepEqual(told, [{ field: 'urls', text: 'Give the address', isSoft: true }]);
  assert.deepEqual(checkWhere(draftOf({ way: 'published', place: 'third picture' }), TEXTS, [law], SERVED), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'published', urls: 'https://a.example' }), TEXTS, [law], SERVED), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'threatened' }), TEXTS, [law], SERVED), []);
  assert.deepEqual(checkWhere(draftOf({ way: 'published' }, { goal: 'add' }), TEXTS, [law], SERVED), []);
});

test('a file is needed where there is no address, and none while one is being read', () => {
  const bare = draftOf({ way: 'published', urls: '' });
  assert.deepEqual(fieldsIn(checkFiles(bare, TEXTS, NO_FILES)), ['files']);
  const one = { ...NO_FILES, working: [{ name: 'v.mp4' }] };
  assert.deepEqual(checkFiles(bare, TEXTS, one).map(({ text }) => text), ['filesWorking {n}v.mp4']);
  const ready = { ...NO_FILES, ready: 1 };
  assert.deepEqual(checkFiles(draftOf({ way: 'threatened' }, { files: [FILE] }), TEXTS, ready), []);
  assert.deepEqual(checkFiles(draftOf({ way: 'published', urls: 'https://a.example' }), TEXTS, NO_FILES), []);
});

test('while several files are read, one being ready already, nothing goes on and their number is said', () => {
  const draft = draftOf({ way: 'published', urls: 'https://a.example' }, { files: [FILE] });
  const names = ['b', 'c', 'd', 'e', 'f'].map((name) => ({ name }));
  assert.deepEqual(checkFiles(draft, TEXTS, { ready: 1, left: 0, working: names }), [
    { field: 'files', text: 'filesWorkingMany 5{name}', isSoft: false },
  ]);
});

test('files that could not be read or were stopped are said, and keep nobody', () => {
  const draft = draftOf({ way: 'published', urls: 'https://a.example' });
  const texts = { filesLeft: '{ready} of {all}', filesNeeded: 'needed' };
  const remark = (/** @type {string} */ text) => ({ field: 'files', text, isSoft: true });
  assert.deepEqual(checkFiles({ ...draft, files: [FILE] }, texts, { ready: 1, left: 5, working: [] }), [remark('1 of 6')]);
  assert.deepEqual(checkFiles(draft, texts, { ready: 0, left: 2, working: [] }), [remark('0 of 2')]);
  assert.deepEqual(checkStanding(texts, { ready: 3, left: 0, working: [] }), []);
  const bare = draftOf({ way: 'threatened' });
  assert.deepEqual(checkFiles(bare, texts, { ready: 0, left: 2, working: [] }), [
    { field: 'files', text: 'needed', isSoft: false },
  ]);
});

test('at the files no law is named: what it misses is asked for in the next step', () => {
  assert.deepEqual(lawLines([LAW], {}, 2, TEXTS), []);
  assert.equal(lawLines([LAW], {}, 3, TEXTS).length, 1);
});

test('an addition of addresses alone needs no file, whatever the case was', () => {
  const draft = draftOf({ way: 'threatened', urls: 'https://a.example' }, { goal: 'add' });
  assert.deepEqual(checkFiles(draft, TEXTS, NO_FILES), []);
});

test('what only the law asks for can be left out; the rest cannot', () => {
  const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'immediate', regimes: ['a'] });
  const remarks = checkStatement(draft, TEXTS, [LAW], factsOf(draft, SERVED));
  assert.deepEqual(fieldsIn(remarks), ['signature', 'email']);
  assert.ok(remarks.every(({ isSoft }) => isSoft));
  const empty = draftOf({});
  assert.ok(checkStatement(empty, TEXTS, [], factsOf(empty, SERVED)).every(({ isSoft }) => !isSoft));
});

test('while no law is chosen only what every law asks for alike is asked beside the choice', () => {
  const email = { id: 'email', label: 'E-mail', remedy: 'This law asks for e-mail', allOf: ['has_email'], anyOf: [], onlyIf: '', fields: ['email'] };
  const faith = { id: 'faith', label: 'Faith', remedy: 'Tick', allOf: ['has_good_faith'], anyOf: [], onlyIf: '', fields: ['is_good_faith'] };
  const laws = [{ ...LAW, elements: [...LAW.elements, faith] }, { ...LAW, elements: [email, faith] }];
  const asked = (/** @type {string[]} */ regimes, offered = laws) => {
    const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'immediate', regimes });
    return fieldsIn(checkStatement(draft, TEXTS, offered, factsOf(draft, SERVED)));
  };
  assert.deepEqual(asked([]), ['regimes', 'is_good_faith']);
  assert.deepEqual(asked(['a', 'b']), ['signature', 'is_good_faith', 'email']);
  assert.deepEqual(asked(['b'], laws.slice(1)), ['email', 'is_good_faith']);
});

test('what an open case holds already is not asked for again', () => {
  const draft = draftOf({ acts_as: 'self', signature: 'A', email: '' }, { goal: 'add' });
  const facts = { ...factsOf(draft, SERVED), has_email: true };
  assert.deepEqual(checkStatement(draft, TEXTS, [LAW], facts), []);
});

test('a pause needs someone who can stop it', () => {
  const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'cooling', safe_contact: 'friend' });
  assert.ok(fieldsIn(checkStatement(draft, TEXTS, [LAW], factsOf(draft, SERVED))).includes('safe_contact'));
});

test('one field is remarked on once, however many laws ask for it', () => {
  const draft = draftOf({ acts_as: 'self', withdrawal_mode: 'immediate', regimes: ['a'] });
  const fields = fieldsIn(checkStatement(draft, TEXTS, [LAW, LAW], factsOf(draft, SERVED)));
  assert.equal(new Set(fields).size, fields.length);
});

test('an element that does not apply is not missing', () => {
  const self = factsOf(draftOf({ acts_as: 'self', signature: 'A', phone: '12345' }), SERVED);
  const acting = factsOf(draftOf({ acts_as: 'representative', signature: 'A', phone: '12345' }), SERVED);
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
  assert.equal(factsOf(draft, SERVED).has_url, true);
  assert.deepEqual(documentOf(draft, {}, 'en').urls, ['https://a.example']);
});

test('a case that began with a link takes a picture later, with or without a further address', () => {
  const draft = draftOf({ way: 'link', urls: '' }, { goal: 'add', files: [FILE] });
  assert.deepEqual(checkWhere(draft, TEXTS, [], SERVED), []);
  assert.equal(factsOf(draft, SERVED).has_fingerprint, true);
  assert.equal(documentOf(draft, {}, 'en').files.length, 1);
});

test('names of files are left out when she says so', () => {
  const draft = draftOf({ way: 'published', hide_names: true }, { files: [FILE] });
  const sent = /** @type {any} */ (documentOf(draft, {}, 'en'));
  assert.deepEqual(sent.files.map((/** @type {any} */ file) => file.name), ['']);
});

test('a page under both schemes is one address, as it was typed first', () => {
  const urls = 'http://a.example/x\nhttps://a.example/x\nA.example:443/x\nhttps://a.example:8161/x\nhttp://a.example:8161/x';
  const sent = /** @type {any} */ (documentOf(draftOf({ way: 'published', urls }), {}, 'en'));
  assert.deepEqual(sent.urls, ['http://a.example/x', 'https://a.example:8161/x', 'http://a.example:8161/x']);
});

test('lines are trimmed and empty ones dropped', () => {
  assert.deepEqual(linesOf(' a \r\n\n\tb\n'), ['a', 'b']);
});

test('a pause asks for an address of somebody only where somebody can be asked', () => {
  const draft = draftOf({ acts_as: 'self', regimes: ['a'], withdrawal_mode: 'cooling' });
  const fields = (/** @type {Record<string, any>} */ texts) => fieldsIn(checkStatement(draft, texts, [], {}));
  assert.deepEqual(fields(TEXTS), ['safe_contact']);
  assert.deepEqual(fields({ most: {}, safeNeeded: '' }), []);
});

test('a text that does not fit is refused whole, in letters and not in units of storage', () => {
  const texts = { most: { place: 3, statement: 3, authority: 3 }, tooLong: '{n} of {most}' };
  const told = (/** @type {Record<string, string>} */ typed) => [
    ...checkWhere(draftOf({ way: 'published', ...typed }), texts, [], SERVED),
    ...checkStatement(draftOf({ regimes: ['a'], withdrawal_mode: 'immediate', ...typed }), texts, [], {}),
  ].filter(({ text }) => / of /.test(text ?? '')).map(({ field, text, isSoft }) => [field, text, isSoft]);
  assert.deepEqual(told({ place: ' \u{1F642}\u{1F642}\u{1F642} ', acts_as: 'self', authority: 'abcd' }), []);
  assert.deepEqual(told({ place: 'abcd', acts_as: 'self', statement: 'abcde' }), [
    ['place', '4 of 3', false], ['statement', '5 of 3', false],
  ]);
  assert.deepEqual(told({ acts_as: 'representative', authority: 'abcd' }).at(-1), ['authority', '4 of 3', false]);
});

test('of several websites only the laws of those of her addresses are offered', () => {
  const sites = [
    { origins: ['https://a.example'], offered: { published: ['us'], threatened: ['own'] } },
    { origins: ['https://b.example', 'https://media.b.example'], offered: { published: ['eu', 'own'], threatened: ['own'] } },
  ];
  const all = ['us', 'eu', 'own'];
  const offered = (/** @type {string} */ urls, way = 'published') => bindingThere(draftOf({ way, urls }), all, way, sites);
  assert.deepEqual(offered('https://b.example/p/1'), ['eu', 'own']);
  assert.deepEqual(offered('media.b.example/1.jpg\nhttps://elsewhere.example/'), ['eu', 'own']);
  assert.deepEqual(offered('https://a.example/1\nhttps://b.example/2'), all);
  assert.deepEqual(offered('https://elsewhere.example/'), all, 'none is known: she chooses');
  assert.deepEqual(offered(''), all);
  assert.deepEqual(offered('https://b.example/p/1', 'threatened'), all, 'what was typed before counts no more');
  assert.deepEqual(bindingThere(draftOf({ way: 'published', urls: 'https://b.example/1' }), all, 'published', undefined), all);
});

test('without an address she chooses one of several websites, and its laws alone are offered', () => {
  const all = ['us', 'eu'];
  const site = (/** @type {string} */ id, /** @type {string} */ law) => ({
    id, name: id, origins: [`https://${id}.example`], offered: { published: [law], link: [law], threatened: all },
  });
  const sites = [site('a', 'us'), site('b', 'eu')];
  const offered = (/** @type {Record<string, any>} */ fields) => bindingThere(draftOf(fields), all, String(fields.way), sites);
  assert.deepEqual(offered({ way: 'published', website: 'b' }), ['eu']);
  assert.deepEqual(offered({ way: 'published' }), all, 'not chosen yet');
  assert.deepEqual(offered({ way: 'published', website: 'b', urls: 'https://a.example/1' }), ['us'], 'the address says it');
  assert.deepEqual(offered({ way: 'threatened', website: 'b' }), all, 'a threat is for all');

  const asks = (/** @type {Record<string, any>} */ fields, found = sites) => fieldsIn(
    checkStatement(draftOf({ acts_as: 'self', regimes: ['us'], withdrawal_mode: 'immediate', ...fields }), TEXTS, [], {}, found),
  );
  assert.deepEqual(asks({ way: 'published' }), ['website']);
  assert.deepEqual(asks({ way: 'published', website: 'gone' }), ['website']);
  for (const fields of [{ website: 'a' }, { urls: 'https://a.example/1' }, { urls: 'https://elsewhere.example' }]) {
    assert.deepEqual(asks({ way: 'published', ...fields }), []);
  }
  assert.deepEqual(asks({ way: 'published' }, sites.slice(1)), [], 'one alone is no question');
  assert.deepEqual([asks({ way: 'threatened' }), asks({ way: 'link' })], [[], []]);

  const sent = (/** @type {Record<string, any>} */ fields) => documentOf(draftOf(fields), {}, 'en', sites).website;
  assert.equal(sent({ way: 'published', website: 'b' }), 'b');
  assert.equal(sent({ way: 'published', website: 'b', urls: 'https://a.example/1' }), undefined);
});

test('of several websites an address counts under the laws of its own', () => {
  const sites = [
    { id: 'a', name: 'A', origins: ['https://a.example'], offered: { published: ['us'], link: ['us'], threatened: [] } },
    { id: 'b', name: 'B', origins: ['https://b.example'], offered: { published: ['eu', 'us'], link: ['eu'], threatened: [] } },
  ];
  const asks = (/** @type {string} */ id) => ({
    ...LAW, id, elements: [{ id: 'url', label: 'Address', remedy: 'Give', allOf: ['has_url'], anyOf: [], onlyIf: '', fields: ['urls'] }],
  });
  const missing = (/** @type {string} */ urls) => {
    const facts = factsOf(draftOf({ way: 'published', urls }), ['https://a.example', 'https://b.example'], sites);
    return [asks('us'), asks('eu')].filter((law) => missingUnder(law, facts).length > 0).map(({ id }) => id);
  };
  assert.deepEqual(missing('https://a.example/1'), ['eu']);
  assert.deepEqual(missing('https://b.example/1'), []);
  assert.deepEqual(missing('https://elsewhere.example/1'), ['us', 'eu']);
});

test('an address that she gave twice is sent once, as she typed it first', () => {
  const typed = [
    'https://A.example/p/1', ' https://a.example/p/1#top', 'a.example/p/1', 'https://a.example/P/1',
    'http://a.example/p/1', 'https://a.example', 'https://a.example/',
  ];
  const draft = draftOf({ way: 'link', urls: typed.join('\n') });
  assert.deepEqual(documentOf(draft, {}, 'en').urls, [
    'https://A.example/p/1', 'https://a.example/P/1', 'https://a.example',
  ]);
});

test('a signature that is another name is said to be one, a slip of letters and spaces is not', () => {
  for (const [name, signature, isOther] of /** @type {[string, string, boolean][]} */ ([
    ['Mara Ex', 'Somebody Else', true],
    ['Mara Ex', 'Mara Exx', true],
    ['Mara Ex', ' mara  EX ', false],
    ['Mara Ex', 'Mara', false],
    ['José Núñez', 'Jose Nunez', false],
    ['', 'Somebody Else', false],
    ['Mara Ex', '', false],
  ])) assert.equal(isAnotherName(name, signature), isOther, `${name} / ${signature}`);
});
