/**
 * Step 4: everything that will be sent, in plain words and to the letter, and the button that sends
 * it. The draft stays in the memory of the tab until the server has answered with a receipt.
 * @module
 */
import { drawChecker, findingsUnder } from './checker.js';
import { carryDraft, takeDraft, whoseIs } from './draft.js';
import { filled } from './fields.js';
import { asksWebsite, documentOf, factsOf } from './law.js';
import { originOf } from './reaching.js';
import { forgetSent, wasSent } from './sent.js';
import { textBlocks } from './signing.js';

const page = JSON.parse(/** @type {HTMLElement} */ (document.querySelector('#page')).textContent ?? '');
const draft = takeDraft(page.goal, whoseIs(page));

if (page.isSent) {
  sayWhatIsSo();
} else if (draft) {
  carryDraft(draft);
  forgetSent();
  show(draft);
} else {
  sayWhatIsSo();
}
// Turned back to, and kept in memory by the browser as it was before it was sent.
window.addEventListener('pageshow', (event) => {
  if (event.persisted && wasSent(location.pathname, whoseIs(page))) sayWhatIsSo();
});

/** There is no draft here: it was sent from this window, or nobody can know what became of it. */
function sayWhatIsSo() {
  const isSent = page.isSent || wasSent(location.pathname, whoseIs(page));
  part('#ready').hidden = true;
  part(isSent ? '#sent' : '#nothing').hidden = false;
  if (isSent) part('#steps')?.remove();
}

function show(/** @type {import('./draft.js').Draft} */ held) {
  const whole = documentOf(held, page.laws, page.language, page.websites);
  const sent = page.goal === 'add' ? additionOf(whole) : whole;
  part('#ready').hidden = false;
  if (page.goal === 'add') {
    const last = held.step + 1; // the statement is left out where nothing of it is missing
    document.title = filled(page.texts.title, { n: last, all: last });
  }
  showWords(held, /** @type {any} */ (whole));
  if (page.goal === 'file') showLaws(held);
  else part('#law-part').hidden = true;
  showSigned(/** @type {any} */ (whole));
  if (/** @type {any} */ (whole).files.length === 0) part('#listed').remove();
  const text = JSON.stringify(sent, null, 2);
  part('#raw-text').textContent = text;
  const count = new Intl.NumberFormat(document.documentElement.lang).format(text.length);
  part('#raw-size').textContent = filled(page.texts.bytes, { n: count });
  /** @type {HTMLInputElement} */ (part('#document')).value = JSON.stringify(sent);
  part('#send').addEventListener('submit', (event) => sendOnce(event, held));
  part('#back').addEventListener('click', () => backTo(held));
  const remarks = document.querySelector('#summary');
  if (remarks instanceof HTMLElement) remarks.focus();
  else part('#h-4').focus();
}

/** For a case that is open: only what is new. */
function additionOf(/** @type {any} */ whole) {
  const { version, token, urls, files, answers } = whole;
  return { version, token, urls, files, answers };
}

/** The step where the first remark of the server is mended, else the last one. */
function backTo(/** @type {import('./draft.js').Draft} */ held) {
  const first = document.querySelector('#summary [data-field]');
  const field = first instanceof HTMLElement ? first.dataset.field ?? '' : '';
  held.step = page.steps[field] ?? held.step;
}

/** A second press while the answer is on its way does nothing. */
function sendOnce(
  /** @type {Event} */ event,
  /** @type {import('./draft.js').Draft} */ held,
) {
  const button = part('#go');
  if (button.getAttribute('aria-disabled') === 'true') {
    event.preventDefault();
    return;
  }
  button.setAttribute('aria-disabled', 'true');
  held.isSent = true;
  part('#sending').textContent = part('#sending-words').textContent;
}

function showWords(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {any} */ whole,
) {
  const { texts } = page;
  const { answers } = whole;
  const isNew = page.goal === 'file';
  const names = (whole.files ?? []).map((/** @type {any} */ file, /** @type {number} */ at) => {
    const kind = file.fingerprint.kind === 'video' ? texts.video : texts.picture;
    return file.name || filled(kind, { n: at + 1 });
  });
  /** @type {Record<string, string[]>} */
  const words = {
    way: isNew ? [texts.way[whole.way]] : [],
    age: isNew ? [texts.age] : [],
    urls: whole.urls,
    website: [websiteOf(held)],
    place: [answers.place],
    files: names,
    acts: isNew ? [texts.acts[whole.acts_as]] : [],
    authority: [answers.authority],
    statement: answers.statement.split('\n'),
    name: [answers.name],
    email: [answers.email],
    phone: [answers.phone],
    mode: isNew ? [texts.mode[whole.withdrawal_mode]] : [],
    safe: [whole.safe_contact],
    declared: [
      answers.is_good_faith ? texts.declared.good_faith : '',
      ...answers.declarations.map((/** @type {string} */ name) => texts.declared[name]),
    ],
    signature: [answers.signature],
    flagger: [whole.flagger_code ? texts.yes : ''],
  };
  for (const term of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#facts dt'))) {
    const lines = (words[term.dataset.part ?? ''] ?? []).filter(Boolean);
    if (lines.length === 0) {
      term.remove();
      continue;
    }
    const fact = document.createElement('dd');
    const said = new Set();
    for (const line of lines) {
      const row = document.createElement('div');
      row.textContent = line;
      fact.append(row);
      if (term.dataset.part !== 'urls') continue;
      const note = isAway(line) ? page.texts.away : page.unbound?.[originOf(line)] ?? '';
      // Of a website that has joined it is said once.
      if (note && (isAway(line) || !said.has(note))) fact.append(noteOf(note));
      said.add(note);
    }
    term.after(fact);
  }
}

/** Whether the website of an address has not joined. */
function isAway(/** @type {string} */ url) {
  return Array.isArray(page.served) && !page.served.includes(originOf(url));
}

function noteOf(/** @type {string} */ words) {
  const note = document.createElement('div');
  note.className = 'small soft';
  note.textContent = words;
  return note;
}

/** The name of the website that she chose, where no address says it. */
function websiteOf(/** @type {import('./draft.js').Draft} */ held) {
  if (!asksWebsite(held, page.websites)) return '';
  const sites = /** @type {import('./law.js').Website[]} */ (page.websites);
  return sites.find((one) => one.id === held.fields.website)?.name ?? '';
}

/** Law by law: complete, or what is missing. */
function showLaws(/** @type {import('./draft.js').Draft} */ held) {
  const chosen = /** @type {string[]} */ (held.fields.regimes ?? []).filter((id) => id in page.laws);
  const findings = findingsUnder(chosen.map((id) => page.laws[id]), factsOf(held, page.served, page.websites));
  drawChecker(part('#law-part'), findings, page.texts, null);
}

/** What the button signs, to be read once more where something is signed. */
function showSigned(/** @type {any} */ { regimes, acts_as: actsAs, answers }) {
  const isSigned = answers.signature || answers.is_good_faith || answers.declarations.length > 0;
  if (!isSigned) return;
  const laws = regimes.map((/** @type {string} */ id) => page.laws[id]);
  part('#signed-texts').replaceChildren(...textBlocks(laws, actsAs));
  part('#signed').hidden = false;
}

function part(/** @type {string} */ selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}
