import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

const vendor = new URL('../vendor/', import.meta.url);
const { modules } = JSON.parse(await readFile(new URL('vendored.json', vendor), 'utf8'));
const files = modules.flatMap((/** @type {any} */ module) => [...module.files, ...module.notices]);

test('every module of others is the file that was published', async () => {
  for (const { path, sha256, size_bytes: sizeBytes } of files) {
    const bytes = await readFile(new URL(path, vendor));
    assert.equal(bytes.length, sizeBytes, path);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, path);
  }
});

test('nothing stands in vendor that vendored.json does not name', async () => {
  const found = [];
  for (const module of await readdir(vendor, { withFileTypes: true })) {
    if (!module.isDirectory()) continue;
    const inside = await readdir(new URL(`${module.name}/`, vendor));
    found.push(...inside.map((name) => `${module.name}/${name}`));
  }

  assert.deepEqual(found.sort(), files.map((/** @type {any} */ file) => file.path).sort());
});

test('every module has a licence and its text', () => {
  for (const module of modules) {
    assert.ok(module.licence && module.notices.length > 0, module.name);
  }
});
