/**
 * The very words that are signed, law by law.
 * @module
 */

/**
 * Whether she signs with another name than the one she gave. No law refuses that: an authorised
 * person signs too, and a name can be one of several. Accents and spaces make no other name, and a
 * part of it may be all that she has typed so far.
 *
 * @param {string} name
 * @param {string} signature
 * @returns {boolean}
 */
export function isAnotherName(name, signature) {
  const [given, signed] = [plainName(name), plainName(signature)];
  return given !== '' && signed !== '' && !given.startsWith(signed);
}

function plainName(/** @type {string} */ text) {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/**
 * @param {import('./law.js').Law[]} laws
 * @param {string} actsAs - as the form holds it; empty: nothing can be shown yet
 * @returns {HTMLElement[]} a block for each law
 */
export function textBlocks(laws, actsAs) {
  return laws.filter((law) => law.texts[actsAs]).map((law) => {
    const block = document.createElement('div');
    block.className = 'panel stack tight';
    const title = document.createElement('h3');
    title.textContent = law.title;
    block.append(title, ...law.texts[actsAs].paragraphs.map((words) => {
      const line = document.createElement('p');
      line.textContent = words;
      return line;
    }));
    return block;
  });
}
