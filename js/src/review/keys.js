/**
 * One table of keys for all work pages: a key presses the control that names it in `data-key`.
 * Keys rest while somebody types, and with Ctrl, Alt or Meta held.
 * @module
 */

/** Input types in which letters are typed; in all others a key stays a shortcut. */
const NOT_TYPED = new Set(['radio', 'checkbox', 'button', 'submit', 'reset']);

/**
 * Whether a control takes letters.
 *
 * @param {EventTarget | null} target - where the key was pressed
 * @returns {boolean} true in a text field, a text area and a list
 */
export function isTyping(target) {
  if (target instanceof HTMLInputElement) return !NOT_TYPED.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/**
 * Call a function for keys that are meant as shortcuts.
 *
 * @param {(key: string, event: KeyboardEvent) => boolean} act - takes the key in small letters; true
 *   where it did something, so that the browser does nothing more
 * @returns {void}
 */
export function onKey(act) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (act(event.key.toLowerCase(), event)) event.preventDefault();
  });
}

/**
 * Press the control of a key, if the page shows one: fields and boxes get the focus alone.
 *
 * @param {string} key - one small letter or sign
 * @returns {boolean} whether there was one
 */
export function press(key) {
  const found = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(
    (one) => one instanceof HTMLElement && one.checkVisibility() && !one.matches(':disabled'),
  );
  if (!(found instanceof HTMLElement)) return false;
  if (found.matches('textarea, [type="checkbox"]')) found.focus();
  else found.click();
  return true;
}
