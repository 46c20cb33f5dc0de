/**
 * The same check of a notice as on the server, on the same data: what a law asks for, and whether
 * the draft gives it. It sees only yes and no.
 * @module
 */
import { addressKey, isEmail, isPhone, originOf } from './reaching.js';

/**
 * @typedef {object} Element
 * @property {string} id
 * @property {string} label
 * @property {string} remedy
 * @property {string[]} allOf
 * @property {string[]} anyOf
 * @property {string} onlyIf
 * @property {string[]} fields
 */

/**
 * @typedef {object} Law
 * @property {string} [id]
 * @property {string} title
 * @property {string} clock
 * @property {number} hours - of the clock; 0 where it names none
 * @property {string} startNote - what it means that its first day is not confirmed; else empty
 * @property {Element[]} elements
 * @property {Record<string, { paragraphs: string[], digest: string }>} texts
 */

/**
 * What a draft holds, by the names of the facts that laws speak of.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {string[]} served - the websites at which an address counts
 * @param {Website[]} [websites] - where several are served: an address counts under their laws
 * @returns {Record<string, boolean>} a name, or a name, `@` and a law where it differs by law
 */
export function factsOf(draft, served, websites) {
  const { fields } = draft;
  const text = (/** @type {string} */ name) => String(fields[name] ?? '');
  const has = (/** @type {string} */ name) => String(fields[name] ?? '').trim() !== '';
  const isLinkable = isOnline(draft);
  const origins = isLinkable ? linesOf(text('urls')).map(originOf) : [];
  return {
    ...urlsByLaw(origins, websites ?? []),
    is_representative: fields.acts_as === 'representative',
    has_authority: has('authority'),
    has_signature: has('signature'),
    has_fingerprint: draft.files.length > 0 && takesFiles(draft),
    has_url: origins.some((one) => served.includes(one)),
    has_place: isLinkable && has('place'),
    has_statement: has('statement'),
    has_good_faith: fields.is_good_faith === true,
    has_name: has('name'),
    has_email: isEmail(text('email')),
    has_phone: isPhone(text('phone')),
    has_on_service: isLinkable && fields.on_service === true,
    has_role: fields.role === true,
  };
}

/** For each law whether it applies at the website of one of these addresses. */
function urlsByLaw(/** @type {string[]} */ origins, /** @type {Website[]} */ websites) {
  /** @type {Record<string, boolean>} */
  const found = {};
  for (const { origins: own, offered } of websites) {
    const isThere = own.some((one) => origins.includes(one));
    for (const law of Object.values(offered).flat()) {
      found[`has_url@${law}`] = found[`has_url@${law}`] || isThere;
    }
  }
  return found;
}

/**
 * What is missing under a law.
 *
 * @param {Law} law
 * @param {Record<string, boolean>} facts
 * @returns {Element[]} in the order of the form; empty where the notice is complete
 */
export function missingUnder(law, facts) {
  const has = (/** @type {string} */ name) => facts[`${name}@${law.id}`] ?? facts[name];
  return law.elements.filter((element) => {
    if (element.onlyIf && !facts[element.onlyIf]) return false;
    const isMet = element.allOf.every(has)
      && (element.anyOf.length === 0 || element.anyOf.some(has));
    return !isMet;
  });
}

/**
 * Where something is mended, each field once: the elements to speak of. One that is met anyway as
 * soon as another is met is left out, such as "e-mail or telephone" beside "e-mail".
 *
 * @param {Law[]} laws
 * @param {Record<string, boolean>} facts
 * @param {(element: Element) => boolean} isAsked - of which to speak now
 * @returns {Element[]}
 */
export function openElements(laws, facts, isAsked) {
  const open = laws.flatMap((law) => missingUnder(law, facts)).filter(isAsked);
  return open.filter((one, at) => !open.some((other, place) => (
    place !== at && isMetBy(one, other, facts) && (place < at || !isMetBy(other, one, facts))
  )));
}

/** Whether giving one element gives another too. */
function isMetBy(
  /** @type {Element} */ element,
  /** @type {Element} */ given,
  /** @type {Record<string, boolean>} */ facts,
) {
  const has = (/** @type {string} */ name) => facts[name] || given.allOf.includes(name);
  const isNarrower = given.anyOf.length > 0
    && given.anyOf.every((name) => element.anyOf.includes(name));
  return element.allOf.every(has)
    && (element.anyOf.length === 0 || element.anyOf.some(has) || isNarrower);
}

/**
 * The fields that some of these laws ask for, so that the form shows no others.
 *
 * @param {Law[]} laws
 * @returns {Set<string>}
 */
export function fieldsOf(laws) {
  return new Set(laws.flatMap((law) => law.elements.flatMap((element) => element.fields)));
}

/**
 * What is sent: one document, in the words of the server.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Record<string, Law>} laws
 * @param {string} language
 * @param {Website[]} [websites] - where several are served
 * @returns {Record<string, unknown>}
 */
export function documentOf(draft, laws, language, websites) {
  const { fields } = draft;
  const text = (/** @type {string} */ name) => String(fields[name] ?? '').trim();
  const way = text('way');
  const actsAs = text('acts_as');
  const regimes = /** @type {string[]} */ (fields.regimes ?? []).filter((id) => id in laws);
  const declarations = [
    ...(fields.on_service && isOnline(draft) ? ['on_service'] : []),
    ...(fields.role ? ['role'] : []),
  ];
  const digests = regimes.map((id) => [id, laws[id].texts[actsAs]?.digest ?? '']);
  return {
    version: 1,
    token: draft.token,
    adult_in_picture: true,
    way,
    acts_as: actsAs,
    language,
    regimes,
    urls: isOnline(draft) ? addressesOf(text('urls')) : [],
    ...(asksWebsite(draft, websites) ? { website: text('website') } : {}),
    files: takesFiles(draft) ? draft.files.map((file) => ({
      name: fields.hide_names ? '' : file.name,
      size_bytes: file.sizeBytes,
      modified_on: file.modifiedOn,
      fingerprint: file.fingerprint,
    })) : [],
    answers: {
      statement: text('statement'),
      place: isOnline(draft) ? text('place') : '',
      name: text('name'),
      email: text('email'),
      phone: text('phone'),
      authority: actsAs === 'representative' ? text('authority') : '',
      is_good_faith: fields.is_good_faith === true,
      declarations,
      signature: text('signature'),
      text_digests: Object.fromEntries(digests),
      shown_at: text('shown_at'),
    },
    withdrawal_mode: text('withdrawal_mode'),
    safe_contact: text('withdrawal_mode') === 'cooling' ? text('safe_contact') : '',
    flagger_code: text('flagger_code'),
  };
}

/**
 * @typedef {object} Website
 * @property {string} id
 * @property {string} name
 * @property {string[]} origins - at which an address of it is
 * @property {Record<string, string[]>} offered - way in -> ids of its laws
 */

/**
 * Whether she has to say which website a notice is for: several are served, and no address says it.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {Website[] | undefined} websites
 * @returns {boolean}
 */
export function asksWebsite(draft, websites) {
  const { way, urls } = draft.fields;
  return draft.goal === 'file' && way === 'published' && (websites ?? []).length > 1
    && linesOf(String(urls ?? '')).length === 0;
}

/**
 * Which of these laws apply at the websites of the addresses in a draft, or without an address at
 * the one that she chose; all, where none is served here, none is chosen or one alone is served.
 *
 * @param {import('./draft.js').Draft} draft
 * @param {string[]} ids
 * @param {string} way - in which they are offered
 * @param {Website[] | undefined} websites
 * @returns {string[]}
 */
export function bindingThere(draft, ids, way, websites) {
  const origins = isOnline(draft) ? linesOf(String(draft.fields.urls ?? '')).map(originOf) : [];
  const isAsked = asksWebsite(draft, websites);
  const there = (websites ?? []).filter((one) => (
    isAsked ? one.id === draft.fields.website : one.origins.some((own) => origins.includes(own))
  ));
  return there.length === 0 ? ids
    : ids.filter((id) => there.some((one) => (one.offered[way] ?? []).includes(id)));
}

/** Whether files belong to it: to a notice of a link alone they do not; its case takes them later. */
export function takesFiles(/** @type {import('./draft.js').Draft} */ draft) {
  return draft.goal === 'add' || draft.fields.way !== 'link';
}

/** Whether it is somewhere; an address that is added to a threat says that it came true. */
function isOnline(/** @type {import('./draft.js').Draft} */ draft) {
  return draft.goal === 'add' || draft.fields.way !== 'threatened';
}

/** Each address once, as it was typed first: the server keeps no more. */
function addressesOf(/** @type {string} */ text) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const line of linesOf(text)) {
    const key = addressKey(line);
    if (!found.has(key)) found.set(key, line);
  }
  return [...found.values()];
}

/** Lines that are not empty. */
export function linesOf(/** @type {string} */ text) {
  return text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
}
