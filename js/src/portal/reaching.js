/**
 * When what she typed counts as an e-mail address, a telephone number or an address of the web. The
 * rules are the server's, and both are tested on the same table: `tests/vectors/reaching.json`.
 * @module
 */

const ATOM = "[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+";
const MAILBOX = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`);
const LABEL = /^[a-zA-Z\u00a1-\uffff0-9-]{1,63}$/u;
/** A name under which hosts are: letters of any script, or their form in plain ones. */
const LAST_LABEL = /^(?:[a-zA-Z\u00a1-\uffff-]{2,63}|xn--[a-z0-9]{1,59})$/iu;
const MOST_MAIL_CHARACTERS = 320;
const LEAST_DIGITS = 5;
const MOST_URL_CHARACTERS = 2000;
const MOST_LABEL_CHARACTERS = 63;

/** Whether a message can be sent there. */
export function isEmail(/** @type {string} */ typed) {
  const text = typed.trim();
  const at = text.lastIndexOf('@');
  if (at < 0 || [...text].length > MOST_MAIL_CHARACTERS) return false;
  const host = text.slice(at + 1);
  return MAILBOX.test(text.slice(0, at)) && isMailHost(host);
}

function isMailHost(/** @type {string} */ host) {
  const labels = host.split('.');
  const areWhole = labels.every((one) => LABEL.test(one) && !/^-|-$/.test(one));
  return host === 'localhost' || (areWhole && labels.length > 1 && LAST_LABEL.test(labels.at(-1) ?? ''));
}

/** Whether it has as many digits as a telephone number. */
export function isPhone(/** @type {string} */ typed) {
  return (typed.match(/\p{Nd}/gu) ?? []).length >= LEAST_DIGITS;
}

/** Whether a line is an address of a page or a file on the web. */
export function isAddress(/** @type {string} */ typed) {
  return originOf(typed) !== '';
}

/**
 * The website of an address.
 *
 * @param {string} typed
 * @returns {string} scheme, host and port, such as `https://forum.example`; empty for no address
 */
export function originOf(typed) {
  const text = withScheme(typed.trim().normalize('NFC'));
  const place = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
  // Browsers read a bare number as an address; a person means none.
  if (!place || place.includes('@') || /^(?:0x[0-9a-f]*|\d+)(?::\d*)?$/i.test(place)) return '';
  try {
    const { protocol, hostname, port } = new URL(text);
    const host = hostname.replace(/\.$/, '');
    return isHost(host) ? `${protocol}//${host}${port && `:${port}`}` : '';
  } catch {
    return '';
  }
}

/**
 * By what the server knows an address again, in whatever way it was typed: the other scheme at its
 * usual port is the same page.
 *
 * @param {string} typed
 * @returns {string} the address in one form; as typed where it is none
 */
export function addressKey(typed) {
  const origin = originOf(typed);
  if (!origin) return typed.trim();
  const [rest] = withScheme(typed.trim().normalize('NFC')).replace(/^https?:\/\/[^/?#]*/i, '').split('#');
  const place = /:\d+$/.test(origin) ? origin : origin.replace(/^https?:\/\//, '');
  return `${place}${rest.startsWith('/') ? '' : '/'}${rest}`;
}

function withScheme(/** @type {string} */ text) {
  if ([...text].length > MOST_URL_CHARACTERS || /[\s\u0000-\u001f\u007f\\]/.test(text)) return '';
  if (/^https?:\/\//i.test(text)) return text;
  const hasPort = /^[^/?#]+:\d+(?:[/?#]|$)/.test(text);
  return /^[a-z][a-z0-9+.-]*:/i.test(text) && !hasPort ? '' : `https://${text}`;
}

function isHost(/** @type {string} */ host) {
  if (host.startsWith('[')) return true;
  const labels = host.split('.');
  return /^[a-z0-9.-]+$/.test(host) && (labels.length > 1 || host === 'localhost')
    && labels.every((one) => one.length > 0 && one.length <= MOST_LABEL_CHARACTERS);
}
