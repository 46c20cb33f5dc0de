/**
 * The worker that makes fingerprints: one file after the other. Everything it will ever need is imported here,
 * so that the network may be cut once it has said that it is ready.
 *
 * Messages in: {type: 'make', id, file, preferSeeking}, {type: 'cancel', id}, and answers to 'seek'.
 * Messages out: {type: 'ready'}, {type: 'progress', id, fraction}, {type: 'made', id, made},
 * {type: 'failed', id, code, message}, and questions {type: 'seek', id, question, …}.
 * @module
 */
import { InputError } from '../errors.js';
import { Kernel } from '../kernel.js';
import { kernelCode } from '../kernel_code.js';
import { startDigests } from './digests.js';
import { makeFingerprint } from './make.js';

/** The scope of a dedicated worker; its type is not among those of a page. */
const scope = /** @type {any} */ (globalThis);
const kernelLoaded = Kernel.load(kernelCode());

/** @type {Set<number>} */
const cancelled = new Set();
/** @type {Map<number, (answer: any) => void>} */
const questions = new Map();
let asked = 0;
let queue = Promise.all([kernelLoaded, startDigests()]).then(() => scope.postMessage({ type: 'ready' }));

scope.addEventListener('message', (/** @type {MessageEvent} */ event) => {
  const { type, id, question, answer } = event.data;
  if (type === 'make') queue = queue.then(() => work(event.data));
  if (type === 'cancel') cancelled.add(id);
  if (type === 'answer') {
    questions.get(question)?.(answer);
    questions.delete(question);
  }
});

/** @param {{id: number, file: File, preferSeeking: boolean}} job */
async function work({ id, file, preferSeeking }) {
  const onFraction = (/** @type {number} */ fraction) => {
    if (cancelled.has(id)) throw new InputError('cancelled', 'stopped');
    scope.postMessage({ type: 'progress', id, fraction });
  };
  const seekFrames = (/** @type {any} */ request) => ask(id, request);
  try {
    onFraction(0);
    const made = await makeFingerprint(file, { kernel: await kernelLoaded, onFraction, seekFrames, preferSeeking });
    scope.postMessage({ type: 'made', id, made });
  } catch (error) {
    // The outermost place of this process: whatever a decoder throws becomes a code, never a dead worker.
    const { code, message } = error instanceof InputError ? error : unforeseen(error);
    scope.postMessage({ type: 'failed', id, code, message });
  } finally {
    cancelled.delete(id);
  }
}

/**
 * Ask the page, which alone has a player.
 *
 * @param {number} id
 * @param {object} request
 * @returns {Promise<any>}
 */
function ask(id, request) {
  asked += 1;
  const question = asked;
  return new Promise((resolve) => {
    questions.set(question, resolve);
    scope.postMessage({ type: 'seek', id, question, request });
  });
}

/** @param {unknown} error */
function unforeseen(error) {
  const isMemory = error instanceof RangeError;
  return isMemory
    ? { code: 'content_too_large', message: 'there is not enough memory for this file' }
    : { code: 'worker_failed', message: `unforeseen: ${error instanceof Error ? error.name : typeof error}` };
}
