/**
 * Deliberate errors. Each has a stable code, as the Python library has.
 * @module
 */

/** The caller gave something that cannot be used. */
export class InputError extends Error {
  /**
   * @param {string} code - stable, lower case with underscores
   * @param {string} message - for people; never holds a hash
   */
  constructor(code, message) {
    super(message);
    this.name = 'InputError';
    this.code = code;
  }
}
