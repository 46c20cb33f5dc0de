/**
 * On pages that only inform: the way back to a notice that she has begun in this tab.
 * @module
 */
import { isBegun, waitingDraft } from './draft.js';

offer();
window.addEventListener('pageshow', offer); // a page kept in memory is shown as it was

function offer() {
  const draft = waitingDraft('file', '');
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-begun]'))) {
    part.hidden = draft === null || !isBegun(draft);
  }
}
