/**
 * What has to be mended before a step of a notice can be left. Two kinds: what cannot be sent as it
 * is, and what only the law asks for, which she may leave out.
 * @module
 */
import { filled } from './fields.js';
import { factsOf, linesOf, missingUnder } from './law.js';

/**
 * @typedef {object} Remark
 * @property {string} field - where to mend it
 * @property {string} text - what to do
 * @property {boolean} isSoft - only the law asks for it
 */

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What step 1 asks; a law that wants more than these is not answered there. */
const OF_STEP_1 = ['urls', 'place'];

/**
 * Step 1: where it is.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Record<string, any>} texts
 * @param {import('./law.js').Law[]} laws - the ones she chose, or all that she can choose
 * @returns {Remark[]}
 */
export function checkWhere(draft, texts, laws) {
  const { way, urls } = /** @type {Record<string, string>} */ (draft.fields);
  if (!way) return [hard('way', texts.wayNeeded)];
  if (way === 'threatened' && draft.goal === 'file') return [];
  const lines = linesOf(urls ?? '');
  const wrong = lines.findIndex((line) => !isAddress(line));
  if (wrong >= 0) return [hard('urls', filled(texts.urlWrong, { n: wrong + 1 }))];
  if (way === 'link' && lines.length === 0) return [hard('urls', texts.urlNeeded)];
  if (draft.goal === 'add') return [];
  return whatLawsMiss(laws, factsOf(draft), [], (element) => (
    element.fields.length > 0 && element.fields.every((name) => OF_STEP_1.includes(name))
  ));
}

/**
 * Step 2: the files. Without an address there must be one.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Record<string, any>} texts
 * @param {{ name: string } | undefined} unfinished - a file that is still being read
 * @returns {Remark[]}
 */
export function checkFiles(draft, texts, unfinished) {
  if (unfinished) return [hard('files', filled(texts.filesWorking, { name: unfinished.name }))];
  if (draft.files.length > 0) return [];
  const hasUrls = draft.fields.way !== 'threatened' || draft.goal === 'add';
  if (hasUrls && linesOf(String(draft.fields.urls ?? '')).length > 0) return [];
  return [hard('files', texts.filesNeeded)];
}

/**
 * Step 3: the statement.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Record<string, any>} texts
 * @param {import('./law.js').Law[]} laws - the ones she chose
 * @param {Record<string, boolean>} facts
 * @returns {Remark[]}
 */
export function checkStatement(draft, texts, laws, facts) {
  const fields = /** @type {Record<string, string>} */ (draft.fields);
  const found = [];
  if (draft.goal === 'file') {
    if (!fields.acts_as) found.push(hard('acts_as', texts.actsNeeded));
    if (fields.acts_as === 'representative' && !facts.has_authority) {
      found.push(hard('authority', texts.authorityNeeded));
    }
    if (laws.length === 0) found.push(hard('regimes', texts.lawNeeded));
    if (!fields.withdrawal_mode) found.push(hard('withdrawal_mode', texts.modeNeeded));
    if (fields.withdrawal_mode === 'cooling' && !EMAIL.test((fields.safe_contact ?? '').trim())) {
      const isEmpty = !(fields.safe_contact ?? '').trim();
      found.push(hard('safe_contact', isEmpty ? texts.safeNeeded : texts.emailWrong));
    }
  }
  // Of a case that is open these may be there already: only what is typed now is looked at.
  const email = (fields.email ?? '').trim();
  if (email && !EMAIL.test(email)) found.push(hard('email', texts.emailWrong));
  const phone = (fields.phone ?? '').trim();
  if (phone && (phone.match(/\d/g) ?? []).length < 5) {
    found.push(hard('phone', texts.phoneWrong));
  }
  return [...found, ...whatLawsMiss(laws, facts, found)];
}

/** What the laws miss, each field once, and not where something was said already. */
function whatLawsMiss(
  /** @type {import('./law.js').Law[]} */ laws,
  /** @type {Record<string, boolean>} */ facts,
  /** @type {Remark[]} */ said,
  /** @type {(element: import('./law.js').Element) => boolean} */ isAsked = () => true,
) {
  const taken = new Set(said.map((remark) => remark.field));
  const found = [];
  for (const element of laws.flatMap((law) => missingUnder(law, facts)).filter(isAsked)) {
    const field = element.fields[0];
    if (taken.has(field)) continue;
    taken.add(field);
    found.push({ field, text: element.remedy, isSoft: true });
  }
  return found;
}

/** Whether a line can be an address of the web; the server looks again. */
function isAddress(/** @type {string} */ line) {
  if (/\s/.test(line)) return false;
  try {
    const url = new URL(/^https?:\/\//i.test(line) ? line : `https://${line}`);
    return url.hostname.includes('.') || url.hostname === 'localhost';
  } catch {
    return false;
  }
}

function hard(/** @type {string} */ field, /** @type {string} */ text) {
  return { field, text, isSoft: false };
}
