/**
 * Exact signals: SHA-256 and MD5 of a file, read piece by piece.
 * @module
 */
import { InputError } from '../errors.js';
import * as sha256Code from '../../vendor/hash-wasm/sha256.umd.min.js';
import * as md5Code from '../../vendor/hash-wasm/md5.umd.min.js';

/** In browsers the two files leave one global object behind; where they are read as CommonJS they export. */
const hashWasm = {
  .../** @type {any} */ (globalThis).hashwasm,
  .../** @type {any} */ (sha256Code).default,
  .../** @type {any} */ (md5Code).default,
};

/** @type {Promise<any[]> | null} */
let hashers = null;

/**
 * Start the digests' code, so that the first file does not wait for it.
 *
 * @returns {Promise<any[]>}
 */
export function startDigests() {
  hashers ??= Promise.all([hashWasm.createSHA256(), hashWasm.createMD5()]);
  return hashers;
}

/**
 * Both digests in one pass.
 *
 * @param {Blob} file
 * @param {(doneBytes: number) => void} onBytes - called after each piece; may throw to stop
 * @returns {Promise<{sha256: string, md5: string}>} lower-case hex
 * @throws {InputError} `file_unreadable`: the file was moved or changed
 */
export async function digestsOf(file, onBytes) {
  const [sha256, md5] = await startDigests();
  sha256.init();
  md5.init();
  const reader = file.stream().getReader();
  let done = 0;
  try {
    for (;;) {
      const piece = await nextPiece(reader);
      if (!piece) break;
      sha256.update(piece);
      md5.update(piece);
      done += piece.length;
      onBytes(done);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

/**
 * Both digests of bytes that stand in memory.
 *
 * @param {Uint8Array} bytes
 * @returns {Promise<{sha256: string, md5: string}>} lower-case hex
 */
export async function digestsOfBytes(bytes) {
  const [sha256, md5] = await startDigests();
  return { sha256: sha256.init().update(bytes).digest('hex'), md5: md5.init().update(bytes).digest('hex') };
}

/**
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 * @returns {Promise<Uint8Array | undefined>}
 */
async function nextPiece(reader) {
  try {
    return (await reader.read()).value;
  } catch {
    throw new InputError('file_unreadable', 'the file cannot be read any more');
  }
}
