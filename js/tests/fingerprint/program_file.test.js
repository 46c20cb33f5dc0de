import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toBase64 } from '../../src/fingerprint/bytes.js';
import { isProgramFile, programCommand, readFingerprint, readProgramFile } from '../../src/fingerprint/program_file.js';

const SHA256 = { type: 'sha256', value: 'a1'.repeat(32) };
const PDQ = { type: 'pdq', value: '0f'.repeat(32), quality: 87 };

/** A `windows/1` of so many points. */
function windows(points = 1, change = (/** @type {Uint8Array} */ _) => {}) {
  const bytes = new Uint8Array(264 + 36 * points);
  bytes.set([1, 0, 128, 1, 0, 1, points, 0]);
  change(bytes);
  return bytes;
}

/** A `timeline/1` of frames at these times, with windows on some. */
function timeline(timesMs = [0, 40], frames = [0]) {
  const inner = windows();
  const bytes = new Uint8Array(16 + 37 * timesMs.length + frames.length * (8 + inner.length));
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  view.setUint32(8, timesMs.length, true);
  view.setUint32(12, frames.length, true);
  timesMs.forEach((timeMs, at) => view.setUint32(16 + 37 * at, timeMs, true));
  frames.forEach((frame, at) => {
    const start = 16 + 37 * timesMs.length + at * (8 + inner.length);
    view.setUint32(start, frame, true);
    view.setUint32(start + 4, inner.length, true);
    bytes.set(inner, start + 8);
  });
  return bytes;
}

const photo = (/** @type {any[]} */ ...signals) => ({ version: 1, kind: 'photo', signals });
const binary = (/** @type {string} */ type, /** @type {Uint8Array} */ bytes) => ({ type, value: toBase64(bytes) });
const fails = (/** @type {any} */ data) => assert.throws(() => readFingerprint(data), { code: 'program_file_invalid' });

test('a fingerprint is read as it is, without keys and types that are not known', () => {
  const whole = [SHA256, { ...PDQ, more: 1 }, binary('windows/1', windows()), { type: 'new/9', value: 5 }];
  const kept = [SHA256, PDQ, binary('windows/1', windows())];
  assert.deepEqual(readFingerprint({ file: 'a', id: 'b', ...photo(...whole) }), photo(...kept));
  const film = { version: 1, kind: 'video', signals: [binary('timeline/1', timeline())] };
  assert.deepEqual(readFingerprint(film), film);
});

test('whatever does not fit is refused', () => {
  for (const data of [null, 1, 'x', [], {}, { version: 1, kind: 'photo' }, photo(), { ...photo(SHA256), version: 2 },
    { ...photo(SHA256), version: true }, { ...photo(SHA256), kind: 'sound' }, { ...photo(SHA256), signals: {} }]) fails(data);
  for (const signal of [null, {}, { type: 'pdq' }, { ...PDQ, value: 5 }, { ...PDQ, value: 'AB'.repeat(32) },
    { ...PDQ, value: 'ab' }, { ...PDQ, quality: 101 }, { ...PDQ, quality: -1 }, { ...PDQ, quality: 1.5 },
    { ...PDQ, quality: '9' }, { ...PDQ, quality: true }]) fails(photo(signal));
  fails(photo(PDQ, PDQ));
});

test('bytes are as the formats say', () => {
  const wrong = [
    windows().subarray(1), new Uint8Array(9),
    windows(1, (bytes) => { bytes[0] = 2; }), windows(1, (bytes) => { bytes[1] = 1; }),
    windows(1, (bytes) => { bytes[6] = 2; }), windows(1, (bytes) => bytes.fill(0, 2, 4)),
  ];
  for (const bytes of wrong) fails(photo(binary('windows/1', bytes)));
  for (const bytes of [timeline([40, 40]), timeline([0, 40], [2]), timeline([0, 40], [1, 0]), timeline().subarray(0, 40),
    new Uint8Array([...timeline(), 0])]) fails(photo(binary('timeline/1', bytes)));
  fails(photo({ type: 'windows/1', value: `${toBase64(windows())} ` }));
  fails(photo({ type: 'windows/1', value: '!' }));
});

test('a file has one fingerprint a line, each with its name and without its folder', async () => {
  const lines = [
    { file: '/home/ada/cat.tiff', ...photo(SHA256) }, { file: 'C:\\photos\\dog.tiff', ...photo(PDQ) }, photo(SHA256),
    { file: 'note.txt', error: { code: 'format_unsupported' } },
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\r\n');
  const wide = new Uint8Array([0xff, 0xfe, ...new Uint8Array(Uint16Array.from(text, (one) => one.charCodeAt(0)).buffer)]);
  for (const data of [text, `\ufeff${text}\n\n`, wide]) {
    const read = await readProgramFile(new File([data], 'all.json'));
    assert.deepEqual(read.map(({ name }) => name), ['cat.tiff', 'dog.tiff', 'all.json', 'note.txt']);
    assert.deepEqual(read.map(({ fingerprint }) => fingerprint !== null), [true, true, true, false]);
  }
});

test('a file that is empty, broken or too large has its code', async () => {
  for (const text of ['', '\n', '{', '[]', `${JSON.stringify(photo(SHA256))}\nx`]) {
    await assert.rejects(readProgramFile(new File([text], 'a.json')), { code: 'program_file_invalid' });
  }
  const line = `${JSON.stringify(photo(SHA256))}\n`;
  for (const data of [line.repeat(101), new Uint8Array(16 * 2 ** 20 + 1)]) {
    await assert.rejects(readProgramFile(new File([data], 'a.json')), { code: 'program_file_too_large' });
  }
});

test('the command writes a file that the list knows by its name', () => {
  assert.equal(programCommand('cat.tiff'), 'staydown hash "cat.tiff" --json > cat.json');
  assert.equal(programCommand('été 1;2.tar.tif'), 'staydown hash "été 1;2.tar.tif" --json > été_1_2_tar.json');
  assert.equal(programCommand('.tif'), 'staydown hash ".tif" --json > fingerprint.json');
  for (const name of ['cat.json', 'Cat.JSONL']) assert.ok(isProgramFile(name));
  for (const name of ['cat.tiff', 'json', 'cat.json.png']) assert.ok(!isProgramFile(name));
});
