/**
 * A page that came as the answer to something that was refused takes its own address, so that who
 * turns back to it later is shown the page, and not asked whether to send it again. So it does where
 * the address stays the same: the browser then forgets that something was sent there. It is no
 * module, because a module runs after the page is shown, when somebody may have left it already.
 */
history.replaceState(history.state, '', document.currentScript.dataset.own);
