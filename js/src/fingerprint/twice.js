/**
 * A file that is given twice, by the same name or another: it is left out, and the page says so where she can read it.
 * @module
 */
import { element } from './elements.js';

/** Of more than these the number is said, not each name. */
const MOST_NAMED = 3;

/**
 * @typedef {object} Held
 * @property {string} name
 * @property {import('./make.js').Fingerprint} fingerprint
 */

/**
 * The file that is the same as one that has just become ready.
 *
 * @param {import('./make.js').Made} made
 * @param {Held[]} others
 * @returns {Held | null} null where it is new, or where the program for computers read it otherwise than the browser
 */
export function twinOf(made, others) {
  const isOfProgram = made.notes.includes('program');
  return others.find(({ fingerprint }) => isEqual(fingerprint, made.fingerprint)
    || (!isOfProgram && isOfSameFile(fingerprint, made.fingerprint))) ?? null;
}

/** The words about files that were left out since files were last chosen. */
export class Twice {
  /** @type {string[]} */
  #said = [];

  /** @param {import('./texts.js').Wording} words */
  constructor(words) {
    this.words = words;
    this.root = element('div', { class: 'small soft', role: 'status' });
  }

  /**
   * @param {string} name - of the file that was left out
   * @param {string} [other] - of the same one in the list, where it is called otherwise
   */
  say(name, other = name) {
    this.#said.push(other === name ? this.words.say('twice', { name }) : this.words.say('same', { name, other }));
    this.#draw();
  }

  /** Files are chosen anew. */
  clear() {
    this.#said = [];
    this.#draw();
  }

  #draw() {
    const n = this.#said.length;
    const lines = n > MOST_NAMED ? [this.words.say('manyTwice', { n }, n)] : this.#said;
    this.root.classList.toggle('panel-foot', n > 0);
    this.root.replaceChildren(...lines.map((line) => element('p', {}, line)));
  }
}

/**
 * @param {import('./make.js').Fingerprint} a
 * @param {import('./make.js').Fingerprint} b
 */
function isEqual(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * @param {import('./make.js').Fingerprint} a
 * @param {import('./make.js').Fingerprint} b
 */
function isOfSameFile(a, b) {
  const exact = exactOf(a);
  return exact !== undefined && exact === exactOf(b);
}

/** @param {import('./make.js').Fingerprint} fingerprint */
function exactOf(fingerprint) {
  return fingerprint.signals.find(({ type }) => type === 'sha256')?.value;
}
