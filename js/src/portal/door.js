/**
 * The door of a case: Enter opens it, also out of the field of the six words, which has two lines
 * so that all of them are seen on a small screen. After "Close this page" nothing that was being
 * added stays in the tab.
 * @module
 */
import { forgetDrafts, isNewVisit } from './draft.js';
import { forgetSent } from './sent.js';

if (new URLSearchParams(location.search).get('s') === '4' && isNewVisit()) {
  forgetDrafts();
  forgetSent();
}

const words = document.querySelector('#phrase');

if (words instanceof HTMLTextAreaElement) {
  words.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    words.form?.requestSubmit();
  });
}
