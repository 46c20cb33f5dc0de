/**
 * A page that came as the answer to something that was refused takes its own address, so that who
 * turns back to it later is shown the page, and not asked whether to send it again. So it does where
 * the address stays the same: the browser then forgets that something was sent there.
 * @module
 */
const own = document.querySelector('#own-address')?.getAttribute('data-own');
if (own) history.replaceState(history.state, '', own);
