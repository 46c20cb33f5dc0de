/**
 * Makes elements of the page. Text is set as text, never as markup.
 * @module
 */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string>} [attributes]
 * @param {string | (string | Node)[]} [content]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(name, attributes = {}, content = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...(typeof content === 'string' ? [content] : content));
  return made;
}

/**
 * An icon of the page's sprite.
 *
 * @param {string} id - of the symbol
 * @param {string} [kind] - a further class
 * @returns {SVGSVGElement}
 */
export function icon(id, kind = '') {
  const made = document.createElementNS(SVG, 'svg');
  made.setAttribute('class', `icon ${kind}`.trim());
  made.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#${id}`);
  made.append(use);
  return made;
}
