/**
 * The receipt: saved as a file or printed by the browser itself. The draft has done its work and
 * goes, from the memory of the tab and from the device, before the page is shown: who leaves it at
 * once does not meet the draft again.
 * @module
 */
import { dropFiled } from './draft.js';
import { noteSent } from './sent.js';

/** Says nothing to who looks into the folder of downloads. */
const FILE_NAME = 'notes.txt';

dropFiled();
noteSent(location.pathname);
part('#acts').hidden = false;
part('#save').addEventListener('click', save);
part('#print').addEventListener('click', () => window.print());
part('#h-done').focus();

function save() {
  const words = [...document.querySelectorAll('#phrase li')].map((item) => item.textContent);
  const lines = [part('#number').textContent, words.join(' '), ''];
  const url = URL.createObjectURL(new Blob([lines.join('\n')], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = FILE_NAME;
  link.click();
  // The browser reads it when it has started the download.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function part(/** @type {string} */ selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}
