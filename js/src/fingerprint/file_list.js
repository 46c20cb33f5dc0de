/**
 * The list of files on the page: choose, drop, watch, stop, remove. README.md says what the page gives.
 * @module
 */
import { SNIFF_BYTES, isPlainlyOther, sniff } from '../decode/sniffing.js';
import { InputError } from '../errors.js';
import { element } from './elements.js';
import { ExactData } from './exact_data.js';
import { FileRow } from './file_rows.js';
import { isProgramFile, readProgramFile } from './program_file.js';
import { Wording } from './texts.js';
import { Twice, twinOf } from './twice.js';

const ICONS = { photo: 'i-photo', film: 'i-film', done: 'i-check', working: 'i-half', unreadable: 'i-look' };
const MOVING_FORMATS = new Set(['video', 'unknown']);

/**
 * @typedef {object} ListState
 * @property {number} ready
 * @property {number} working
 * @property {number} waiting
 * @property {number} unreadable
 * @property {number} stopped
 * @property {{name: string, sizeBytes: number, lastModified: number, kind: 'photo' | 'video', status: string,
 *   code: string | null, fingerprint: import('./make.js').Fingerprint | null, notes: string[]}[]} files
 *
 * @typedef {object} ListOptions
 * @property {import('./texts.js').Texts} texts
 * @property {import('./client.js').Fingerprinter} maker
 * @property {string} [locale]
 * @property {HTMLElement | null} [dataElement]
 * @property {Partial<typeof ICONS>} [icons]
 * @property {string | null} [commandLineUrl]
 * @property {() => import('./twice.js').Held[]} [before] - files that stand elsewhere on the page
 * @property {(fingerprints: import('./make.js').Fingerprint[], state: ListState) => void} [onChange]
 */

/**
 * Draw the list into an empty element of the page.
 *
 * @param {HTMLElement} root
 * @param {ListOptions} options
 * @returns {{state: () => ListState, stop: () => void, showExact: () => void, destroy: () => void}}
 */
export function mountFileList(root, options) {
  const list = new FileList(root, options);
  return {
    state: () => list.state(), stop: () => list.stop(), showExact: () => list.showExact(), destroy: () => list.destroy(),
  };
}

/** The list and its files. */
class FileList {
  /** @type {import('./file_rows.js').Entry[]} */
  #entries = [];
  /** @type {Map<import('./file_rows.js').Entry, FileRow>} */
  #rows = new Map();
  #ids = 0;

  /**
   * @param {HTMLElement} root
   * @param {ListOptions} options
   */
  constructor(root, options) {
    this.root = root;
    this.options = options;
    this.words = new Wording(options.texts, options.locale ?? (document.documentElement.lang || 'en'));
    this.icons = { ...ICONS, ...options.icons };
    this.exact = new ExactData(this.words);
    this.twice = new Twice(this.words);
    this.#build();
    this.#draw({ isNews: false });
  }

  /** @returns {ListState} */
  state() {
    const count = (/** @type {string} */ status) => this.#entries.filter((entry) => entry.status === status).length;
    return {
      ready: count('ready'),
      working: count('working'),
      waiting: count('waiting'),
      unreadable: count('unreadable'),
      stopped: count('stopped'),
      files: this.#entries.map(({ file, kind, status, code, made }) => ({
        name: file.name,
        sizeBytes: file.size,
        lastModified: file.lastModified,
        kind,
        status,
        code,
        fingerprint: made?.fingerprint ?? null,
        notes: made?.notes ?? [],
      })),
    };
  }

  /** Cancel all that is not ready. */
  stop() {
    for (const { job, status } of this.#entries) if (status === 'working' || status === 'waiting') job?.cancel();
  }

  /** What would be sent, of all that is ready, after files elsewhere on the page came or went. */
  showExact() {
    this.exact.draw(this.#held());
  }

  destroy() {
    this.stop();
    this.#entries = [];
    this.root.replaceChildren();
    this.exact.root.remove();
  }

  #build() {
    const { words } = this;
    this.count = element('span', { class: 'soft small num' });
    this.files = element('ul', { class: 'files' });
    this.empty = element('p', { class: 'panel-foot soft' }, words.say('empty'));
    this.input = element('input', { type: 'file', multiple: '', class: 'hidden', tabindex: '-1', 'aria-hidden': 'true' });
    this.choose = element('button', { type: 'button', class: 'btn' });
    this.halt = element('button', { type: 'button', class: 'btn plain' }, words.say('stop'));
    this.drop = element('span', { class: 'small soft' }, words.say('drop'));
    this.said = element('div', { class: 'hidden', role: 'status', 'aria-live': 'polite' });
    const heading = element('h2', { id: 'file-list-heading' }, words.say('heading'));
    this.head = element('div', { class: 'panel-head' }, [heading, this.count]);
    this.panel = element('section', { class: 'panel flush', 'aria-labelledby': 'file-list-heading' }, [
      this.head,
      this.files,
      this.twice.root,
      element('div', { class: 'row panel-foot' }, [
        this.choose,
        this.drop,
        element('span', { class: 'small soft' }, words.say('privacy')),
        this.input,
      ]),
      this.said,
    ]);
    this.root.replaceChildren(this.panel);
    (this.options.dataElement ?? this.panel).append(this.exact.root);
    this.#listen();
  }

  #listen() {
    const { input, panel } = this;
    this.choose?.addEventListener('click', () => input?.click());
    this.halt?.addEventListener('click', () => this.stop());
    input?.addEventListener('change', () => {
      this.#add([...(input.files ?? [])]);
      input.value = ''; // so that the same file can be chosen again
    });
    const hover = (/** @type {boolean} */ isOver) => {
      panel?.classList.toggle('over', isOver);
      if (this.drop) this.drop.textContent = this.words.say(isOver ? 'dropNow' : 'drop');
    };
    panel?.addEventListener('dragover', (event) => {
      event.preventDefault();
      hover(true);
    });
    panel?.addEventListener('dragleave', (event) => {
      if (!panel.contains(/** @type {Node | null} */ (event.relatedTarget))) hover(false);
    });
    panel?.addEventListener('drop', (event) => {
      event.preventDefault();
      hover(false);
      this.#add([...(event.dataTransfer?.files ?? [])]);
    });
  }

  /** @param {File[]} files */
  #add(files) {
    this.twice.clear();
    for (const file of files) {
      if (this.#entries.some((entry) => isSame(entry.file, file))) {
        this.twice.say(file.name);
        continue;
      }
      const entry = this.#put(file);
      if (isProgramFile(file.name)) this.#takeProgramFile(entry);
      else this.#start(entry);
    }
  }

  /**
   * A row at the end of the list, which waits.
   *
   * @param {File} file
   * @returns {import('./file_rows.js').Entry}
   */
  #put(file) {
    this.#ids += 1;
    /** @type {import('./file_rows.js').Entry} */
    const entry = {
      id: this.#ids,
      file,
      kind: file.type.startsWith('video/') ? 'video' : 'photo',
      status: 'waiting',
      code: null,
      isOther: false,
      fraction: 0,
      secondsLeft: null,
      job: null,
      made: null,
    };
    const row = new FileRow(entry, {
      words: this.words,
      icons: this.icons,
      commandLineUrl: this.options.commandLineUrl ?? null,
      onRemove: (one) => this.#remove(one),
      onAgain: (one) => this.#start(one),
    });
    this.#entries.push(entry);
    this.#rows.set(entry, row);
    this.files?.append(row.root);
    return entry;
  }

  /**
   * What the program for computers wrote: the files it is about take the place of its own.
   *
   * @param {import('./file_rows.js').Entry} entry
   */
  async #takeProgramFile(entry) {
    this.#draw();
    const head = await entry.file.slice(0, SNIFF_BYTES).arrayBuffer().catch(() => new ArrayBuffer(0));
    if (!this.#rows.has(entry)) return;
    if (sniff(new Uint8Array(head)) !== 'unknown') {
      this.#start(entry); // a picture that is only called so
      return;
    }
    try {
      const lines = await readProgramFile(entry.file);
      if (!this.#rows.has(entry)) return;
      this.#takeOut(entry);
      for (const line of lines) this.#takeLine(line);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#end(entry, { status: 'unreadable', code: error.code }, 'nowUnreadable');
    }
  }

  /** @param {import('./program_file.js').ProgramLine} line */
  #takeLine({ name, fingerprint }) {
    const unread = this.#entries.find((entry) => entry.file.name === name && entry.status === 'unreadable');
    if (!fingerprint) {
      this.#end(unread ?? this.#put(new File([], name, { lastModified: 0 })), { status: 'unreadable', code: 'other' },
        'nowUnreadable');
      return;
    }
    const made = { fingerprint, notes: ['program'] };
    const twin = twinOf(made, this.#held());
    if (twin) {
      this.twice.say(name, twin.name);
      this.#draw();
      return;
    }
    // What could not be read here before is now ready, with its own size and date.
    const entry = unread ?? this.#put(new File([], name, { lastModified: 0 }));
    this.#end(entry, { made, status: 'ready', kind: fingerprint.kind, code: null }, 'nowReady');
  }

  /** @param {import('./file_rows.js').Entry} entry */
  #start(entry) {
    Object.assign(entry, { status: 'waiting', code: null, fraction: 0, secondsLeft: null });
    this.#showKind(entry);
    const job = this.options.maker.add(entry.file, {
      onProgress: ({ fraction, secondsLeft }) => {
        const isFirst = entry.status !== 'working';
        Object.assign(entry, { status: 'working', fraction, secondsLeft });
        this.#rows.get(entry)?.draw();
        if (isFirst) this.#draw();
      },
    });
    entry.job = job;
    job.done.then(
      (made) => this.#finish(entry, made),
      (error) => {
        const isStopped = error.code === 'cancelled';
        const status = isStopped ? 'stopped' : 'unreadable';
        this.#end(entry, { status, code: error.code }, isStopped ? null : 'nowUnreadable');
      },
    );
    this.#draw();
  }

  /**
   * A file that was read: ready, or left out because it is there already.
   *
   * @param {import('./file_rows.js').Entry} entry
   * @param {import('./make.js').Made} made
   */
  #finish(entry, made) {
    const twin = this.#rows.has(entry) ? twinOf(made, this.#held()) : null;
    if (twin) {
      const hadFocus = this.#rows.get(entry)?.root.contains(document.activeElement);
      this.twice.say(entry.file.name, twin.name);
      this.#takeOut(entry);
      this.#draw();
      if (hadFocus) this.choose?.focus();
    } else {
      this.#end(entry, { made, status: 'ready', kind: made.fingerprint.kind }, 'nowReady');
    }
  }

  /** @returns {import('./twice.js').Held[]} what is ready, here or elsewhere on the page */
  #held() {
    const ready = this.#entries.flatMap(({ file, made }) => (made ? [{ name: file.name, ...made }] : []));
    return [...(this.options.before?.() ?? []), ...ready];
  }

  /**
   * @param {import('./file_rows.js').Entry} entry
   * @param {Partial<import('./file_rows.js').Entry>} outcome
   * @param {string | null} news - key of what is announced
   */
  #end(entry, outcome, news) {
    Object.assign(entry, outcome, { job: null, secondsLeft: null });
    if (!this.#rows.has(entry)) return;
    const { working, waiting, unreadable, stopped } = this.state();
    if (news && working + waiting + unreadable + stopped === 0) this.#say('allReady', entry.file.name);
    else if (news) this.#say(news, entry.file.name);
    this.#draw();
  }

  /**
   * The icon by the file's first bytes, because systems do not always name a type.
   *
   * @param {import('./file_rows.js').Entry} entry
   */
  async #showKind(entry) {
    const head = await entry.file.slice(0, SNIFF_BYTES).arrayBuffer().catch(() => null);
    if (!head || entry.status === 'ready') return;
    const bytes = new Uint8Array(head);
    entry.kind = MOVING_FORMATS.has(sniff(bytes)) ? 'video' : 'photo';
    entry.isOther = isPlainlyOther(bytes);
    this.#rows.get(entry)?.drawFound();
  }

  /** @param {import('./file_rows.js').Entry} entry */
  #remove(entry) {
    const row = this.#rows.get(entry);
    const next = /** @type {HTMLElement | null} */ (row?.root.nextElementSibling ?? row?.root.previousElementSibling);
    entry.job?.cancel();
    this.#takeOut(entry);
    this.#draw();
    const button = /** @type {HTMLElement | null | undefined} */ (next?.querySelector('button:last-of-type'));
    (button ?? this.choose)?.focus();
  }

  /** @param {import('./file_rows.js').Entry} entry */
  #takeOut(entry) {
    this.#rows.get(entry)?.root.remove();
    this.#rows.delete(entry);
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  /**
   * @param {string} key
   * @param {string} name
   */
  #say(key, name) {
    if (this.said) this.said.textContent = this.words.say(key, { name });
  }

  /** @param {{isNews?: boolean}} [options] - isNews: whether the page is told */
  #draw({ isNews = true } = {}) {
    const state = this.state();
    const total = this.#entries.length;
    for (const row of this.#rows.values()) row.draw();
    const { count, empty, files, choose, halt } = this;
    if (!count || !empty || !files || !choose || !halt) return;
    count.textContent = total ? this.words.say('readyCount', { ready: state.ready, total }, total) : '';
    if (total > 0) empty.remove();
    else files.after(empty);
    choose.textContent = this.words.say(total ? 'addMore' : 'choose');
    if (state.working + state.waiting === 0) halt.remove();
    else if (!halt.isConnected) choose.after(halt);
    this.showExact();
    if (!isNews) return;
    const made = this.#entries.flatMap((entry) => (entry.made ? [entry.made.fingerprint] : []));
    this.options.onChange?.(made, state);
  }
}

/**
 * @param {File} a
 * @param {File} b
 */
function isSame(a, b) {
  return a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
}
