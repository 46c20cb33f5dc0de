/**
 * Hands files to the workers that make fingerprints, in the order in which they were added.
 * Nothing is fetched after `ready`: workers are started with the page, and again only where one hangs and was stopped.
 * @module
 */
import { seekFrames } from '../decode/seeking.js';
import { InputError } from '../errors.js';
import { secondsLeft } from './time_left.js';

const POLICY = 'staydown-worker';
/** Two photos at a time use two cores; more would only cost memory. */
const MOST_WORKERS = 2;
/** A worker that is told to stop answers at its next step; one that has not by then hangs in a decoder. */
const PATIENCE_MS = 15_000;

/** @type {any} */
let policy = null;

/**
 * @typedef {object} Progress
 * @property {number} fraction - 0..1, rising
 * @property {number | null} secondsLeft - null until it can be told
 *
 * @typedef {object} Job
 * @property {File} file
 * @property {Promise<import('./make.js').Made>} done - rejects with an InputError
 * @property {() => void} cancel - `done` rejects with code `cancelled`, at once
 */

/** Makes fingerprints of files on this device. */
export class Fingerprinter {
  /** @type {Task[]} */
  #waiting = [];
  /** @type {Crew[]} */
  #crew = [];
  #ids = 0;

  /**
   * @param {object} options
   * @param {string} options.workerUrl - of fingerprint/worker.js, on this origin
   * @param {number} [options.workers] - how many files at a time; two where the device has two cores
   * @param {boolean} [options.preferSeeking] - read videos through the player even where it is not needed
   * @param {number} [options.patienceMs] - how long a worker may take to stop before it is replaced
   */
  constructor({ workerUrl, workers = defaultWorkers(), preferSeeking = false, patienceMs = PATIENCE_MS }) {
    this.workerUrl = workerUrl;
    this.preferSeeking = preferSeeking;
    this.patienceMs = patienceMs;
    for (let i = 0; i < workers; i += 1) this.#crew.push(this.#start());
    /** Settles when all code is loaded: the network may be cut from then on. */
    this.ready = Promise.all(this.#crew.map((one) => one.loaded)).then(() => {});
    this.ready.catch(() => {});
  }

  /**
   * Make the fingerprint of a file, after those that were added before.
   *
   * @param {File} file
   * @param {{onProgress?: (progress: Progress) => void}} [options]
   * @returns {Job}
   */
  add(file, { onProgress = () => {} } = {}) {
    this.#ids += 1;
    const task = new Task(this.#ids, file, onProgress);
    if (this.#crew.length > 0) this.#waiting.push(task);
    else task.reject(new InputError('worker_failed', 'there is nobody to make fingerprints'));
    this.#next();
    return { file, done: task.done, cancel: () => this.#cancel(task) };
  }

  /** Stop everything and free the workers; files that are not ready are cancelled. */
  close() {
    const open = [...this.#waiting, ...this.#crew.map((one) => one.task)];
    for (const task of open) if (task) this.#cancel(task);
    for (const { worker } of this.#crew) worker.terminate();
    this.#crew = [];
  }

  /** @returns {Crew} */
  #start() {
    const worker = new Worker(trusted(this.workerUrl), { type: 'module' });
    /** @type {Crew} */
    const one = { worker, task: null, loaded: Promise.resolve() };
    one.loaded = new Promise((resolve, reject) => {
      worker.addEventListener('message', (event) => this.#receive(one, event.data, () => resolve(undefined)));
      worker.addEventListener('error', () => {
        const error = new InputError('worker_failed', 'the code that makes fingerprints could not be loaded');
        reject(error);
        this.#lose(one, error);
      });
    });
    one.loaded.catch(() => {});
    return one;
  }

  /** Give each free worker the next file. */
  #next() {
    for (const one of this.#crew) {
      if (one.task) continue;
      const task = this.#waiting.shift();
      if (!task) return;
      one.task = task;
      task.startedMs = performance.now();
      one.worker.postMessage({ type: 'make', id: task.id, file: task.file, preferSeeking: this.preferSeeking });
    }
  }

  /**
   * @param {Crew} one
   * @param {any} message
   * @param {() => void} onReady
   */
  #receive(one, message, onReady) {
    if (message.type === 'ready') onReady();
    const { task } = one;
    if (!task || message.id !== task.id) return;
    switch (message.type) {
      case 'progress':
        task.report(message.fraction);
        return;
      case 'seek':
        this.#answer(one, task, message);
        return;
      case 'made':
        task.resolve(message.made);
        break;
      case 'failed':
        task.reject(new InputError(message.code, message.message));
        break;
      default:
        return;
    }
    one.task = null;
    this.#next();
  }

  /**
   * @param {Crew} one
   * @param {Task} task
   * @param {{question: number, request: any}} message
   */
  async #answer(one, task, { question, request }) {
    const { answer, transfer } = await seekFrames(task, request);
    one.worker.postMessage({ type: 'answer', question, answer }, transfer);
  }

  /** @param {Task} task */
  #cancel(task) {
    const busy = this.#crew.find((one) => one.task === task);
    busy?.worker.postMessage({ type: 'cancel', id: task.id });
    if (busy) setTimeout(() => this.#replace(busy, task), this.patienceMs);
    this.#waiting = this.#waiting.filter((other) => other !== task);
    task.reject(new InputError('cancelled', 'stopped'));
  }

  /**
   * Start another worker in the place of one that still hangs at a file that was stopped.
   *
   * @param {Crew} one
   * @param {Task} task
   */
  #replace(one, task) {
    const at = this.#crew.indexOf(one);
    if (at < 0 || one.task !== task) return;
    one.worker.terminate();
    this.#crew[at] = this.#start();
    this.#next();
  }

  /**
   * @param {Crew} one
   * @param {InputError} error
   */
  #lose(one, error) {
    one.task?.reject(error);
    this.#crew = this.#crew.filter((other) => other !== one);
    if (this.#crew.length > 0) return this.#next();
    for (const task of this.#waiting.splice(0)) task.reject(error);
    return undefined;
  }
}

/**
 * @typedef {object} Crew
 * @property {Worker} worker
 * @property {Task | null} task
 * @property {Promise<unknown>} loaded
 */

/** One file on its way. */
class Task {
  startedMs = 0;
  isSettled = false;
  #resolve = (/** @type {import('./make.js').Made} */ _) => {};
  #reject = (/** @type {InputError} */ _) => {};
  /** The page's player for this file, while it is open. @type {any} */
  player = null;

  /**
   * @param {number} id
   * @param {File} file
   * @param {(progress: Progress) => void} onProgress
   */
  constructor(id, file, onProgress) {
    this.id = id;
    this.file = file;
    this.onProgress = onProgress;
    /** @type {Promise<import('./make.js').Made>} */
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.done.catch(() => {});
  }

  /** @param {import('./make.js').Made} made */
  resolve(made) {
    this.#settle(() => this.#resolve(made));
  }

  /** @param {InputError} error */
  reject(error) {
    this.#settle(() => this.#reject(error));
  }

  /** @param {number} fraction */
  report(fraction) {
    if (this.isSettled) return;
    this.onProgress({ fraction, secondsLeft: secondsLeft(fraction, performance.now() - this.startedMs) });
  }

  /** @param {() => void} act */
  #settle(act) {
    if (this.isSettled) return;
    this.isSettled = true;
    this.player?.close();
    this.player = null;
    act();
  }
}

/** @returns {number} */
function defaultWorkers() {
  return Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency || 1));
}

/**
 * The worker's address, past the browser's guard of script addresses: only one of this origin.
 *
 * @param {string} workerUrl
 * @returns {any}
 * @throws {InputError} `worker_failed`: an address of another origin
 */
function trusted(workerUrl) {
  const url = new URL(workerUrl, document.baseURI);
  if (url.origin !== location.origin) throw new InputError('worker_failed', 'the worker must be of this origin');
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  if (!factory) return url.href;
  policy ??= factory.createPolicy(POLICY, { createScriptURL: (/** @type {string} */ text) => text });
  return policy.createScriptURL(url.href);
}
