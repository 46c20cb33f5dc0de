/**
 * What has to be mended, in one list above the step: each point leads to its field. What is right
 * leaves the list and its field at once; nothing new is said before the next press of "Continue".
 * @module
 */
import { filled, showErrors } from './fields.js';

/**
 * @typedef {object} Summary
 * @property {(remarks: Remark[], laws: string[]) => void} show - and go there
 * @property {(found: () => Remark[], laws: () => string[], isWhole: () => boolean) => void} mend - take
 *   out what is right; `isWhole` says whether nothing at all is open, in the list or not
 * @property {() => void} hide
 */
/** @typedef {import('./checks.js').Remark} Remark */

/**
 * @param {HTMLFormElement} form - with a `#summary`
 * @param {Record<string, string>} texts
 * @param {(field: string) => void} goTo
 * @param {HTMLElement} heard - said to who listens, without haste
 * @returns {Summary}
 */
export function mountSummary(form, texts, goTo, heard) {
  const box = part(form, '#summary');
  const list = part(form, '#summary-list');
  /** @type {{ remark: Remark, line: HTMLElement }[]} */
  let points = [];
  /** What was said when the last point was done; it is true only as long as nothing is undone. */
  let said = '';

  function show(/** @type {Remark[]} */ remarks, /** @type {string[]} */ laws) {
    points = inOrderOf(form, remarks).map((remark) => ({ remark, line: lineOf(remark, goTo) }));
    part(form, '#summary-title').textContent = texts.summary;
    list.replaceChildren(...points.map(({ line }) => line));
    for (const { field } of remarks) showErrors(form, field, textsAt(field));
    showSoft(laws);
    box.hidden = false;
    // Its beginning is what she reads first, however long it is.
    box.focus({ preventScroll: true });
    box.scrollIntoView({ block: 'start' });
  }

  /** @type {Summary['mend']} */
  function mend(found, laws, isWhole) {
    if (box.hidden) {
      if (said && heard.textContent === said) sayDone(isWhole());
      return;
    }
    const open = found();
    const gone = points.filter(({ remark }) => !stays(remark, open));
    points = points.filter((one) => !gone.includes(one));
    // Line by line, so that the focus in another line is not lost.
    for (const { line } of gone) line.remove();
    for (const { remark } of gone) showErrors(form, remark.field, textsAt(remark.field));
    if (points.length > 0) {
      if (gone.length > 0) heard.textContent = filled(texts.pointsLeft, { n: points.length });
      showSoft(laws());
    } else {
      hide();
      if (gone.length > 0) sayDone(isWhole());
    }
  }

  /** The list names what was open at the last press: more may be open by now, and is said where it is. */
  function sayDone(/** @type {boolean} */ isWhole) {
    const words = isWhole ? texts.pointsDone : texts.pointsOpen;
    if (words !== said) heard.textContent = words; // said once, not at each letter
    said = words;
  }

  function hide() {
    points = [];
    said = '';
    box.hidden = true;
  }

  /** Whether a point is still to do: its own text, or whatever else its field is told. */
  function stays(/** @type {Remark} */ remark, /** @type {Remark[]} */ found) {
    const now = found.filter(({ field }) => field === remark.field).map(({ text }) => text);
    const told = textsAt(remark.field);
    return now.includes(remark.text)
      || (now.length > 0 && told[0] === remark.text && !told.some((text) => now.includes(text)));
  }

  function textsAt(/** @type {string} */ field) {
    return points.map(({ remark }) => remark).filter((one) => one.field === field)
      .map(({ text }) => text);
  }

  /** What only the law asks for may be left out: then, law by law, what follows. */
  function showSoft(/** @type {string[]} */ laws) {
    const isSoft = points.every(({ remark }) => remark.isSoft);
    part(form, '#summary-soft').hidden = !isSoft;
    const shown = part(form, '#summary-laws');
    if (isSoft && shown.textContent !== laws.join('')) shown.replaceChildren(...laws.map(itemOf));
  }

  return { show, mend, hide };
}

/** As the fields stand on the page. */
function inOrderOf(/** @type {HTMLFormElement} */ form, /** @type {Remark[]} */ remarks) {
  const order = [...form.querySelectorAll('[data-field]')]
    .map((one) => (one instanceof HTMLElement ? one.dataset.field : ''));
  return [...remarks].sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field));
}

function lineOf(/** @type {Remark} */ { field, text }, /** @type {(field: string) => void} */ goTo) {
  const line = document.createElement('li');
  const link = document.createElement('a');
  link.href = `#f-${field}`;
  link.textContent = text;
  link.addEventListener('click', (event) => {
    event.preventDefault();
    goTo(field);
  });
  line.append(link);
  return line;
}

function itemOf(/** @type {string} */ words) {
  const item = document.createElement('li');
  item.textContent = words;
  return item;
}

function part(/** @type {HTMLFormElement} */ form, /** @type {string} */ selector) {
  return /** @type {HTMLElement} */ (form.querySelector(selector));
}
