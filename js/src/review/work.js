/**
 * What every work page does: the list of keys, breaks, and the minute of an undo. Without this
 * module the pages work all the same, by links and forms.
 * @module
 */
import { onKey, press } from './keys.js';
import { keepDecision } from './typed.js';

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('keys'));
const breakForm = /** @type {HTMLFormElement | null} */ (document.getElementById('break-form'));

keepDecision(/** @type {HTMLFormElement | null} */ (document.querySelector('[data-decision]')));

onKey((key) => {
  if (key === '?' && dialog) {
    dialog.showModal();
    return true;
  }
  if (key === 'b' && breakForm) {
    breakForm.requestSubmit();
    return true;
  }
  return press(key);
});

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element && event.target.closest('a[data-key="?"]');
  if (link && dialog) {
    event.preventDefault();
    dialog.showModal();
  }
});

/**
 * Count down the minute in which a decision can be undone; words, no flashing, and then the toast
 * goes. Screen readers hear the toast once and not each second.
 *
 * @param {HTMLElement} toast - with the moment of its end in `data-until`
 * @returns {void}
 */
function countDown(toast) {
  const until = Date.parse(toast.dataset.until ?? '');
  const words = toast.querySelector('[data-seconds]');
  if (!words || Number.isNaN(until)) return;
  // The server's clock said how long; a device whose clock is wrong must not cut the minute short.
  const left = Math.min(60, Math.max(1, Math.round((until - Date.now()) / 1000)));
  const end = performance.now() + left * 1000;
  words.setAttribute('aria-hidden', 'true');
  const timer = setInterval(show, 1000);

  function show() {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (seconds <= 0) {
      clearInterval(timer);
      toast.remove();
      return;
    }
    const unit = new Intl.NumberFormat(document.documentElement.lang, {
      style: 'unit',
      unit: 'second',
      unitDisplay: 'long',
    });
    if (words) words.textContent = unit.format(seconds);
  }
  show();
}

for (const toast of document.querySelectorAll('[data-toast]')) {
  if (toast instanceof HTMLElement) countDown(toast);
}
