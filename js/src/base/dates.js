/**
 * How dates are written.
 * @module
 */

/**
 * The page's language as the browser writes it: 20:50 and the day first for British readers, where
 * the language alone would mean the American way. Without a wish it is as the server writes it.
 *
 * @param {string} language - of the page, such as "en"
 * @param {readonly string[]} [wanted] - what the browser asks for, the best first
 * @returns {string} BCP 47
 */
export function dateLocale(language, wanted = globalThis.navigator?.languages ?? []) {
  const own = wanted.find((one) => one.startsWith(`${language}-`));
  return own ?? (language === 'en' ? 'en-GB' : language);
}

/**
 * A moment on the reader's own clock, such as "30 November at 14:00 UTC (Monday)". The day of the
 * week stands last, so that what stands before it, such as "not before", fits in each language.
 *
 * @param {Date} at - the moment
 * @param {string} locale - BCP 47
 * @param {{now?: Date, timeZone?: string}} [options] - what today is, and a zone of its own
 * @returns {string} plain text; the year is said where it is not this one
 */
export function momentWords(at, locale, { now = new Date(), timeZone } = {}) {
  const zone = timeZone === undefined ? {} : { timeZone };
  const year = new Intl.DateTimeFormat('en', { year: 'numeric', ...zone });
  const isThisYear = year.format(at) === year.format(now);
  const moment = new Intl.DateTimeFormat(locale, {
    day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }), ...zone,
  });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', ...zone });
  return `${moment.format(at)} (${weekday.format(at)})`;
}
