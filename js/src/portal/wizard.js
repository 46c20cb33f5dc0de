/**
 * Steps 1 to 3 of a notice, on one page that can send nothing. It ends by opening the page of step
 * 4, which gets the draft through the memory of this tab.
 * @module
 */
import { drawChecker, findingsUnder } from './checker.js';
import {
  checkFiles, checkStanding, checkStatement, checkWhere, lawLines, waitWords,
} from './checks.js';
import {
  carryDraft, deleteKept, handOver, handOverSoon, isAnyKept, isNewVisit, keepOnDevice, keptDraft,
  newDraft, takeDraft, whoseIs,
} from './draft.js';
import { clearErrors, controlOf, fillFields, filled, readFields, showAsked } from './fields.js';
import { mountFiles } from './files.js';
import { asksWebsite, bindingThere, factsOf, fieldsOf, missingUnder, takesFiles } from './law.js';
import { isAnotherName, textBlocks } from './signing.js';
import { mountSummary } from './summary.js';

const LAST = 3;
/** What the start page puts behind the sign: it reaches no server. */
const WAYS = /** @type {Record<string, string>} */ ({ 1: 'published', 2: 'link', 3: 'threatened' });

const page = JSON.parse(/** @type {HTMLElement} */ (document.querySelector('#page')).textContent ?? '');
const form = /** @type {HTMLFormElement} */ (document.querySelector('#notice'));
const draft = begun();
let isSkippingSoft = false;
/** What she was told of and left open, see `keyOf`: told once, not again at the next step. */
const leftOpen = /** @type {Set<string>} */ (new Set());
const summary = mountSummary(form, page.texts, (field) => draft && goTo(draft, field),
  /** @type {HTMLElement} */ (document.querySelector('#heard')));

if (draft) {
  begin(draft);
} else {
  location.replace(page.startUrl); // the question about age comes first
}

/** @returns {import('./draft.js').Draft | null} */
function begun() {
  const way = page.goal === 'file' ? WAYS[location.hash.slice(1)] : '';
  const found = takeDraft(page.goal, whoseIs(page)) ?? keptDraft(page.goal, whoseIs(page));
  if (found) return way && isNewVisit() ? answeredAnew(found, way) : found;
  if (!way && page.goal === 'file') return null;
  const fresh = newDraft(page.goal);
  fresh.fields = page.goal === 'file' ? { way, ...page.preset }
    : { way: page.way, acts_as: page.actsAs, case: page.case };
  if (page.goal === 'add' && isStatementAlone(fresh)) fresh.step = LAST;
  return fresh;
}

/** What she answered on the start page just now counts more than what the draft holds of it. */
function answeredAnew(/** @type {import('./draft.js').Draft} */ found, /** @type {string} */ way) {
  return found.fields.way === way ? found
    : { ...found, step: 1, fields: { ...found.fields, way } };
}

/** Whether all that a case lacks is mended in the last step, and she came to mend it. */
function isStatementAlone(/** @type {import('./draft.js').Draft} */ fresh) {
  const unmet = [...unmetFields(fresh)];
  return location.hash === `#${LAST}` && unmet.length > 0
    && !unmet.some((name) => ['urls', 'files', 'place'].includes(name));
}

function begin(/** @type {import('./draft.js').Draft} */ held) {
  fillFields(form, held.fields);
  form.hidden = false;
  const files = mountFiles({
    workerUrl: page.workerUrl,
    texts: page.texts,
    kept: held.files,
    onChange: () => refresh(held, files),
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => refresh(held, files));
  form.addEventListener('change', handOver); // a choice is made at once, a text is typed
  form.addEventListener('click', (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest('[data-go]');
    if (button instanceof HTMLElement) go(held, files, button.dataset.go === 'next');
  });
  on('#go-on', () => {
    isSkippingSoft = true;
    go(held, files, true);
  });
  on('#keep-now', () => keep(held, files));
  on('#keep-not', () => unkeep());
  /** @type {HTMLElement} */ (document.querySelector('#keep-not')).hidden = !isAnyKept();
  window.addEventListener('popstate', (event) => showStep(held, event.state?.step ?? 1, false));
  carryDraft(held);
  refresh(held, files);
  history.replaceState({ step: 1 }, '');
  for (let step = 2; step <= held.step; step += 1) history.pushState({ step }, '');
  showStep(held, held.step, false);
}

/** Take over what is on the page, and show what follows from it. */
function refresh(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {ReturnType<typeof mountFiles>} */ files,
) {
  held.fields = { ...held.fields, ...readFields(form) };
  if (files) held.files = files.files();
  handOverSoon();
  const fields = /** @type {Record<string, string>} */ (held.fields);
  const offered = offeredTo(held);
  const laws = chosenLaws(held);
  const website = document.querySelector('#f-website');
  if (website instanceof HTMLElement) website.hidden = !asksWebsite(held, page.websites);
  showAsked(form, {
    way: page.goal === 'add' ? 'published' : fields.way,
    actsAs: fields.acts_as ?? '',
    mode: fields.withdrawal_mode ?? '',
    // While she looks at the laws, all fields that some offered law asks for are shown.
    asked: page.goal === 'add' ? unmetFields(held) : fieldsOf(lawsInMind(held)),
    offered,
  });
  showTexts(held, laws);
  showCheck(held, laws);
  // Where no law asks for her name, there is none above.
  const [hint, place] = ['#h-signature', '#f-name'].map((one) => document.querySelector(one));
  if (hint instanceof HTMLElement && place instanceof HTMLElement) {
    hint.hidden = place.hidden || !isAnotherName(fields.name ?? '', fields.signature ?? '');
  }
  const waiting = files?.standing().working ?? [];
  const why = /** @type {HTMLElement} */ (document.querySelector('#why'));
  why.textContent = waiting.length ? waitWords(page.texts, waiting) : '';
  const next = /** @type {HTMLElement} */ (document.querySelector('#next-2'));
  next.setAttribute('aria-disabled', String(waiting.length > 0));
  summary.mend(() => remarksOn(held, files), () => linesOfLaws(held), () => isWhole(held, files));
}

/** Ids of the laws that this way in can use. One alone is not a question. */
function offeredTo(/** @type {import('./draft.js').Draft} */ held) {
  const ids = offeredThere(held);
  const part = /** @type {HTMLElement} */ (document.querySelector('#f-regimes'));
  part.hidden = page.goal === 'add' || ids.length < 2;
  return ids;
}

/** Those of them that apply at the websites of her addresses. */
function offeredThere(/** @type {import('./draft.js').Draft} */ held) {
  const way = String(held.fields.way);
  const ids = /** @type {string[]} */ (page.offered[way] ?? []);
  return page.goal === 'add' ? ids : bindingThere(held, ids, way, page.websites);
}

function chosenLaws(/** @type {import('./draft.js').Draft} */ held) {
  const offered = offeredThere(held);
  const ticked = /** @type {string[]} */ (held.fields.regimes ?? []);
  const ids = page.goal === 'add' ? addedLaws(held)
    : offered.length === 1 ? offered : ticked.filter((id) => offered.includes(id));
  held.fields.regimes = ids;
  return ids.map((id) => /** @type {import('./law.js').Law} */ (page.laws[id]));
}

/** When adding: what still lacks something; after a threat came true, the laws that then apply. */
function addedLaws(/** @type {import('./draft.js').Draft} */ held) {
  const isOnline = String(held.fields.urls ?? '').trim() !== '';
  return /** @type {string[]} */ ([
    ...page.unsigned,
    ...(page.way === 'threatened' && isOnline
      ? bindingThere(held, page.comingTrue, 'published', page.websites) : []),
  ]);
}

function unmetFields(/** @type {import('./draft.js').Draft} */ held) {
  const given = page.given;
  return new Set(chosenLaws(held).flatMap((law) => missingUnder(law, given))
    .flatMap((element) => element.fields));
}

/** Law by law, with every letter she types: complete, or what to add. */
function showCheck(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {import('./law.js').Law[]} */ laws,
) {
  const root = /** @type {HTMLElement} */ (document.querySelector('#check'));
  drawChecker(root, findingsUnder(laws, factsWith(held)), page.texts, (field) => goTo(held, field));
}

/** What the draft gives, and what the case holds already. */
function factsWith(/** @type {import('./draft.js').Draft} */ held) {
  const facts = { ...factsOf(held, page.served, page.websites) };
  for (const [name, has] of Object.entries(page.given)) if (has) facts[name] = true;
  return facts;
}

/** The very words that she signs, law by law. */
function showTexts(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {import('./law.js').Law[]} */ laws,
) {
  const blocks = textBlocks(laws, String(held.fields.acts_as ?? ''));
  const texts = /** @type {HTMLElement} */ (document.querySelector('#texts'));
  // The words depend on the rules and on who she is.
  const first = document.createElement('p');
  first.textContent = laws.length ? page.texts.actsNeeded : page.texts.lawNeeded;
  texts.replaceChildren(...(blocks.length ? blocks : [first]));
  // Kept with the signature: when these words were last shown, by the clock of this device.
  if (blocks.length > 0 && shownStep() === LAST) held.fields.shown_at = new Date().toISOString();
  const signing = /** @type {HTMLElement} */ (document.querySelector('#signing'));
  signing.hidden = page.goal === 'add' && laws.length === 0;
}

function go(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {ReturnType<typeof mountFiles>} */ files,
  /** @type {boolean} */ isForward,
) {
  summary.hide();
  clearErrors(form);
  text('#heard', '');
  refresh(held, files);
  if (!isForward) {
    history.back();
    return;
  }
  const found = remarksOn(held, files);
  if (isSkippingSoft) found.filter((one) => one.isSoft).forEach((one) => leftOpen.add(keyOf(one)));
  const remarks = found.filter((one) => !(one.isSoft && leftOpen.has(keyOf(one))));
  isSkippingSoft = false;
  if (remarks.length > 0) {
    summary.show(remarks, linesOfLaws(held));
    return;
  }
  const next = nextAfter(held);
  // Who comes back from there comes to the last step that she saw.
  if (next > LAST) {
    files.stop();
    handOver();
    location.assign(page.sendUrl);
  } else {
    history.pushState({ step: next }, '');
    showStep(held, next, true);
  }
}

/** A field; of files the words too, so that who lets others go later is told of those as well. */
function keyOf(/** @type {import('./checks.js').Remark} */ { field, text: words }) {
  return field === 'files' ? words : field;
}

function remarksOn(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {ReturnType<typeof mountFiles>} */ files,
) {
  const texts = { ...page.texts, most: page.most };
  if (shownStep() === 1) {
    return checkWhere(held, texts, lawsInMind(held), page.served, page.websites);
  }
  if (shownStep() === 2) {
    // Where a statement is missing, that alone may be what she adds.
    return page.goal === 'add' && unmetFields(held).size > 0
      ? checkStanding(texts, files.standing()) : checkFiles(held, texts, files.standing());
  }
  // The browser's own buttons lead here past the second step.
  const behind = takesFiles(held) ? checkStanding(texts, files.standing()) : [];
  return [
    ...behind.filter((one) => !leftOpen.has(keyOf(one))),
    ...checkStatement(held, texts, lawsInMind(held), factsWith(held), page.websites),
  ];
}

/** Whether nothing is open in this step, and in the last one nothing that the checker there names. */
function isWhole(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {ReturnType<typeof mountFiles>} */ files,
) {
  return remarksOn(held, files).length === 0 && (shownStep() !== LAST
    || findingsUnder(chosenLaws(held), factsWith(held)).every(({ isValid }) => isValid));
}

/** The laws that she chose; before she did, all that she can choose. */
function lawsInMind(/** @type {import('./draft.js').Draft} */ held) {
  const chosen = chosenLaws(held);
  return chosen.length ? chosen
    : offeredTo(held).map((id) => /** @type {import('./law.js').Law} */ (page.laws[id]));
}

/** What follows under each law where she goes on with what is missing. */
function linesOfLaws(/** @type {import('./draft.js').Draft} */ held) {
  return lawLines(lawsInMind(held), factsWith(held), shownStep(), page.texts);
}

/** A notice of a link alone has no file; what is complete needs no statement. */
function nextAfter(/** @type {import('./draft.js').Draft} */ held) {
  let next = shownStep() + 1;
  if (next === 2 && !takesFiles(held)) next = 3;
  if (next === 3 && page.goal === 'add' && unmetFields(held).size === 0) next = LAST + 1;
  return next;
}

/** How many steps there are with the last, on the page that sends: without a statement, one less. */
function stepsIn(/** @type {import('./draft.js').Draft} */ held) {
  return page.goal === 'add' && held.step < LAST && unmetFields(held).size === 0 ? LAST : LAST + 1;
}

function shownStep() {
  const shown = /** @type {HTMLElement | null} */ (form.querySelector('[data-step]:not([hidden])'));
  return Number(shown?.dataset.step ?? 1);
}

function showStep(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {number} */ step,
  /** @type {boolean} */ isMoving,
) {
  summary.hide();
  text('#heard', '');
  held.step = step;
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll('[data-step]'))) {
    part.hidden = Number(part.dataset.step) !== step;
  }
  document.querySelectorAll('#steps li').forEach((mark, at) => {
    mark.classList.toggle('past', at + 1 < step);
    mark.toggleAttribute('aria-current', at + 1 === step);
    if (at + 1 === step) mark.setAttribute('aria-current', 'step');
  });
  document.title = filled(page.texts.title, { n: step, all: stepsIn(held) });
  if (isMoving || step > 1) {
    window.scrollTo(0, 0);
    /** @type {HTMLElement} */ (document.querySelector(`#h-${step}`)).focus();
  }
}

/** To a field, on whichever step it is. */
function goTo(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {string} */ field,
) {
  const part = form.querySelector(`[data-field="${field}"]`)?.closest('[data-step]');
  const step = Number(part instanceof HTMLElement ? part.dataset.step : shownStep());
  if (step !== shownStep()) {
    history.pushState({ step }, '');
    showStep(held, step, true);
  }
  controlOf(form, field)?.focus();
}

function keep(
  /** @type {import('./draft.js').Draft} */ held,
  /** @type {ReturnType<typeof mountFiles>} */ files,
) {
  refresh(held, files);
  if (!keepOnDevice(held)) return;
  text('#heard', page.texts.storedNow);
  /** @type {HTMLElement} */ (document.querySelector('#keep-not')).hidden = false;
}

function unkeep() {
  deleteKept();
  text('#heard', page.texts.deletedNow);
  /** @type {HTMLElement} */ (document.querySelector('#keep-not')).hidden = true;
}

function on(/** @type {string} */ selector, /** @type {() => void} */ act) {
  document.querySelector(selector)?.addEventListener('click', act);
}

function text(/** @type {string} */ selector, /** @type {string} */ words) {
  /** @type {HTMLElement} */ (document.querySelector(selector)).textContent = words;
}
