/**
 * The draft of a notice. It lives in the memory of the tab and nowhere else: in this page while it
 * is open, and in `window.name` on the way to the next page of ours, which empties it on reading.
 * Browsers forget `window.name` when a tab goes to another site. Only where she asks for it is the
 * draft kept on the device (ADR-0030).
 * @module
 */
import { leaving, onLeaving } from './exit.js';

const MARK = 'draft/1:';
const STORE = 'draft';

/**
 * @typedef {object} KeptFile
 * @property {string} name
 * @property {number} sizeBytes
 * @property {string} modifiedOn - YYYY-MM-DD or empty
 * @property {string} kind - photo or video
 * @property {object} fingerprint - the JSON form
 */

/**
 * @typedef {object} Draft
 * @property {string} token - by which the same draft sent twice is filed once
 * @property {string} goal - `file`, or `add` for a case that is open
 * @property {number} step
 * @property {Record<string, string | boolean | string[]>} fields - as the form holds them
 * @property {KeptFile[]} files
 */

/** @type {Draft | null} */
let current = null;

/**
 * An empty draft.
 *
 * @param {string} goal
 * @returns {Draft}
 */
export function newDraft(goal) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const token = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return { token, goal, step: 1, fields: {}, files: [] };
}

/**
 * The draft that the page before handed over, if any. It is read once.
 *
 * @param {string} goal
 * @param {string} [client] - for whom a caseworker files; a draft for somebody else is left
 * @returns {Draft | null}
 */
export function takeDraft(goal, client = '') {
  const text = window.name;
  window.name = '';
  return text.startsWith(MARK) ? parsed(text.slice(MARK.length), goal, client) : null;
}

/**
 * From now on this draft goes along when she opens another page of ours in this tab. The browser
 * says that the page goes away before it says where to; leaving for good forgets it first.
 *
 * @param {Draft} draft
 */
export function carryDraft(draft) {
  current = draft;
}

/** The draft is done or unwanted: nothing of it stays, here or on the device. */
export function dropDraft() {
  current = null;
  window.name = '';
  deleteKept();
}

/** Put the draft where the next page of ours in this tab finds it. */
export function handOver() {
  if (current && !leaving()) window.name = MARK + JSON.stringify(current);
}

// Before the browser goes: when the page is hidden, Chromium has already handed the old name on.
// Safari on phones knows no `beforeunload`; there a press on a link and `pagehide` do it.
window.addEventListener('beforeunload', handOver);
window.addEventListener('pagehide', handOver);
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (link instanceof HTMLAnchorElement && link.origin === location.origin) handOver();
});
// A page that the browser kept in memory goes on where it was; its copy is not needed.
window.addEventListener('pageshow', () => {
  if (current) window.name = '';
});
onLeaving(() => {
  current = null;
});

/**
 * Keep the draft on this device, because she asked for it.
 *
 * @param {Draft} draft
 * @returns {boolean} false where the browser refuses
 */
export function keepOnDevice(draft) {
  try {
    localStorage.setItem(STORE, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** Delete the draft from this device. */
export function deleteKept() {
  try {
    localStorage.removeItem(STORE);
  } catch {
    // A browser without storage kept nothing.
  }
}

/**
 * The draft that is kept on this device, if any.
 *
 * @param {string} goal
 * @param {string} [client] - for whom a caseworker files; a draft for somebody else is left
 * @returns {Draft | null}
 */
export function keptDraft(goal, client = '') {
  try {
    const text = localStorage.getItem(STORE);
    return text ? parsed(text, goal, client) : null;
  } catch {
    return null;
  }
}

/** Whatever is in a name or a store may be foreign: only what has our shape counts. */
function parsed(
  /** @type {string} */ text,
  /** @type {string} */ goal,
  /** @type {string} */ client,
) {
  try {
    const draft = JSON.parse(text);
    const isOurs = draft && draft.goal === goal && /^[0-9a-f]{32}$/.test(draft.token)
      && Array.isArray(draft.files) && draft.fields && typeof draft.fields === 'object'
      && (draft.fields.client ?? '') === client;
    return isOurs ? /** @type {Draft} */ (draft) : null;
  } catch {
    return null;
  }
}
