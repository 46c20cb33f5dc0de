/**
 * "Show exactly what would be sent later": the JSON of each file that is ready, drawn when it is opened.
 * @module
 */
import { element } from './elements.js';

/** The block with one part for each file. */
export class ExactData {
  /** @type {Map<number, HTMLDetailsElement>} */
  #parts = new Map();

  /** @param {import('./texts.js').Wording} words */
  constructor(words) {
    this.words = words;
    this.list = element('div', { class: 'stack tight' });
    this.nothing = element('p', { class: 'small' }, words.say('nothingYet'));
    this.root = element('details', {}, [element('summary', {}, words.say('show')), this.nothing, this.list]);
  }

  /** @param {import('./file_rows.js').Entry[]} entries - all of the list */
  draw(entries) {
    const ready = entries.filter((entry) => entry.made);
    const ids = new Set(ready.map((entry) => entry.id));
    for (const [id, part] of this.#parts) {
      if (ids.has(id)) continue;
      part.remove();
      this.#parts.delete(id);
    }
    for (const entry of ready) if (!this.#parts.has(entry.id)) this.#add(entry);
    this.nothing.hidden = ready.length > 0;
  }

  /** @param {import('./file_rows.js').Entry} entry */
  #add(entry) {
    const { name } = entry.file;
    const part = element('details', {}, [element('summary', {}, name)]);
    part.addEventListener('toggle', () => {
      if (!part.open || part.childElementCount > 1) return;
      const label = this.words.say('dataName', { name });
      const json = JSON.stringify(entry.made?.fingerprint, null, 2);
      part.append(
        element('pre', { tabindex: '0', role: 'region', 'aria-label': label }, json),
        element('p', { class: 'small' }, this.words.say('dataNote', { name })),
      );
    });
    this.#parts.set(entry.id, part);
    this.list.append(part);
  }
}
