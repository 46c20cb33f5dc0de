/**
 * Moving through the queue by keys: J and K choose a line, Enter opens it, T takes it.
 * @module
 */
import { onKey } from './keys.js';

/** @type {HTMLTableRowElement[]} */
const rows = [...document.querySelectorAll('tr[data-row]')].filter(
  (row) => row instanceof HTMLTableRowElement,
);
let at = -1;
let hasMoved = false;

/**
 * Choose a line: it is marked, and its link has the focus, so that Enter and readers find it.
 *
 * @param {number} next - number of the line; held inside the queue
 * @returns {void}
 */
function choose(next) {
  if (!rows.length) return;
  hasMoved = true;
  rows[at]?.classList.remove('here');
  rows[at]?.removeAttribute('aria-current');
  at = Math.min(rows.length - 1, Math.max(0, next));
  rows[at].classList.add('here');
  rows[at].setAttribute('aria-current', 'true');
  rows[at].querySelector('a')?.focus();
}

for (const [number, row] of rows.entries()) {
  row.addEventListener('focusin', () => {
    if (number !== at) mark(number);
  });
}

/**
 * Mark the line that has the focus already.
 *
 * @param {number} number - of the line
 * @returns {void}
 */
function mark(number) {
  hasMoved ||= at >= 0;
  rows[at]?.classList.remove('here');
  rows[at]?.removeAttribute('aria-current');
  at = number;
  rows[at].classList.add('here');
  rows[at].setAttribute('aria-current', 'true');
}

onKey((key, event) => {
  // The line that is marked at first has no focus yet: the first key goes to it.
  if (key === 'j') choose(hasMoved ? at + 1 : at);
  else if (key === 'k') choose(hasMoved ? at - 1 : at);
  else if (key === 't' && rows[at]) {
    const take = rows[at].querySelector('[data-take]');
    if (take instanceof HTMLElement) take.click();
  } else if (key === 'enter' && event.target === document.body && rows[at]) {
    rows[at].querySelector('a')?.click();
  } else return false;
  return true;
});

if (rows.length) mark(0);
