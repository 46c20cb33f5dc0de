/**
 * The lists of a helpline by keys: J and K choose a line, Enter opens it, X chooses it for what is
 * done with several, S searches. One box chooses all of the page. Without this module the pages work all the same.
 * @module
 */
import { onKey } from '../review/keys.js';

/** @type {HTMLTableRowElement[]} */
const rows = [...document.querySelectorAll('tr[data-row]')].filter(
  (row) => row instanceof HTMLTableRowElement,
);
let at = -1;

/**
 * Choose a line: it is marked, and its first control has the focus.
 *
 * @param {number} next - number of the line; held inside the list
 * @returns {void}
 */
function choose(next) {
  if (!rows.length) return;
  mark(Math.min(rows.length - 1, Math.max(0, next)));
  const first = rows[at].querySelector('a') ?? rows[at].querySelector('input');
  if (first instanceof HTMLElement) first.focus();
}

/**
 * Mark the line that has the focus.
 *
 * @param {number} number - of the line
 * @returns {void}
 */
function mark(number) {
  rows[at]?.classList.remove('here');
  rows[at]?.removeAttribute('aria-current');
  at = number;
  rows[at].classList.add('here');
  rows[at].setAttribute('aria-current', 'true');
}

for (const [number, row] of rows.entries()) {
  row.addEventListener('focusin', () => {
    if (number !== at) mark(number);
  });
}

onKey((key, event) => {
  const search = document.querySelector('[data-search]');
  const pick = rows[at]?.querySelector('[data-pick]');
  if (key === 'j') choose(at + 1);
  else if (key === 'k') choose(at - 1);
  else if (key === 'x' && pick instanceof HTMLInputElement) pick.click();
  else if (key === 's' && search instanceof HTMLElement) search.focus();
  else if (key === 'enter' && event.target === document.body && rows[at]) {
    rows[at].querySelector('a')?.click();
  } else return false;
  return true;
});

const whole = document.querySelector('[data-pick-all]');
const all = whole?.querySelector('input');
if (whole instanceof HTMLElement && all) {
  const picks = [...document.querySelectorAll('[data-pick]')].filter(
    (pick) => pick instanceof HTMLInputElement && !pick.disabled,
  );
  whole.hidden = picks.length < 2;
  all.addEventListener('change', () => {
    for (const pick of picks) if (pick instanceof HTMLInputElement) pick.checked = all.checked;
  });
}

if (rows.length) mark(0);
