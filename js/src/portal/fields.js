/**
 * The form of a notice: reading it into a draft, filling it from one, showing what is asked, and
 * saying what to do where something is missing.
 * @module
 */

/**
 * Read every field.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, string | boolean | string[]>}
 */
export function readFields(form) {
  /** @type {Record<string, string | boolean | string[]>} */
  const fields = {};
  for (const control of controls(form)) {
    if (control.type === 'radio') {
      if (control.checked) fields[control.name] = control.value;
    } else if (control.type === 'checkbox' && control.name === 'regimes') {
      const chosen = /** @type {string[]} */ (fields.regimes ?? []);
      fields.regimes = control.checked ? [...chosen, control.value] : chosen;
    } else if (control.type === 'checkbox') {
      fields[control.name] = control.checked;
    } else {
      fields[control.name] = control.value;
    }
  }
  return fields;
}

/**
 * Fill the form from a draft.
 *
 * @param {HTMLFormElement} form
 * @param {Record<string, unknown>} fields
 */
export function fillFields(form, fields) {
  for (const control of controls(form)) {
    const value = fields[control.name];
    if (value === undefined) continue;
    if (control.type === 'radio') control.checked = control.value === value;
    else if (control.type === 'checkbox' && Array.isArray(value)) {
      control.checked = value.includes(control.value);
    } else if (control.type === 'checkbox') control.checked = value === true;
    else control.value = String(value);
  }
}

/**
 * Show what this way in, this role and these laws ask for, and hide the rest. Hidden fields keep
 * what was typed: she may change her mind.
 *
 * @param {HTMLFormElement} form
 * @param {{ way: string, actsAs: string, mode: string, asked: Set<string>, offered: string[] }} seen
 */
export function showAsked(form, seen) {
  for (const part of parts(form, '[data-ways]')) {
    part.hidden = !(part.dataset.ways ?? '').split(' ').includes(seen.way);
  }
  for (const part of parts(form, '[data-acts]')) part.hidden = part.dataset.acts !== seen.actsAs;
  for (const part of parts(form, '[data-mode]')) part.hidden = part.dataset.mode !== seen.mode;
  for (const part of parts(form, '[data-asked]')) {
    const isElsewhere = part.dataset.ways !== undefined && part.hidden;
    part.hidden = isElsewhere || !seen.asked.has(part.dataset.field ?? '');
  }
  for (const part of parts(form, '[data-optional]')) {
    part.hidden = seen.asked.has(part.dataset.optional ?? '');
  }
  for (const part of parts(form, '[data-law]')) {
    part.hidden = !seen.offered.includes(part.dataset.law ?? '');
  }
}

/** Take every error away. */
export function clearErrors(/** @type {HTMLFormElement} */ form) {
  for (const part of parts(form, '.wrong')) showErrors(form, part.dataset.field ?? '', []);
}

/**
 * Say at a field what to do; with no remedy, what was said goes away.
 *
 * @param {HTMLFormElement} form
 * @param {string} name - of the field
 * @param {string[]} remedies
 */
export function showErrors(form, name, remedies) {
  const part = /** @type {HTMLElement | null} */ (form.querySelector(`[data-field="${name}"]`));
  const line = form.querySelector(`#e-${name}`);
  if (!part || !(line instanceof HTMLElement)) return;
  const isWrong = remedies.length > 0;
  part.classList.toggle('wrong', isWrong);
  if (isWrong) part.classList.add('field');
  const words = document.createElement('span');
  words.textContent = remedies.join(' ');
  line.replaceChildren(...(isWrong ? [icon('i-look'), words] : []));
  line.hidden = !isWrong;
  for (const control of part.querySelectorAll('input, textarea')) {
    control.toggleAttribute('aria-invalid', isWrong);
    if (isWrong) control.setAttribute('aria-invalid', 'true');
  }
}

/**
 * Where the focus goes for a field: its first control that can be seen.
 *
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {HTMLElement | null}
 */
export function controlOf(form, name) {
  const part = form.querySelector(`[data-field="${name}"]`);
  const found = [...(part?.querySelectorAll('input, textarea, button') ?? [])];
  return /** @type {HTMLElement | null} */ (found.find((one) => one.getClientRects().length > 0)
    ?? null);
}

/** An icon out of the sprite of the page. */
export function icon(/** @type {string} */ id) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.classList.add('icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `#${id}`);
  svg.append(use);
  return svg;
}

/** A text with its `{name}` filled in. */
export function filled(/** @type {string} */ text, /** @type {Record<string, unknown>} */ values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

function controls(/** @type {HTMLFormElement} */ form) {
  const list = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('input, textarea')]);
  // The list of files brings a control of its own, without a name.
  return list.filter((control) => control.name && control.type !== 'file');
}

function parts(/** @type {HTMLFormElement} */ form, /** @type {string} */ selector) {
  return /** @type {HTMLElement[]} */ ([...form.querySelectorAll(selector)]);
}
