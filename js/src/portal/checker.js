/**
 * Is the notice complete? Law by law, side by side: what is there, and what to add. The same words
 * as on the server, from the same data; nothing is asked of anybody to draw it.
 * @module
 */
import { filled, icon } from './fields.js';
import { missingUnder } from './law.js';

/**
 * @typedef {object} Finding
 * @property {import('./law.js').Law} law
 * @property {boolean} isValid
 * @property {{ element: import('./law.js').Element, isMet: boolean }[]} rows - in the law's order
 */

/**
 * What holds under each law. An element that does not apply to this notice is left out.
 *
 * @param {import('./law.js').Law[]} laws
 * @param {Record<string, boolean>} facts
 * @returns {Finding[]}
 */
export function findingsUnder(laws, facts) {
  return laws.map((law) => {
    const missing = new Set(missingUnder(law, facts));
    const asked = law.elements.filter(({ onlyIf }) => !onlyIf || facts[onlyIf]);
    const rows = asked.map((element) => ({ element, isMet: !missing.has(element) }));
    return { law, isValid: missing.size === 0, rows };
  });
}

/**
 * All of it in one sentence.
 *
 * @param {Finding[]} findings
 * @param {Record<string, string>} texts
 */
export function summaryOf(findings, texts) {
  const valid = findings.filter(({ isValid }) => isValid).length;
  if (valid === findings.length) return texts.checkAll;
  if (valid === 0) return texts.checkNone;
  const some = valid === 1 ? texts.checkOne : texts.checkSome;
  return filled(some, { valid, n: findings.length });
}

/**
 * Draw it into the part of the page that is meant for it.
 *
 * @param {HTMLElement} root - with a `[data-check-sum]` and a `[data-check-laws]`
 * @param {Finding[]} findings
 * @param {Record<string, string>} texts
 * @param {((field: string) => void) | null} goTo - leads to a field; null where there is none
 */
export function drawChecker(root, findings, texts, goTo) {
  root.hidden = findings.length === 0;
  if (findings.length === 0) return;
  const sum = /** @type {HTMLElement} */ (root.querySelector('[data-check-sum]'));
  const words = summaryOf(findings, texts);
  if (sum.textContent !== words) sum.textContent = words; // said once, not at each letter
  const cards = findings.map((finding) => cardOf(finding, texts, goTo));
  const list = /** @type {HTMLElement} */ (root.querySelector('[data-check-laws]'));
  // A list that is the same stays, so that the focus in it is not lost.
  const drawn = cards.map((card) => card.outerHTML).join('');
  if (list.innerHTML !== drawn) list.replaceChildren(...cards);
}

/**
 * @param {Finding} finding
 * @param {Record<string, string>} texts
 * @param {((field: string) => void) | null} goTo
 */
function cardOf({ law, isValid, rows }, texts, goTo) {
  const card = document.createElement('li');
  card.className = 'panel stack tight check';
  const name = element('h3', 'h4', law.title);
  const chip = element('span', isValid ? 'chip done fit' : 'chip wait fit');
  chip.append(icon(isValid ? 'i-check' : 'i-dot'), isValid ? texts.complete : texts.incomplete);
  const list = element('ul', 'checks snug small');
  list.append(...rows.map((row) => rowOf(row, texts, goTo)));
  card.append(name, chip, list);
  for (const words of [law.clock, law.startNote].filter(Boolean)) {
    card.append(element('p', 'small soft', words));
  }
  return card;
}

/**
 * @param {{ element: import('./law.js').Element, isMet: boolean }} row
 * @param {Record<string, string>} texts
 * @param {((field: string) => void) | null} goTo
 */
function rowOf({ element: asked, isMet }, texts, goTo) {
  const row = element('li', isMet ? 'met' : 'unmet');
  const words = element('span', '');
  words.append(element('span', 'hidden', `${isMet ? texts.checkMet : texts.checkUnmet} `));
  if (isMet) {
    words.append(asked.label);
  } else {
    words.append(element('strong', '', asked.label), element('span', 'remedy', asked.remedy));
    if (goTo && asked.fields.length > 0) words.append(linkTo(asked, texts, goTo));
  }
  row.append(icon(isMet ? 'i-check' : 'i-dot'), words);
  return row;
}

/**
 * @param {import('./law.js').Element} asked
 * @param {Record<string, string>} texts
 * @param {(field: string) => void} goTo
 */
function linkTo(asked, texts, goTo) {
  const link = document.createElement('a');
  link.href = `#f-${asked.fields[0]}`;
  link.className = 'remedy';
  link.textContent = texts.checkGo;
  link.append(element('span', 'hidden', ` ${asked.label}`));
  link.dataset.field = asked.fields[0];
  link.addEventListener('click', (event) => {
    event.preventDefault();
    goTo(asked.fields[0]);
  });
  return link;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
function element(tag, className, text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
