/**
 * A worker whose decoder never comes back from one file.
 * @module
 */
addEventListener('message', ({ data: { type, id, file } }) => {
  while (type === 'make' && file.name === 'hangs.jpg');
  if (type === 'make') postMessage({ type: 'made', id, made: { fingerprint: {}, notes: [] } });
});
postMessage({ type: 'ready' });
