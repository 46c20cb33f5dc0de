/**
 * A decision that was sent while its reviewer was signed out: the door leads back to the task, and
 * what was typed is there again. Until the next work page it waits in the storage of this tab and
 * nowhere else; it is of one task and one person, and the next page takes or drops it.
 * @module
 */

const NAME = 'typed';

/**
 * What waits, if it is of this form; none waits any longer.
 *
 * @param {string} whose - task and person, as the form names them
 * @returns {[string, string][] | null} name and value of each field
 */
export function takeTyped(whose) {
  try {
    const held = JSON.parse(sessionStorage.getItem(NAME) ?? 'null');
    sessionStorage.removeItem(NAME);
    return held?.whose === whose && Array.isArray(held.fields) ? held.fields : null;
  } catch {
    return null; // A browser without storage kept nothing.
  }
}

/**
 * Keep what is being sent until the next work page.
 *
 * @param {string} whose
 * @param {[string, string][]} fields
 */
export function keepTyped(whose, fields) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ whose, fields }));
  } catch {
    // Then it has to be typed again.
  }
}

/**
 * Keep the form of a decision when it is sent, and fill it with what waits for it.
 *
 * @param {HTMLFormElement | null} form - with `data-whose`; null on every other page
 */
export function keepDecision(form) {
  const whose = form?.dataset.whose ?? '';
  const typed = takeTyped(whose);
  if (!form || !whose) return;
  const note = form.querySelector('[data-typed-again]');
  if (typed && note instanceof HTMLElement && !form.querySelector('[data-refused]')) {
    fill(form, typed);
    note.hidden = false;
    note.focus();
  }
  form.addEventListener('submit', (event) => {
    if (event.submitter?.hasAttribute('data-preview')) return;
    keepTyped(whose, fieldsOf(form));
  });
}

/** @returns {[string, string][]} all but the proof against forged forms */
function fieldsOf(/** @type {HTMLFormElement} */ form) {
  return Array.from(new FormData(form), ([name, value]) => (
    /** @type {[string, string]} */ ([name, String(value)])
  )).filter(([name]) => name !== 'csrfmiddlewaretoken');
}

function fill(/** @type {HTMLFormElement} */ form, /** @type {[string, string][]} */ typed) {
  for (const field of form.elements) {
    const isBox = field instanceof HTMLInputElement && ['checkbox', 'radio'].includes(field.type);
    const isText = field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement
      || (field instanceof HTMLInputElement && field.type === 'date');
    const values = typed.filter(([name]) => 'name' in field && name === field.name).map(([, value]) => value);
    if (isBox) field.checked = values.includes(field.value);
    else if (isText && values.length > 0) field.value = values[0];
  }
}
