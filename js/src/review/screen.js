/**
 * One screen: the veil that opens step by step, and deciding by keys.
 *
 * The server makes every step as a picture of its own and counts it; this module asks for a step
 * only when the reviewer does, shows nothing before, and drops all of them when the page is left.
 * @module
 */
import { onKey } from './keys.js';

const STEPS = ['covered', 'shapes', 'softer', 'clear'];

const veil = /** @type {HTMLElement | null} */ (document.querySelector('[data-veil]'));
const reveal = /** @type {HTMLFormElement | null} */ (veil?.querySelector('form.reveal') ?? null);

if (veil && reveal) openByStep(veil, reveal);
decideByKeys();

/**
 * Let the reviewer choose how much is shown.
 *
 * @param {HTMLElement} panel - holds frame, cover and buttons
 * @param {HTMLFormElement} buttons - one button a step; sent to the server where this module is not
 * @returns {void}
 */
function openByStep(panel, buttons) {
  const shown = /** @type {HTMLElement} */ (panel.querySelector('.shown'));
  const cover = /** @type {HTMLElement} */ (panel.querySelector('.cover'));
  const title = /** @type {HTMLElement} */ (panel.querySelector('[data-cover-title]'));
  const text = /** @type {HTMLElement} */ (panel.querySelector('[data-cover-text]'));
  const say = /** @type {HTMLElement} */ (panel.querySelector('[data-say]'));
  const note = /** @type {HTMLElement} */ (panel.querySelector('[data-limit-note]'));
  const opened = panel.querySelector('[data-opened]');
  // Not from the page's own address: after a refused decision that is another one.
  const base = new URL('preview/', buttons.action);
  let loading = /** @type {HTMLImageElement | null} */ (null);

  buttons.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button instanceof HTMLElement && button.dataset.level) go(button.dataset.level);
  });
  note.querySelector('[data-anyway]')?.addEventListener('click', (event) => {
    event.preventDefault();
    panel.removeAttribute('data-limit');
    note.hidden = true;
    go('clear', true);
  });
  onKey((key) => {
    const step = STEPS[Number.parseInt(key, 10)];
    if (step) go(step);
    else if (key === 'escape') go('covered');
    else return false;
    return true;
  });
  // It closes when the reviewer leaves, and is closed when they come back.
  addEventListener('pagehide', cleared);
  addEventListener('pageshow', (event) => {
    if (event.persisted) go('covered');
  });
  // Nothing is open when the page opens, even where the address asks for a step.
  go('covered');

  /**
   * @param {string} step - of STEPS
   * @param {boolean} [anyway] - over the limit that the reviewer chose
   */
  function go(step, anyway = false) {
    // What nobody waits for any more is not fetched, and not counted.
    loading?.removeAttribute('src');
    loading = null;
    for (const button of buttons.querySelectorAll('button')) {
      button.toggleAttribute('aria-pressed', false);
      if (button.dataset.level === step) button.setAttribute('aria-pressed', 'true');
    }
    note.hidden = !(step === 'clear' && panel.hasAttribute('data-limit') && !anyway);
    if (step === 'covered' || !note.hidden) {
      covered(say.dataset.coveredTitle, say.dataset.coveredText);
      say.textContent = say.dataset.covered ?? '';
      return;
    }
    const known = shown.querySelector(`img[data-level="${step}"]`);
    if (known instanceof HTMLImageElement) show(known);
    else load(step, anyway);
  }

  /** @param {string} step @param {boolean} anyway */
  function load(step, anyway) {
    covered(say.dataset.loadingTitle, say.dataset.loading);
    say.textContent = say.dataset.loading ?? '';
    const picture = new Image();
    loading = picture;
    picture.className = 'look';
    picture.alt = '';
    picture.dataset.level = step;
    picture.addEventListener('load', () => {
      if (loading !== picture) return;
      loading = null;
      shown.prepend(picture);
      if (step === 'clear') counted();
      if (step === 'clear' && opened) opened.textContent = String(Number(opened.textContent) + 1);
      show(picture);
    });
    picture.addEventListener('error', () => {
      if (loading !== picture) return;
      loading = null;
      covered(say.dataset.failedTitle, say.dataset.failed);
      say.textContent = say.dataset.failed ?? '';
    });
    picture.src = String(new URL(`${step}/${anyway ? '?anyway=1' : ''}`, base));
  }

  /** @param {HTMLImageElement} picture */
  function show(picture) {
    for (const other of shown.querySelectorAll('img')) other.hidden = other !== picture;
    shown.hidden = false;
    cover.hidden = true;
    say.textContent = say.dataset.shown ?? '';
  }

  /** @param {string | undefined} head @param {string | undefined} body */
  function covered(head, body) {
    title.textContent = head ?? '';
    text.textContent = body ?? '';
    cover.hidden = false;
    shown.hidden = true;
  }

  /** The server has counted it: nothing has to be said about a copy that was not opened. */
  function counted() {
    for (const part of document.querySelectorAll('[data-unopened]')) part.remove();
  }

  function cleared() {
    for (const picture of shown.querySelectorAll('img')) picture.remove();
    shown.hidden = true;
    cover.hidden = false;
  }
}

/** Ctrl and Enter decide from anywhere, also while the facts are written; Escape leaves a field. */
function decideByKeys() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('[data-decision]'));
  const button = /** @type {HTMLButtonElement | null} */ (form?.querySelector('[data-decide]') ?? null);
  if (!form || !button) return;
  let isSent = false;
  form.addEventListener('submit', (event) => {
    if (event.submitter?.hasAttribute('data-preview')) return;
    // A second press must not decide the next case.
    if (isSent) event.preventDefault();
    isSent = true;
  });
  addEventListener('pageshow', () => {
    isSent = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !button.disabled) {
      event.preventDefault();
      form.requestSubmit(button);
    } else if (event.key === 'Escape' && document.activeElement instanceof HTMLTextAreaElement) {
      document.activeElement.blur();
    }
  });
}
