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
