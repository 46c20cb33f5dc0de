/**
 * What the tests call: fingerprints of the files in the input, one answer a file.
 * @module
 */
import { Fingerprinter } from '/js/src/fingerprint/client.js';

const workerUrl = '/js/src/fingerprint/worker.js';
const wish = new URLSearchParams(location.search);
const maker = new Fingerprinter({
  workerUrl,
  preferSeeking: wish.has('seek'),
  ...(wish.has('workers') ? { workers: Number(wish.get('workers')) } : {}),
});
const violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));

/** @param {File} file */
async function one(file) {
  const progress = [];
  const job = maker.add(file, { onProgress: (step) => progress.push(step) });
  try {
    return { name: file.name, ...(await job.done), progress };
  } catch (error) {
    return { name: file.name, code: error.code, error: error.message, progress };
  }
}

window.tested = {
  maker,
  violations,
  files: () => [...document.querySelector('#files').files],
  makeAll: () => Promise.all(window.tested.files().map(one)),
};
await maker.ready;
document.body.dataset.ready = 'yes';
