/**
 * The files of a draft on the page: the list that makes fingerprints, and those that were made
 * before and came along with the draft.
 * @module
 */
import { Fingerprinter } from '../fingerprint/client.js';
import { mountFileList } from '../fingerprint/file_list.js';
import { filled, icon } from './fields.js';

/**
 * Start the makers and show the list.
 *
 * @param {{ workerUrl: string, texts: Record<string, any>, kept: import('./draft.js').KeptFile[],
 *   onChange: () => void }} options
 * @returns {{ files: () => import('./draft.js').KeptFile[],
 *   standing: () => import('./checks.js').Standing, stop: () => void }}
 */
export function mountFiles({ workerUrl, texts, kept, onChange }) {
  const loading = /** @type {HTMLElement} */ (document.querySelector('#loading'));
  let keptFiles = [...kept];
  const drawKept = () => showKept(keptFiles, texts, (file) => {
    keptFiles = keptFiles.filter((one) => one !== file);
    drawKept();
    list.showExact();
    onChange();
  });
  drawKept();
  const maker = new Fingerprinter({ workerUrl });
  const list = mountFileList(/** @type {HTMLElement} */ (document.querySelector('#file-list')), {
    texts: texts.files,
    maker,
    dataElement: /** @type {HTMLElement} */ (document.querySelector('#data')),
    before: () => keptFiles.map((file, at) => (
      { name: keptName(file, at, texts), fingerprint: /** @type {any} */ (file.fingerprint) }
    )),
    onChange,
  });
  maker.ready.then(() => {
    loading.hidden = true;
    document.documentElement.dataset.ready = 'yes';
  }, () => {
    loading.hidden = true;
    /** @type {HTMLElement} */ (document.querySelector('#no-workers')).hidden = false;
  });
  const made = () => list.state().files.filter((file) => file.status === 'ready').map(asKept);
  return {
    files: () => [...keptFiles, ...made()],
    standing: () => {
      const { files, ready, unreadable, stopped } = list.state();
      return {
        ready: keptFiles.length + ready,
        left: unreadable + stopped,
        working: files.filter(({ status }) => status === 'working' || status === 'waiting'),
      };
    },
    stop: () => list.stop(),
  };
}

function asKept(/** @type {any} */ file) {
  return {
    name: file.name,
    sizeBytes: file.sizeBytes,
    modifiedOn: dayOf(file.lastModified),
    kind: file.kind,
    fingerprint: file.fingerprint,
  };
}

/** A moment as the day on this device, YYYY-MM-DD; empty where the device does not say. */
function dayOf(/** @type {number | undefined} */ moment) {
  if (!moment) return '';
  const at = new Date(moment);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A file's name; where it has none, by its number. */
function keptName(
  /** @type {import('./draft.js').KeptFile} */ file,
  /** @type {number} */ at,
  /** @type {Record<string, any>} */ texts,
) {
  return file.name || filled(file.kind === 'video' ? texts.video : texts.picture, { n: at + 1 });
}

function showKept(
  /** @type {import('./draft.js').KeptFile[]} */ files,
  /** @type {Record<string, any>} */ texts,
  /** @type {(file: import('./draft.js').KeptFile) => void} */ remove,
) {
  const panel = /** @type {HTMLElement} */ (document.querySelector('#kept'));
  panel.hidden = files.length === 0;
  const heading = /** @type {HTMLElement} */ (document.querySelector('#kept-h'));
  heading.textContent = texts.kept;
  const rows = files.map((file, at) => {
    const row = document.createElement('li');
    const mark = icon(file.kind === 'video' ? 'i-film' : 'i-photo');
    mark.classList.add('kind');
    const name = document.createElement('span');
    name.className = 'name';
    name.textContent = keptName(file, at, texts);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn small';
    button.textContent = texts.files.remove;
    button.setAttribute('aria-label', filled(texts.removeName, { name: name.textContent }));
    button.addEventListener('click', () => remove(file));
    const meta = document.createElement('span');
    meta.className = 'meta';
    meta.textContent = texts.files.ready;
    row.append(mark, name, button, meta);
    return row;
  });
  /** @type {HTMLElement} */ (document.querySelector('#kept-list')).replaceChildren(...rows);
}
