/**
 * The page of a case: times in the reader's own zone, printing, and what was being added when she
 * turned back or her page closed, a half-written message too. Everything else works without a script.
 * @module
 */
import { dateLocale, momentWords } from '../base/dates.js';
import { deleteDraft, isBegun, isNewVisit, keptDraft, waitingDraft } from './draft.js';
import { keepMessage } from './message.js';
import { noteSent } from './sent.js';

const GOAL = 'add';
const unsent = document.querySelector('#unsent');
const whose = unsent instanceof HTMLElement ? unsent.dataset.case ?? '' : '';

// What was being added was sent, as the page itself says, so nothing of it stays.
if (unsent instanceof HTMLElement && unsent.hasAttribute('data-added') && isNewVisit()) {
  deleteAddition();
  noteSent(unsent.dataset.added ?? '', whose);
}
document.querySelector('#unsent-delete')?.addEventListener('click', () => {
  deleteAddition();
  offerAddition();
});
offerAddition();
window.addEventListener('pageshow', offerAddition); // a page kept in memory is shown as it was
keepMessage(whose);

/** Lead back to what was being added to this case, as long as some of it is there. */
function offerAddition() {
  if (!(unsent instanceof HTMLElement)) return;
  const draft = waitingDraft(GOAL, whose) ?? keptDraft(GOAL, whose);
  unsent.hidden = draft === null || !isBegun(draft);
}

function deleteAddition() {
  deleteDraft(GOAL, whose);
}

for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (
  document.querySelectorAll('time[data-local]')
)) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.textContent = momentWords(at, dateLocale(document.documentElement.lang));
}

const said = document.querySelector('#said');
if (said instanceof HTMLElement) said.focus();

const print = document.querySelector('#print');
if (print instanceof HTMLElement) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}
