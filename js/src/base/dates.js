/**
 * How dates are written.
 * @module
 */

/**
 * The page's language as the browser writes it. English is written in one way for everybody, as the
 * server writes it: the day first, and 20:50. Of other languages the reader's variant counts.
 *
 * @param {string} language - of the page, such as "en"
 * @param {readonly string[]} [wanted] - what the browser asks for, the best first
 * @returns {string} BCP 47
 */
export function dateLocale(language, wanted = globalThis.navigator?.languages ?? []) {
  if (language === 'en') return 'en-GB';
  return wanted.find((one) => one.startsWith(`${language}-`)) ?? language;
}

/**
 * A moment on the reader's own clock, such as "30 November 2026, 14:00 UTC (Monday)". The day of the
 * week stands last, so that what stands before it, such as "not before", fits in each language.
 * In English it is written as the server writes it, the year included.
 *
 * @param {Date} at - the moment
 * @param {string} locale - BCP 47
 * @param {{now?: Date, timeZone?: string}} [options] - what today is, and a zone of its own
 * @returns {string} plain text; in other languages the year is said where it is not this one
 */
export function momentWords(at, locale, { now = new Date(), timeZone } = {}) {
  const zone = timeZone === undefined ? {} : { timeZone };
  const year = new Intl.DateTimeFormat('en', { year: 'numeric', ...zone });
  const isEnglish = locale.startsWith('en');
  const isThisYear = !isEnglish && year.format(at) === year.format(now);
  const moment = new Intl.DateTimeFormat(locale, {
    day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }), ...zone,
  });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', ...zone });
  const words = isEnglish ? moment.format(at).replace(' at ', ', ') : moment.format(at);
  return `${words} (${weekday.format(at)})`;
}
