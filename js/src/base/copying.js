/**
 * A button beside a text that people take elsewhere: it copies the text. Without this module, or in
 * a browser that lets no page copy, there is no button and the text is there all the same.
 * @module
 */

/** How long the button says that it is done. */
const DONE_MS = 4000;

if (typeof document !== 'undefined' && navigator.clipboard) {
  for (const button of document.querySelectorAll('[data-copy]')) {
    if (button instanceof HTMLButtonElement) offer(button);
  }
}

/**
 * Show a button, and copy the text beside it when it is pressed.
 *
 * @param {HTMLButtonElement} button - beside a `pre` in one `.snippet`; `data-done` says "copied"
 * @returns {void}
 */
function offer(button) {
  const snippet = button.closest('.snippet');
  const text = snippet?.querySelector('pre');
  const heard = snippet?.querySelector('[role="status"]');
  if (!text || !heard) return;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const isCopied = await copied(text.textContent ?? '', navigator.clipboard);
    if (!isCopied) return select(text);
    button.textContent = heard.textContent = button.dataset.done ?? '';
    setTimeout(() => {
      button.textContent = label;
      heard.textContent = '';
    }, DONE_MS);
  });
}

/**
 * Give a text to the clipboard, without the line break at its end.
 *
 * @param {string} text - as it stands on the page
 * @param {{ writeText(text: string): Promise<void> }} clipboard - of the browser
 * @returns {Promise<boolean>} false where the browser refused
 */
export async function copied(text, clipboard) {
  try {
    await clipboard.writeText(text.replace(/\n+$/, ''));
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

/**
 * Mark the text, so that the keys of the device copy it.
 *
 * @param {Element} text - what to mark
 * @returns {void}
 */
function select(text) {
  getSelection()?.selectAllChildren(text);
}
