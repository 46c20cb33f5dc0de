/**
 * The list of files, as the page of the service mounts it.
 * @module
 */
import { Fingerprinter } from '/js/src/fingerprint/client.js';
import { mountFileList } from '/js/src/fingerprint/file_list.js';

const maker = new Fingerprinter({ workerUrl: '/js/src/fingerprint/worker.js', workers: 1 });
const changes = [];
const list = mountFileList(document.querySelector('#list'), {
  texts: JSON.parse(document.querySelector('#texts').textContent),
  maker,
  dataElement: document.querySelector('#data'),
  commandLineUrl: '/command-line',
  onChange: (fingerprints, state) => changes.push({ fingerprints, state }),
});
window.tested = { maker, list, changes };
await maker.ready;
document.body.dataset.ready = 'yes';
