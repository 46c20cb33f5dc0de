/**
 * What `staydown hash --json` wrote on a computer: fingerprints of files that no browser reads, one a line.
 * The same strict rules as `Fingerprint.from_dict` in src/staydown/types/fingerprint.py.
 * @module
 */
import { InputError } from '../errors.js';

/** As much as the service takes at once (DATA_UPLOAD_MAX_MEMORY_SIZE). */
const MOST_BYTES = 16 * 2 ** 20;
/** As many files as a case takes (MOST_FILES in cases/forms/cleaning.py). */
const MOST_LINES = 100;
const NAMED = /\.jsonl?$/i;
const KINDS = ['photo', 'video'];
/** Signal types whose value is lower-case hex, and its digits. */
const HEX_DIGITS = new Map([['sha256', 64], ['md5', 32], ['pdq', 64]]);
const WINDOWS_HEAD = 8 + 256;
const POINT_BYTES = 36;
const TIMELINE_HEAD = 16;
const FRAME_BYTES = 37;

/**
 * @typedef {object} ProgramLine
 * @property {string} name - of the picture or video, without its folder
 * @property {import('./make.js').Fingerprint | null} fingerprint - null where the program could not read it either
 */

/**
 * Whether a file is called like what the command writes.
 *
 * @param {string} name
 * @returns {boolean}
 */
export function isProgramFile(name) {
  return NAMED.test(name);
}

/**
 * The command that writes the fingerprint of a file into another one beside it.
 *
 * @param {string} name - of the file
 * @returns {string}
 */
export function programCommand(name) {
  const stem = name.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '_') || 'fingerprint';
  return `staydown hash "${name}" --json > ${stem}.json`;
}

/**
 * The fingerprints in a file of the program.
 *
 * @param {File} file
 * @returns {Promise<ProgramLine[]>} at least one
 * @throws {InputError} `program_file_invalid`, `program_file_too_large` or `file_unreadable`
 */
export async function readProgramFile(file) {
  if (file.size > MOST_BYTES) throw tooLarge();
  const bytes = await file.arrayBuffer().catch(() => {
    throw new InputError('file_unreadable', 'the file cannot be read any more');
  });
  const lines = textOf(new Uint8Array(bytes)).split('\n').filter((line) => line.trim() !== '');
  if (lines.length > MOST_LINES) throw tooLarge();
  if (lines.length === 0) throw invalid('it is empty');
  return lines.map((line) => readLine(line, file.name));
}

/**
 * A fingerprint out of untrusted JSON; of signal types that are not known nothing is kept.
 *
 * @param {any} data - what `JSON.parse` gave
 * @returns {import('./make.js').Fingerprint}
 * @throws {InputError} `program_file_invalid`, without the values
 */
export function readFingerprint(data) {
  const { version, kind, signals } = Object(data);
  if (version !== 1 || !KINDS.includes(kind) || !Array.isArray(signals)) throw invalid('no version, kind and signals');
  const known = signals.flatMap(readSignal);
  const types = new Set(known.map((signal) => signal.type));
  if (types.size !== known.length || known.length === 0) throw invalid('no signals, or two of one type');
  return { version, kind, signals: known };
}

/**
 * @param {string} line
 * @param {string} fallback - name where the line has none
 * @returns {ProgramLine}
 */
function readLine(line, fallback) {
  const data = parsed(line);
  const name = (typeof data?.file === 'string' && data.file.split(/[/\\]/).pop()) || fallback;
  const isError = typeof data?.error === 'object' && data.error !== null && !('signals' in data);
  return { name, fingerprint: isError ? null : readFingerprint(data) };
}

/** @param {string} line */
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    throw invalid('a line is not JSON');
  }
}

/**
 * @param {any} row
 * @returns {import('./make.js').Signal[]} empty for a type that is not known
 */
function readSignal(row) {
  const { type, value, quality } = Object(row);
  if (typeof type !== 'string') throw invalid('a signal without a type');
  if (!HEX_DIGITS.has(type) && type !== 'windows/1' && type !== 'timeline/1') return [];
  if (typeof value !== 'string' || !isFitting(type, value)) throw invalid(`the value of ${type} does not fit`);
  if (quality === undefined || quality === null) return [{ type, value }];
  if (!Number.isInteger(quality) || quality < 0 || quality > 100) throw invalid(`the quality of ${type} is none`);
  return [{ type, value, quality }];
}

/**
 * @param {string} type
 * @param {string} value
 */
function isFitting(type, value) {
  const digits = HEX_DIGITS.get(type);
  if (digits !== undefined) return value.length === digits && /^[0-9a-f]*$/.test(value);
  const bytes = fromBase64(value);
  return bytes !== null && (type === 'windows/1' ? isWindows(bytes) : isTimeline(bytes));
}

/**
 * @param {string} text
 * @returns {Uint8Array | null} null where it is not the one base64 of its bytes
 */
function fromBase64(text) {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? Uint8Array.from(binary, (letter) => letter.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes - docs/formats.md has their layout */
function isWindows(bytes) {
  if (bytes.length < WINDOWS_HEAD) return false;
  const at = viewOf(bytes);
  const [width, height, points] = [2, 4, 6].map((offset) => at.getUint16(offset, true));
  return bytes[0] === 1 && bytes[1] === 0 && width > 0 && height > 0
    && bytes.length === WINDOWS_HEAD + points * POINT_BYTES;
}

/** @param {Uint8Array} bytes - docs/formats.md has their layout */
function isTimeline(bytes) {
  if (bytes.length < TIMELINE_HEAD || bytes[0] !== 1 || bytes[1] || bytes[2] || bytes[3]) return false;
  const view = viewOf(bytes);
  const frames = view.getUint32(8, true);
  let at = TIMELINE_HEAD + frames * FRAME_BYTES;
  if (bytes.length < at || !isRising(view, frames)) return false;
  let last = -1;
  for (let left = view.getUint32(12, true); left > 0; left -= 1) {
    if (bytes.length < at + 8) return false;
    const [frame, size] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (frame <= last || frame >= frames || bytes.length < at + 8 + size) return false;
    if (!isWindows(bytes.subarray(at + 8, at + 8 + size))) return false;
    last = frame;
    at += 8 + size;
  }
  return bytes.length === at;
}

/**
 * @param {DataView} view - of a timeline
 * @param {number} frames
 */
function isRising(view, frames) {
  let last = -1;
  for (let frame = 0; frame < frames; frame += 1) {
    const timeMs = view.getUint32(TIMELINE_HEAD + frame * FRAME_BYTES, true);
    if (timeMs <= last) return false;
    last = timeMs;
  }
  return true;
}

/** @param {Uint8Array} bytes */
function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Text in UTF-8, or in UTF-16 as PowerShell's `>` writes it.
 *
 * @param {Uint8Array} bytes
 */
function textOf(bytes) {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isWide ? 'utf-16le' : 'utf-8').decode(bytes);
}

/** @param {string} why */
function invalid(why) {
  return new InputError('program_file_invalid', `this is not what staydown hash --json writes: ${why}`);
}

function tooLarge() {
  return new InputError('program_file_too_large', `more than ${MOST_BYTES} bytes or ${MOST_LINES} lines`);
}
