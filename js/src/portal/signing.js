/**
 * The very words that are signed, law by law.
 * @module
 */

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
