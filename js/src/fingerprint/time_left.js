/**
 * How long a piece of work will take, from how far it has come.
 * @module
 */

/** Before so much time and work has gone by, a guess would jump about. */
const LEAST_MS = 1500;
const LEAST_FRACTION = 0.04;

/**
 * Seconds that are left, in steps that a person would say.
 *
 * @param {number} fraction - of the work that is done, 0..1
 * @param {number} elapsedMs - since it began
 * @returns {number | null} null while it cannot be told
 */
export function secondsLeft(fraction, elapsedMs) {
  if (elapsedMs < LEAST_MS || fraction < LEAST_FRACTION) return null;
  const left = ((elapsedMs / fraction) * (1 - fraction)) / 1000;
  const step = left > 60 ? 30 : left > 20 ? 10 : left > 5 ? 5 : 1;
  return Math.max(1, Math.ceil(left / step) * step);
}
