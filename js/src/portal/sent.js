/**
 * That something was sent from a page in this window, so that who turns back to it is told so. It is
 * the address of that page and nothing of what was sent, and leaving forgets it with all else.
 * @module
 */

const NAME = 'sent';

/**
 * Something was sent from here.
 *
 * @param {string} path - of the page with the button
 * @param {string} [whose] - the open case, as its page names it
 */
export function noteSent(path, whose = '') {
  quietly(() => sessionStorage.setItem(NAME, marked(path, whose)));
}

/**
 * Whether something was sent from there in this window, and nothing was begun since.
 *
 * @param {string} path
 * @param {string} [whose]
 */
export function wasSent(path, whose = '') {
  return quietly(() => sessionStorage.getItem(NAME)) === marked(path, whose);
}

/** Another draft waits to be sent, or the page was closed. */
export function forgetSent() {
  quietly(() => sessionStorage.removeItem(NAME));
}

function marked(/** @type {string} */ path, /** @type {string} */ whose) {
  return whose ? `${path} ${whose}` : path;
}

/** A browser without storage knows nothing of it. */
function quietly(/** @type {() => unknown} */ act) {
  try {
    return act();
  } catch {
    return null;
  }
}
