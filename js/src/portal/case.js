/**
 * The page of a case: times in the reader's own zone, and printing. Everything else works without
 * a script.
 * @module
 */
import { dropDraft, takeDraft } from './draft.js';

// What was being added was sent, so nothing of it stays; or she turned back: it is not carried on.
if (new URLSearchParams(location.search).get('s') === '1') dropDraft();
else takeDraft('add');

for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (
  document.querySelectorAll('time[data-local]')
)) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  const isThisYear = at.getFullYear() === new Date().getFullYear();
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
    weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit',
    timeZoneName: 'short', ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(at);
}

const said = document.querySelector('#said');
if (said instanceof HTMLElement) said.focus();

const print = document.querySelector('#print');
if (print instanceof HTMLElement) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}
