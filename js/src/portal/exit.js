/**
 * The quick way out, on every page of the person: a link, or Shift three times.
 *
 * It replaces the page at once and waits for nothing: what can be deleted in the same moment is
 * deleted before, the rest is asked of the browser while it already leaves, and the server's answer
 * to the link ends the open case and has the browser forget this site.
 *
 * No website can take its pages out of the list behind "Back". So each page leaves a mark in the tab,
 * leaving takes it away, and a page that "Back" opens where no mark is leads away again.
 * @module
 */

const PRESSES = 3;
/** Three presses within this time count as one wish. */
const WITHIN_MS = 1500;

/** The mark of a tab that was not left: it says nothing but that. */
const MARK = 'here';

/** Things that must not be written again once she is leaving: called first, in order. */
const beforeLeaving = /** @type {Array<() => void>} */ ([]);
let isLeaving = false;

/**
 * Have something done at the moment of leaving, such as forgetting a draft. It must be quick.
 *
 * @param {() => void} forget
 */
export function onLeaving(forget) {
  beforeLeaving.push(forget);
}

/** Whether the page is being left for good; a draft must not be kept then. */
export function leaving() {
  return isLeaving;
}

/**
 * Delete what this site keeps in the browser. Synchronous stores go at once; the others are asked
 * to go and not waited for.
 */
export function forgetEverything() {
  window.name = '';
  for (const forget of beforeLeaving) quietly(forget);
  quietly(() => sessionStorage.clear());
  quietly(() => localStorage.clear());
  quietly(deleteDatabases);
  quietly(deleteCaches);
  quietly(dropServiceWorkers);
}

/**
 * Leave now.
 *
 * @param {string} href - where to; a blank page when there is no network to get there
 */
export function leave(href) {
  isLeaving = true;
  document.documentElement.hidden = true;
  document.title = 'about:blank';
  quietly(forgetEverything);
  location.replace(navigator.onLine ? href : 'about:blank');
}

/** A store that is not there or refuses must not keep her here. */
function quietly(/** @type {() => unknown} */ act) {
  try {
    const answer = act();
    if (answer instanceof Promise) answer.catch(() => {});
  } catch {
    // Nothing to do about it, and no time to say so.
  }
}

async function deleteDatabases() {
  indexedDB.deleteDatabase('staydown');
  if (!indexedDB.databases) return;
  for (const { name } of await indexedDB.databases()) if (name) indexedDB.deleteDatabase(name);
}

async function deleteCaches() {
  for (const key of await caches.keys()) await caches.delete(key);
}

async function dropServiceWorkers() {
  if (!navigator.serviceWorker) return;
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
}

/** Count presses of Shift alone: any other key or a pause starts anew. */
function watchShift(/** @type {() => void} */ act) {
  let times = /** @type {number[]} */ ([]);
  window.addEventListener('keydown', (event) => {
    if (event.key !== 'Shift') times = [];
  }, true);
  window.addEventListener('keyup', (event) => {
    if (event.key !== 'Shift') return;
    times = [...times.filter((at) => event.timeStamp - at < WITHIN_MS), event.timeStamp];
    if (times.length >= PRESSES) act();
  }, true);
}

const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector('#exit'));
if (link) {
  const go = () => leave(link.href);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    go();
  });
  watchShift(go);
  showWhatWorks();
  if (cameBack() && isMarkGone()) go();
  else quietly(() => sessionStorage.setItem(MARK, '1'));
  // The browser may have kept the page in memory: after leaving, "Back" must not show it again.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted && (isLeaving || isMarkGone())) go();
  });
}

/** What a page says of keys is true only where this runs. */
function showWhatWorks() {
  for (const words of document.querySelectorAll('[data-scripted]')) words.removeAttribute('hidden');
}

/** Whether "Back" or "Forward" opened this page; a browser that restores its tabs says so too. */
function cameBack() {
  const [entry] = performance.getEntriesByType('navigation');
  return entry instanceof PerformanceNavigationTiming && entry.type === 'back_forward';
}

/** Whether this tab was left; never where the browser keeps nothing, as nothing tells it there. */
function isMarkGone() {
  try {
    if (sessionStorage.getItem(MARK) !== null) return false;
    sessionStorage.setItem(MARK, '1');
    sessionStorage.removeItem(MARK);
    return true;
  } catch {
    return false;
  }
}
