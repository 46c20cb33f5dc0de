/**
 * The statement as it stands, shown under the decision while it is written, and errors that agree
 * with it. Without this module the same button opens the statement as a page of its own.
 * @module
 */

/** A typing person is asked nothing; this long after the last letter the server looks again. */
const QUIET_MS = 500;

const button = /** @type {HTMLButtonElement | null} */ (document.querySelector('[data-preview]'));
const here = /** @type {HTMLElement | null} */ (document.querySelector('[data-preview-here]'));
if (button?.form && here) showOnRequest(button, button.form, here);

/**
 * Fetch the preview and put it in place; keep the errors beside the fields as the server sees them.
 *
 * @param {HTMLButtonElement} asked - its `formaction` is the page of the preview
 * @param {HTMLFormElement} form - the decision as it is written
 * @param {HTMLElement} place - what is filled
 * @returns {void}
 */
function showOnRequest(asked, form, place) {
  const note = /** @type {HTMLElement | null} */ (form.querySelector('[data-refused]'));
  let timer = 0;
  let latest = 0;

  form.addEventListener('input', () => {
    // What is shown is of the decision as it stood: a change makes it old.
    place.replaceChildren();
    latest += 1;
    clearTimeout(timer);
    if (hasErrors(form)) timer = setTimeout(() => ask(() => undefined), QUIET_MS);
  });
  asked.addEventListener('click', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask((part) => {
      if (!part) {
        form.requestSubmit(asked);
        return;
      }
      place.replaceChildren(part);
      place.focus();
    });
  });

  /**
   * Ask for the preview, and let the errors follow it.
   *
   * @param {(part: Element | null) => void} answered - with the preview; null where there is none
   */
  function ask(answered) {
    latest += 1;
    const mine = latest;
    // A request that parses by itself: no text of ours is ever turned into markup by a script.
    const request = new XMLHttpRequest();
    request.open('POST', `${asked.formAction}?part=1`);
    request.responseType = 'document';
    request.addEventListener('load', () => {
      if (mine !== latest) return;
      const found = request.response?.querySelector('.preview');
      const part = request.status === 200 && found ? document.importNode(found, true) : null;
      if (part) follow(part);
      answered(part);
    });
    request.addEventListener('error', () => {
      if (mine === latest) answered(null);
    });
    request.send(new FormData(form));
  }

  /** @param {Element} part */
  function follow(part) {
    /** @type {Map<string, string>} */
    const wrong = new Map();
    for (const line of part.querySelectorAll('[data-wrong]')) {
      wrong.set(line.getAttribute('data-wrong') ?? '', line.textContent ?? '');
    }
    for (const slot of slotsOf(form)) {
      const text = wrong.get(slot.dataset.error ?? '') ?? '';
      // Before the first try to decide nobody is told what is missing, only what must go.
      const isShown = text !== '' && (note !== null || slot.dataset.error === 'facts');
      mark(slot, isShown ? text : '');
    }
    if (note) note.hidden = !hasErrors(form);
  }
}

/** @param {HTMLFormElement} form @returns {HTMLElement[]} where errors of fields stand */
function slotsOf(form) {
  return [...form.querySelectorAll('[data-error]')].filter((one) => one instanceof HTMLElement);
}

/** @param {HTMLFormElement} form @returns {boolean} whether any field is marked */
function hasErrors(form) {
  return slotsOf(form).some((slot) => !slot.hidden);
}

/** @param {HTMLElement} slot @param {string} text - empty for a field that is right */
function mark(slot, text) {
  const words = slot.querySelector('span');
  if (words) words.textContent = text;
  slot.hidden = text === '';
  const field = slot.closest('.field');
  field?.classList.toggle('wrong', text !== '');
  const input = field?.querySelector('input, select, textarea');
  if (text) input?.setAttribute('aria-invalid', 'true');
  else input?.removeAttribute('aria-invalid');
}
