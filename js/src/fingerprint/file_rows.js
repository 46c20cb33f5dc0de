/**
 * Draws one file of the list: by name, size and date, never by its picture.
 * @module
 */
import { element, icon } from './elements.js';
import { programCommand } from './program_file.js';

/**
 * @typedef {'waiting' | 'working' | 'ready' | 'unreadable' | 'stopped'} Status
 *
 * @typedef {object} Entry
 * @property {number} id
 * @property {File} file
 * @property {'photo' | 'video'} kind
 * @property {Status} status
 * @property {string | null} code
 * @property {boolean} isOther - by its first bytes plainly no picture or video
 * @property {number} fraction
 * @property {number | null} secondsLeft
 * @property {import('./client.js').Job | null} job
 * @property {import('./make.js').Made | null} made
 *
 * @typedef {object} RowParts
 * @property {import('./texts.js').Wording} words
 * @property {Record<string, string>} icons
 * @property {string | null} commandLineUrl
 * @property {(entry: Entry) => void} onRemove
 * @property {(entry: Entry) => void} onAgain
 */

/** Class of the chip and the icon of each status. */
const CHIPS = {
  waiting: ['wait', 'working'],
  working: ['now', 'working'],
  ready: ['done', 'done'],
  unreadable: ['heed', 'unreadable'],
  stopped: ['wait', 'working'],
};

/** Codes that the program for computers may get past. Of a damaged picture it takes what is there (ADR-0007). */
const PROGRAM_HELPS = new Set(
  ['unsupported_video', 'unsupported_photo', 'unsupported_format', 'decode_error', 'content_too_large', 'decode_timeout',
    'pixels_changed'],
);

/** Codes of which the next try may do better. */
const AGAIN_HELPS = new Set(['decode_timeout', 'worker_failed']);

/** What no program reads as a picture or a video, as the system calls it; a name may say otherwise than the bytes. */
const IS_NO_MEDIA = /^(?:text|audio|font)\/|^application\/(?:pdf|zip|json|msword|vnd\.)/u;

/** One row, drawn once and changed in place, so that the focus and the reader's place stay. */
export class FileRow {
  /**
   * @param {Entry} entry
   * @param {RowParts} parts
   */
  constructor(entry, parts) {
    this.entry = entry;
    this.parts = parts;
    const { words } = parts;
    this.kind = icon(parts.icons[iconOf(entry)], 'kind');
    this.chip = element('span', { class: 'chip' });
    this.meta = element('span', { class: 'meta' });
    this.progress = element('progress', { max: '100', 'aria-label': entry.file.name });
    this.more = element('div', { class: 'meta row' });
    this.remove = element('button', { type: 'button', class: 'btn plain small free' }, words.say('remove'));
    this.remove.setAttribute('aria-label', words.say('removeName', { name: entry.file.name }));
    this.remove.addEventListener('click', () => parts.onRemove(entry));
    this.again = element('button', { type: 'button', class: 'btn plain small free' }, words.say('again'));
    this.again.setAttribute('aria-label', words.say('againName', { name: entry.file.name }));
    this.again.addEventListener('click', () => parts.onAgain(entry));
    this.more.append(this.remove);
    this.root = element('li', {}, [
      this.kind,
      element('span', { class: 'name' }, entry.file.name),
      this.chip,
      this.meta,
      this.more,
    ]);
    this.draw();
  }

  /** Show what the entry says now. */
  draw() {
    const { entry, parts } = this;
    const [tone, sign] = CHIPS[entry.status];
    if (this.chip.dataset.status !== entry.status) {
      this.chip.dataset.status = entry.status;
      this.chip.className = `chip ${tone}`;
      this.chip.replaceChildren(icon(parts.icons[sign]), parts.words.say(entry.status));
      this.#drawWay();
      this.drawKind();
    }
    this.#drawMeta();
    this.#drawProgress();
  }

  /** The icon of a photo or a film. */
  drawKind() {
    this.kind.firstElementChild?.setAttribute('href', `#${this.parts.icons[iconOf(this.entry)]}`);
  }

  /** What its first bytes say, which may be read after it ended: its icon, and what helps. */
  drawFound() {
    this.drawKind();
    this.#drawWay();
    this.#drawMeta();
  }

  /** The sentence, the way round and the button, which hang on the status alone. */
  #drawWay() {
    const { entry, parts } = this;
    const isUnreadable = entry.status === 'unreadable';
    if (entry.status === 'stopped' || (isUnreadable && AGAIN_HELPS.has(entry.code ?? ''))) this.more.prepend(this.again);
    else this.again.remove();
    this.command?.remove();
    if (!isUnreadable || !programHelps(entry)) return;
    this.command = element('span', { class: 'meta' }, [
      `${parts.words.say('command')} `,
      element('code', {}, programCommand(entry.file.name)),
    ]);
    this.root.insertBefore(this.command, this.more);
  }

  #drawMeta() {
    const { entry, parts } = this;
    const { words } = parts;
    const facts = entry.file.size > 0 ? [words.size(entry.file.size)] : [];
    if (entry.file.lastModified > 0) facts.push(words.date(entry.file.lastModified));
    if (entry.status === 'working' && entry.secondsLeft) facts.push(words.timeLeft(entry.secondsLeft));
    for (const note of entry.made?.notes ?? []) facts.push(words.sentence('notes', note));
    const said = facts.join(' · ');
    if (entry.status !== 'unreadable') {
      if (this.meta.textContent !== said) this.meta.textContent = said;
      return;
    }
    const reason = words.sentence('reasons', entry.code ?? 'other');
    this.meta.replaceChildren(`${said && `${said}. `}${reason} `, ...this.#wayRound());
  }

  /** @returns {(string | HTMLElement)[]} */
  #wayRound() {
    const { entry, parts } = this;
    if (!programHelps(entry)) return [];
    const [before, after] = parts.words.around('leaveOut', 'program');
    const program = parts.words.say('program');
    const url = parts.commandLineUrl;
    return [before, url ? element('a', { href: url }, program) : program, after];
  }

  #drawProgress() {
    const { entry, progress } = this;
    if (entry.status !== 'working') {
      progress.remove();
      return;
    }
    const value = String(Math.floor(100 * entry.fraction));
    if (progress.getAttribute('value') !== value) {
      progress.setAttribute('value', value);
      progress.textContent = `${value}%`;
    }
    if (!progress.isConnected) this.root.insertBefore(progress, this.more);
  }
}

/** @param {Entry} entry */
function iconOf(entry) {
  return entry.kind === 'video' ? 'film' : 'photo';
}

/** @param {Entry} entry */
function programHelps({ code, file, isOther }) {
  const isNoMedia = code === 'unsupported_format' && (isOther || IS_NO_MEDIA.test(file.type));
  return PROGRAM_HELPS.has(code ?? '') && !isNoMedia;
}
