/** Drafts of different cases lie beside one another, in the tab and on the device. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

const held = new Map();
const listens = { addEventListener: () => {} };
Object.assign(globalThis, {
  window: { ...listens, name: '' },
  document: { ...listens, querySelector: () => null },
  localStorage: {
    getItem: (/** @type {string} */ key) => held.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ text) => held.set(key, text),
    removeItem: (/** @type {string} */ key) => held.delete(key),
  },
});
const drafts = await import('../../src/portal/draft.js');

beforeEach(() => {
  drafts.forgetDrafts();
  drafts.deleteKept();
});

/** @param {Record<string, any>} fields */
function draftOf(goal, fields) {
  return { ...drafts.newDraft(goal), fields };
}

function carried(/** @type {any} */ draft) {
  drafts.carryDraft(draft);
  drafts.handOver();
  return draft;
}

test('each case finds its own draft, and taking one leaves the other', () => {
  const one = carried(draftOf('add', { case: 'digest-1', urls: 'a' }));
  const other = carried(draftOf('add', { case: 'digest-2', urls: 'b' }));
  assert.equal(drafts.takeDraft('add', 'digest-1')?.token, one.token);
  assert.equal(drafts.waitingDraft('add', 'digest-1'), null);
  assert.equal(drafts.waitingDraft('add', 'digest-2')?.token, other.token);
  assert.equal(drafts.waitingDraft('file', ''), null);
});

test('one draft is there once, as it was touched last', () => {
  const one = carried(draftOf('add', { case: 'digest-1', urls: 'a' }));
  carried({ ...one, fields: { ...one.fields, urls: 'a b' } });
  assert.equal(drafts.takeDraft('add', 'digest-1')?.fields.urls, 'a b');
  assert.equal(window.name, '');
});

test('at most eight wait', () => {
  for (let n = 1; n <= 9; n += 1) carried(draftOf('add', { case: `digest-${n}`, urls: 'a' }));
  assert.equal(drafts.waitingDraft('add', 'digest-1'), null);
  assert.notEqual(drafts.waitingDraft('add', 'digest-2'), null);
});

test('an empty form neither replaces what waits nor piles up', () => {
  const one = carried(draftOf('add', { case: 'digest-1', urls: 'a' }));
  carried(draftOf('add', { case: 'digest-1' }));
  carried(draftOf('add', { case: 'digest-2' }));
  carried(draftOf('add', { case: 'digest-3' }));
  assert.equal(drafts.waitingDraft('add', 'digest-1')?.token, one.token);
  assert.equal(drafts.waitingDraft('add', 'digest-2'), null);
});

test('a filed notice drops its own draft and no addition, here and on the device', () => {
  const filed = draftOf('file', { client: 'client-1', urls: 'a' });
  const other = draftOf('file', { client: 'client-2', urls: 'b' });
  const added = draftOf('add', { case: 'digest-1', urls: 'c' });
  for (const one of [filed, other, added]) drafts.keepOnDevice(carried(one));
  carried({ ...filed, isSent: true });
  drafts.dropFiled();
  for (const find of [drafts.waitingDraft, drafts.keptDraft]) {
    assert.equal(find('file', 'client-1'), null);
    assert.equal(find('file', 'client-2')?.token, other.token);
    assert.equal(find('add', 'digest-1')?.token, added.token);
  }
});

test('one that was taken again is not sent', () => {
  carried({ ...draftOf('file', { client: 'client-1', urls: 'a' }), isSent: true });
  assert.equal(drafts.takeDraft('file', 'client-1')?.isSent, false);
});

test('a draft is deleted alone; all of them go at once', () => {
  for (const n of [1, 2]) drafts.keepOnDevice(carried(draftOf('add', { case: `digest-${n}`, urls: 'a' })));
  drafts.deleteDraft('add', 'digest-1');
  assert.equal(drafts.keptDraft('add', 'digest-1') ?? drafts.waitingDraft('add', 'digest-1'), null);
  assert.notEqual(drafts.keptDraft('add', 'digest-2'), null);
  drafts.forgetDrafts();
  drafts.deleteKept();
  assert.deepEqual([window.name, held.size], ['', 0]);
});

test('what is foreign counts as nothing', () => {
  for (const text of ['x', '[]', 'null', '[null, 1, {}]', '{"goal":"add"}']) {
    window.name = `drafts/1:${text}`;
    held.set('draft', text);
    assert.equal(drafts.waitingDraft('add', '') ?? drafts.keptDraft('add'), null);
  }
});
