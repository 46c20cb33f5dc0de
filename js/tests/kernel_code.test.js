import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { kernelCode } from '../src/kernel_code.js';

test('the kernel in the page is the kernel that Python runs', async () => {
  const wasm = await readFile(new URL('../../src/staydown/fingerprinting/kernel.wasm', import.meta.url));

  assert.deepEqual(Buffer.from(kernelCode()), wasm);
});
