/**
 * A half-written message to the reviewer waits in the tab, as a draft does: a reload, another
 * language or a look at another page of ours does not lose it. One that was sent is gone from the
 * box, also where she turns back to the page on which she wrote it.
 * @module
 */
import { carryDraft, carryNothing, deleteDraft, handOverSoon, isNewVisit, newDraft, waitingDraft } from './draft.js';

const GOAL = 'write';
/** What the address of the page says once a message was sent: as `SAID` in portal/views/case.py. */
const SENT = ['2', '20'];

/**
 * Give the box what waits for it, and keep what she types from now on.
 *
 * @param {string} whose - of the open case, as its page says
 */
export function keepMessage(whose) {
  const box = document.querySelector('#text');
  if (!(box instanceof HTMLTextAreaElement)) return;
  // It was sent: nothing of it stays.
  if (SENT.includes(new URLSearchParams(location.search).get('s') ?? '') && isNewVisit()) deleteDraft(GOAL, whose);
  const keep = () => {
    const draft = waitingDraft(GOAL, whose) ?? { ...newDraft(GOAL), fields: { case: whose } };
    draft.fields.text = box.value;
    if (box.value === '') deleteDraft(GOAL, whose);
    else carryDraft(draft);
    handOverSoon();
  };
  const show = () => {
    if (isSent(box.value)) box.value = '';
    if (box.value === '') box.value = String(waitingDraft(GOAL, whose)?.fields.text ?? '');
    if (isSent(box.value)) box.value = '';
    if (box.value === '') deleteDraft(GOAL, whose);
    else keep();
  };
  show();
  box.addEventListener('input', keep);
  let isSending = false;
  box.form?.addEventListener('submit', () => {
    isSending = true;
  });
  // From now on what waits in the tab says whether it was sent: this page may come back as it was.
  window.addEventListener('pagehide', () => {
    if (isSending) carryNothing();
  });
  // Turned back, browsers fill the box again: some of them only when the page is complete.
  window.addEventListener('pageshow', () => {
    if (isSending && waitingDraft(GOAL, whose) === null) box.value = '';
    isSending = false;
    show();
  });
}

/** Whether this stands on the page as a message of hers: then it was sent. */
function isSent(/** @type {string} */ text) {
  const sent = Array.from(document.querySelectorAll('.message.person .lines-kept'));
  return text.trim() !== '' && sent.some((one) => one.textContent?.trim() === text.trim());
}
