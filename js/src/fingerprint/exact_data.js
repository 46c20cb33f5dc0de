/**
 * "Show exactly what would be sent later": the JSON of each file that is ready, drawn when it is opened.
 * @module
 */
import { element } from './elements.js';

/** The block with one part for each file. */
export class ExactData {
  /** @type {Map<import('./make.js').Fingerprint, { name: string, part: HTMLElement }>} */
  #parts = new Map();

  /** @param {import('./texts.js').Wording} words */
  constructor(words) {
    this.words = words;
    this.list = element('div', { class: 'stack tight' });
    this.nothing = element('p', { class: 'small' }, words.say('nothingYet'));
    this.root = element('details', {}, [element('summary', {}, words.say('show')), this.nothing, this.list]);
  }

  /** @param {import('./twice.js').Held[]} ready - of the list, and those that came with the draft */
  draw(ready) {
    for (const [fingerprint, { name, part }] of this.#parts) {
      if (ready.some((one) => one.fingerprint === fingerprint && one.name === name)) continue;
      part.remove();
      this.#parts.delete(fingerprint);
    }
    for (const one of ready) if (!this.#parts.has(one.fingerprint)) this.#add(one);
    this.nothing.hidden = ready.length > 0;
  }

  /** @param {import('./twice.js').Held} ready */
  #add({ name, fingerprint }) {
    const part = element('details', {}, [element('summary', {}, name)]);
    part.addEventListener('toggle', () => {
      if (!part.open || part.childElementCount > 1) return;
      const label = this.words.say('dataName', { name });
      const json = JSON.stringify(fingerprint, null, 2);
      part.append(
        element('pre', { tabindex: '0', role: 'region', 'aria-label': label }, json),
        element('p', { class: 'small' }, this.words.say('dataNote', { name })),
      );
    });
    this.#parts.set(fingerprint, { name, part });
    this.list.append(part);
  }
}
