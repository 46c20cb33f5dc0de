/**
 * The draft of a notice. It lives in the memory of the tab and nowhere else: in this page while it
 * is open, and in `window.name` for its next page, or for this one after a reload.
 * Browsers forget `window.name` when a tab goes to another site. Only where she asks for it is the
 * draft kept on the device (ADR-0030). Drafts of different cases lie beside one another.
 * @module
 */
import { leaving, onLeaving } from './exit.js';

const MARK = 'drafts/1:';
const STORE = 'draft';
/** After a change: later than the next key, sooner than she reloads. */
const COPY_AFTER_MS = 200;
/** Drafts that wait in one tab; of more, those that were touched longest ago go. */
const MOST_WAITING = 8;

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
 * @property {boolean} [isSent] - its answer is awaited
 */

/** @type {Draft | null} */
let current = null;
let copying = 0;

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
 * The draft that the page before handed over, if any. It is read once; one with another goal or of
 * somebody else waits for its own page.
 *
 * @param {string} goal
 * @param {string} [whose] - as `whoseIs` gives it
 * @returns {Draft | null}
 */
export function takeDraft(goal, whose = '') {
  const draft = waitingDraft(goal, whose);
  if (!draft) return null;
  leaveWaiting(waiting().filter((one) => !isOf(one, goal, whose)));
  return { ...draft, isSent: false };
}

/**
 * The draft that is on its way in this tab, left there for its own page.
 *
 * @param {string} goal
 * @param {string} whose
 * @returns {Draft | null}
 */
export function waitingDraft(goal, whose) {
  return waiting().find((draft) => isOf(draft, goal, whose)) ?? null;
}

/**
 * Whose draft a page works on: of the client for whom a caseworker files, or of the open case.
 *
 * @param {{ preset?: { client?: string }, case?: string }} page
 */
export function whoseIs(page) {
  return page.preset?.client ?? page.case ?? '';
}

/** What a draft of an addition holds from the start, or by looking alone. */
const NOT_TYPED = ['way', 'acts_as', 'case', 'regimes', 'shown_at'];

/** Whether she chose a file or typed something for an addition. */
export function isBegun(/** @type {Draft} */ draft) {
  return draft.files.length > 0 || Object.entries(draft.fields)
    .some(([name, value]) => !NOT_TYPED.includes(name) && value !== '' && value !== false);
}

/** Whether she came here by a link or a button just now, and did not turn back or reload. */
export function isNewVisit() {
  const [visit] = performance.getEntriesByType('navigation');
  return visit instanceof PerformanceNavigationTiming && visit.type === 'navigate';
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

/** Nothing more is handed over from this page, for now: what waits in the tab stays as it is. */
export function carryNothing() {
  clearTimeout(copying);
  current = null;
}

/**
 * A notice was filed: nothing of its draft stays, here or on the device. Neither does one that she
 * began for herself; what is being added to open cases, or filed for others, waits on.
 */
export function dropFiled() {
  const isDone = (/** @type {Draft} */ one) => one.goal === 'file'
    && (one.isSent === true || isOf(one, 'file', ''));
  const tokens = waiting().filter(isDone).map(({ token }) => token);
  current = null;
  leaveWaiting(waiting().filter((one) => !isDone(one)));
  store(stored().filter((one) => !isDone(one) && !tokens.includes(one.token)));
}

/** Nothing of any draft stays in this tab. */
export function forgetDrafts() {
  current = null;
  window.name = '';
}

/**
 * Nothing of one draft stays, in this tab or on the device.
 *
 * @param {string} goal
 * @param {string} whose - as `whoseIs` gives it
 */
export function deleteDraft(goal, whose) {
  if (current && isOf(current, goal, whose)) current = null;
  leaveWaiting(waiting().filter((one) => !isOf(one, goal, whose)));
  store(stored().filter((one) => !isOf(one, goal, whose)));
}

/**
 * Put the draft where the next page of ours in this tab finds it. It takes the place of none but an
 * earlier one of the same case; one in which nothing was typed takes the place of none at all.
 */
export function handOver() {
  clearTimeout(copying);
  if (!current || leaving()) return;
  const [same] = waiting().filter(isSameAs(current));
  if (same && same.token !== current.token && !isBegun(current)) return;
  const others = waiting().filter((one) => !isSameAs(/** @type {Draft} */ (current))(one));
  leaveWaiting([current, ...others.filter(isBegun)].slice(0, MOST_WAITING));
}

/** The same, in a moment: at a reload Chromium hands on the name of before it asked the page. */
export function handOverSoon() {
  clearTimeout(copying);
  copying = setTimeout(handOver, COPY_AFTER_MS);
}

// Before the browser goes: when the page is hidden, Chromium has already handed the old name on.
// Safari on phones knows no `beforeunload`; there a press on a link and `pagehide` do it.
window.addEventListener('beforeunload', handOver);
window.addEventListener('pagehide', handOver);
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (link instanceof HTMLAnchorElement && link.origin === location.origin) handOver();
});
// A page that the browser kept in memory goes on where it was: the copy is of that.
window.addEventListener('pageshow', handOver);
onLeaving(() => {
  current = null;
});

/**
 * Keep the draft on this device, because she asked for it; beside those of other cases.
 *
 * @param {Draft} draft
 * @returns {boolean} false where the browser refuses
 */
export function keepOnDevice(draft) {
  return store([draft, ...stored().filter((one) => !isSameAs(draft)(one))]);
}

/** Delete every draft from this device. */
export function deleteKept() {
  store([]);
}

/** Whether anything is kept on this device, of whomever. */
export function isAnyKept() {
  return storedText() !== '';
}

/**
 * The draft that is kept on this device, if any.
 *
 * @param {string} goal
 * @param {string} [whose] - as `whoseIs` gives it; a draft of somebody else is left
 * @returns {Draft | null}
 */
export function keptDraft(goal, whose = '') {
  return stored().find((draft) => isOf(draft, goal, whose)) ?? null;
}

/** Those of this tab, the one touched last first. */
function waiting() {
  return window.name.startsWith(MARK) ? parsed(window.name.slice(MARK.length)) : [];
}

function leaveWaiting(/** @type {Draft[]} */ drafts) {
  window.name = drafts.length ? MARK + JSON.stringify(drafts) : '';
}

function stored() {
  return parsed(storedText());
}

function storedText() {
  try {
    return localStorage.getItem(STORE) ?? '';
  } catch {
    return ''; // A browser without storage kept nothing.
  }
}

/** False where the browser refuses; one without storage kept nothing. */
function store(/** @type {Draft[]} */ drafts) {
  try {
    if (drafts.length) localStorage.setItem(STORE, JSON.stringify(drafts));
    else localStorage.removeItem(STORE);
    return true;
  } catch {
    return false;
  }
}

function isSameAs(/** @type {Draft} */ draft) {
  return (/** @type {Draft} */ one) => isOf(one, draft.goal, whoseOf(draft));
}

/** @returns {string} */
function whoseOf(/** @type {Draft} */ draft) {
  return String(draft.fields.client ?? draft.fields.case ?? '');
}

function isOf(
  /** @type {Draft} */ draft,
  /** @type {string} */ goal,
  /** @type {string} */ whose,
) {
  return draft.goal === goal && whoseOf(draft) === whose;
}

/** Whatever is in a name or a store may be foreign: only what has our shape counts. */
function parsed(/** @type {string} */ text) {
  try {
    const read = JSON.parse(text);
    return /** @type {Draft[]} */ ((Array.isArray(read) ? read : [read]).filter(isOurs));
  } catch {
    return [];
  }
}

function isOurs(/** @type {any} */ draft) {
  return Boolean(draft) && typeof draft.goal === 'string' && /^[0-9a-f]{32}$/.test(draft.token)
    && Array.isArray(draft.files) && Boolean(draft.fields) && typeof draft.fields === 'object';
}
