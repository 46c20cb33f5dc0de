/**
 * What has to be mended before a step of a notice can be left. Two kinds: what cannot be sent as it
 * is, and what only the law asks for, which she may leave out.
 * @module
 */
import { filled } from './fields.js';
import { asksWebsite, factsOf, linesOf, missingUnder, openElements } from './law.js';
import { isAddress, isEmail, isPhone, originOf } from './reaching.js';

/**
 * @typedef {object} Remark
 * @property {string} field - where to mend it
 * @property {string} text - what to do
 * @property {boolean} isSoft - only the law asks for it
 */

/**
 * @typedef {object} Standing - how her files stand
 * @property {number} ready
 * @property {number} left - that could not be read, or were stopped
 * @property {{ name: string }[]} working - that are still being read, or wait for it
 */

/** What step 1 asks; a law that wants more than these is not answered there. */
const OF_STEP_1 = ['urls', 'place'];
/** A pasted list may hold hundreds; more than these help nobody to begin. */
const MOST_LINES = 10;

/**
 * Step 1: where it is.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Record<string, any>} texts - with `most`: how many letters fit a field
 * @param {import('./law.js').Law[]} laws - the ones she chose, or all that she can choose
 * @param {string[]} served - the websites at which an address counts
 * @param {import('./law.js').Website[]} [websites] - where several are served
 * @returns {Remark[]}
 */
export function checkWhere(draft, texts, laws, served, websites) {
  const { way, urls } = /** @type {Record<string, string>} */ (draft.fields);
  if (!way) return [hard('way', texts.wayNeeded)];
  if (way === 'threatened' && draft.goal === 'file') return [];
  const lines = linesOf(urls ?? '');
  const wrong = eachLine(lines, (line) => !isAddress(line), texts.urlWrong);
  if (wrong.length > 0) return wrong.map((text) => hard('urls', text));
  if (draft.goal === 'file' && way === 'link' && lines.length === 0) return [hard('urls', texts.urlNeeded)];
  const long = tooLong(draft, ['place'], texts);
  if (long.length > 0) return long;
  const found = eachLine(lines, (line) => !served.includes(originOf(line)), texts.urlElsewhere)
    .map((text) => ({ field: 'urls', text, isSoft: true }));
  if (draft.goal === 'add') return found;
  return [...found, ...whatLawsMiss(laws, factsOf(draft, served, websites), found, isOfStep1)];
}

/** Whether step 1 alone gives it. */
function isOfStep1(/** @type {import('./law.js').Element} */ element) {
  return element.fields.length > 0 && element.fields.every((name) => OF_STEP_1.includes(name));
}

/** A text for each line that is so, by its number. */
function eachLine(
  /** @type {string[]} */ lines,
  /** @type {(line: string) => boolean} */ isSo,
  /** @type {string} */ text,
) {
  return lines.flatMap((line, at) => (isSo(line) ? [filled(text, { n: at + 1 })] : []))
    .slice(0, MOST_LINES);
}

/**
 * How each law stands where she goes on with what is missing.
 *
 * @param {import('./law.js').Law[]} laws
 * @param {Record<string, boolean>} facts
 * @param {number} step - at the first step only the laws that miss something there are named, at
 *   the second none
 * @param {Record<string, any>} texts
 * @returns {string[]} a line for each law
 */
export function lawLines(laws, facts, step, texts) {
  if (step === 2) return []; // nothing of the statement is asked for yet
  return laws.flatMap((law) => {
    const missing = missingUnder(law, facts).filter((element) => step > 1 || isOfStep1(element));
    if (missing.length === 0 && step === 1) return [];
    const left = law.hours > 0 ? texts.lawStarts : texts.lawOpen;
    const text = missing.length === 0 ? texts.lawComplete : left;
    return [filled(text, { law: law.title, hours: law.hours })];
  });
}

/**
 * Step 2: the files. Without an address there must be one.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Record<string, any>} texts
 * @param {Standing} standing
 * @returns {Remark[]}
 */
export function checkFiles(draft, texts, standing) {
  const found = checkStanding(texts, standing);
  if (standing.working.length > 0 || draft.files.length > 0) return found;
  const hasUrls = draft.fields.way !== 'threatened' || draft.goal === 'add';
  if (hasUrls && linesOf(String(draft.fields.urls ?? '')).length > 0) return found;
  return [hard('files', texts.filesNeeded)];
}

/**
 * Files that would be left behind: what is being read is waited for, what could not be read or was
 * stopped is said once.
 *
 * @param {Record<string, any>} texts
 * @param {Standing} standing
 * @returns {Remark[]}
 */
export function checkStanding(texts, { ready, left, working }) {
  if (working.length > 0) return [hard('files', waitWords(texts, working))];
  if (left === 0) return [];
  const text = filled(texts.filesLeft, { ready, all: ready + left });
  return [{ field: 'files', text, isSoft: true }];
}

/**
 * What is waited for: one file by its name, several by their number.
 *
 * @param {Record<string, any>} texts
 * @param {{ name: string }[]} working - at least one
 * @returns {string}
 */
export function waitWords(texts, working) {
  return working.length === 1 ? filled(texts.filesWorking, { name: working[0].name })
    : filled(texts.filesWorkingMany, { n: working.length });
}

/**
 * Step 3: the statement.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Record<string, any>} texts - as for step 1
 * @param {import('./law.js').Law[]} laws - the ones she chose, or all that she can choose
 * @param {Record<string, boolean>} facts
 * @param {import('./law.js').Website[]} [websites] - where several are served
 * @returns {Remark[]}
 */
export function checkStatement(draft, texts, laws, facts, websites) {
  const fields = /** @type {Record<string, string>} */ (draft.fields);
  const found = [];
  if (draft.goal === 'file') {
    if (!fields.acts_as) found.push(hard('acts_as', texts.actsNeeded));
    if (fields.acts_as === 'representative' && !facts.has_authority) {
      found.push(hard('authority', texts.authorityNeeded));
    }
    const isKnown = (websites ?? []).some((one) => one.id === fields.website);
    if (asksWebsite(draft, websites) && !isKnown) found.push(hard('website', texts.websiteNeeded));
    const chosen = /** @type {string[]} */ (draft.fields.regimes ?? []);
    if (chosen.length === 0) found.push(hard('regimes', texts.lawNeeded));
    if (!fields.withdrawal_mode) found.push(hard('withdrawal_mode', texts.modeNeeded));
    // Without mail there is nobody to ask: then the page has neither the field nor its text.
    if (fields.withdrawal_mode === 'cooling' && texts.safeNeeded && !isEmail(fields.safe_contact ?? '')) {
      const isEmpty = !(fields.safe_contact ?? '').trim();
      found.push(hard('safe_contact', isEmpty ? texts.safeNeeded : texts.emailWrong));
    }
  }
  // Of a case that is open these may be there already: only what is typed now is looked at.
  const email = (fields.email ?? '').trim();
  if (email && !isEmail(email)) found.push(hard('email', texts.emailWrong));
  const phone = (fields.phone ?? '').trim();
  if (phone && !isPhone(phone)) found.push(hard('phone', texts.phoneWrong));
  const isForOther = fields.acts_as === 'representative';
  found.push(...tooLong(draft, isForOther ? ['authority', 'statement'] : ['statement'], texts));
  const isChosen = !found.some((remark) => remark.field === 'regimes');
  return [...found, ...whatLawsMiss(laws, facts, found, (element) => (
    isChosen || isMissedAlike(element, laws, facts)
  ))];
}

/** Texts that do not fit. No box cuts what is put in: nothing is lost unseen. */
function tooLong(
  /** @type {import('./draft.js').Draft} */ draft,
  /** @type {string[]} */ names,
  /** @type {Record<string, any>} */ texts,
) {
  return names.flatMap((field) => {
    const n = Array.from(String(draft.fields[field] ?? '').trim()).length;
    const most = texts.most[field];
    return n > most ? [hard(field, filled(texts.tooLong, { n, most }))] : [];
  });
}

/** Whether every law misses it, in the same words: before she chose, none of them counts yet. */
function isMissedAlike(
  /** @type {import('./law.js').Element} */ element,
  /** @type {import('./law.js').Law[]} */ laws,
  /** @type {Record<string, boolean>} */ facts,
) {
  return laws.every((law) => missingUnder(law, facts).some((one) => (
    one.fields[0] === element.fields[0] && one.remedy === element.remedy
  )));
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
  for (const element of openElements(laws, facts, isAsked)) {
    const field = element.fields[0];
    if (taken.has(field)) continue;
    taken.add(field);
    found.push({ field, text: element.remedy, isSoft: true });
  }
  return found;
}

function hard(/** @type {string} */ field, /** @type {string} */ text) {
  return { field, text, isSoft: false };
}
