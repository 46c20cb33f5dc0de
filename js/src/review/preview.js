/**
 * The statement as it stands, shown under the decision while it is written. Without this module the
 * same button opens it as a page of its own.
 * @module
 */

const button = /** @type {HTMLButtonElement | null} */ (document.querySelector('[data-preview]'));
const here = /** @type {HTMLElement | null} */ (document.querySelector('[data-preview-here]'));
if (button?.form && here) showOnRequest(button, button.form, here);

/**
 * Fetch the preview and put it in place.
 *
 * @param {HTMLButtonElement} asked - its `formaction` is the page of the preview
 * @param {HTMLFormElement} form - the decision as it is written
 * @param {HTMLElement} place - what is filled
 * @returns {void}
 */
function showOnRequest(asked, form, place) {
  // What is shown is of the decision as it stood: a change makes it old.
  form.addEventListener('input', () => place.replaceChildren());
  asked.addEventListener('click', (event) => {
    event.preventDefault();
    // A request that parses by itself: no text of ours is ever turned into markup by a script.
    const request = new XMLHttpRequest();
    request.open('POST', `${asked.formAction}?part=1`);
    request.responseType = 'document';
    request.addEventListener('load', () => {
      const part = request.response?.querySelector('.preview');
      if (request.status !== 200 || !part) {
        form.requestSubmit(asked);
        return;
      }
      place.replaceChildren(document.importNode(part, true));
      place.focus();
    });
    request.addEventListener('error', () => form.requestSubmit(asked));
    request.send(new FormData(form));
  });
}
