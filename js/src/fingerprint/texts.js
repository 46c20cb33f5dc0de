/**
 * Fills the page's texts with names and numbers. All words come from the page; none stand here.
 * @module
 */

import { dateLocale } from '../base/dates.js';

/**
 * @typedef {string | Record<string, string>} Text - a plural is an object from categories of Intl.PluralRules to texts
 * @typedef {Record<string, Text | Record<string, string>>} Texts
 */

/** What the list says, in the page's language. */
export class Wording {
  /**
   * @param {Texts} texts
   * @param {string} locale - BCP 47
   */
  constructor(texts, locale) {
    this.texts = texts;
    this.rules = new Intl.PluralRules(locale);
    this.dates = new Intl.DateTimeFormat(dateLocale(locale), { dateStyle: 'long' });
    this.locale = locale;
  }

  /**
   * A text with its blanks filled; the key itself where the page has forgotten it.
   *
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   * @param {number} [count] - chooses among plurals
   * @returns {string}
   */
  say(key, values = {}, count = 0) {
    return filled(this.#choose(this.texts[key], count) ?? key, values);
  }

  /**
   * The sentence for a code, or the general one.
   *
   * @param {'reasons' | 'notes'} group
   * @param {string} code
   * @returns {string}
   */
  sentence(group, code) {
    const known = /** @type {Record<string, string>} */ (this.texts[group] ?? {});
    return known[code] ?? known.other ?? code;
  }

  /**
   * A text in pieces, so that a link can stand where a blank is.
   *
   * @param {string} key
   * @param {string} blank - name of the blank
   * @returns {[string, string]} what comes before it and after it
   */
  around(key, blank) {
    const [before, after = ''] = this.say(key).split(`{${blank}}`);
    return [before, after];
  }

  /** @param {number} sizeBytes */
  size(sizeBytes) {
    const steps = /** @type {[number, string][]} */ ([[1e9, 'gigabyte'], [1e6, 'megabyte'], [1e3, 'kilobyte']]);
    const [factor, unit] = steps.find(([least]) => sizeBytes >= least) ?? [1, 'byte'];
    const value = sizeBytes / factor;
    const maximumFractionDigits = factor >= 1e6 && value < 10 ? 1 : 0;
    const unitDisplay = factor === 1 ? 'long' : 'short';
    const options = /** @type {Intl.NumberFormatOptions} */ ({ style: 'unit', unit, unitDisplay, maximumFractionDigits });
    return new Intl.NumberFormat(this.locale, options).format(value);
  }

  /** @param {number} timeMs */
  date(timeMs) {
    return this.dates.format(timeMs);
  }

  /** @param {number} seconds */
  timeLeft(seconds) {
    const [key, n] = seconds < 90 ? ['secondsLeft', seconds] : ['minutesLeft', Math.round(seconds / 60)];
    return this.say(key, { n: new Intl.NumberFormat(this.locale).format(n) }, n);
  }

  /**
   * @param {any} text
   * @param {number} count
   * @returns {string | undefined}
   */
  #choose(text, count) {
    if (text === undefined || typeof text === 'string') return text;
    return text[this.rules.select(count)] ?? text.other;
  }
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
