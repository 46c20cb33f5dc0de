/**
 * A half-written message to the reviewer waits in the tab, as a draft does: a reload, another
 * language or a look at another page of ours does not lose it.
 * @module
 */
import { carryDraft, deleteDraft, handOverSoon, isNewVisit, newDraft, waitingDraft } from './draft.js';

const GOAL = 'write';

/**
 * Give the box what waits for it, and keep what she types from now on.
 *
 * @param {string} whose - of the open case, as its page says
 */
export function keepMessage(whose) {
  const box = document.querySelector('#text');
  if (!(box instanceof HTMLTextAreaElement)) return;
  // It was sent: nothing of it stays.
  if (new URLSearchParams(location.search).get('s') === '2' && isNewVisit()) deleteDraft(GOAL, whose);
  const waits = waitingDraft(GOAL, whose);
  if (box.value === '') box.value = String(waits?.fields.text ?? '');
  const draft = waits ?? { ...newDraft(GOAL), fields: { case: whose } };
  const keep = () => {
    draft.fields.text = box.value;
    if (box.value === '') deleteDraft(GOAL, whose);
    else carryDraft(draft);
    handOverSoon();
  };
  if (box.value !== '') keep();
  box.addEventListener('input', keep);
}
