/**
 * The kernel: pixels become signals, the same bits as in Python. Pure computation; no DOM, no network.
 * The caller fetches or reads kernel.wasm and hands its bytes in. Source: docs/adr/0002-kernel-in-wasm.md.
 * @module
 */
import { InputError } from './errors.js';

const WANT_PDQ = 1;
const WANT_WINDOWS = 2;
const HASH_BYTES = 32;
const GRID_BYTES = 256;
const HEADER_BYTES = 8;
const LAYOUT = 1;

/** Bytes of one point in the kernel's memory, and where its geometry and hash lie in them. */
const POINT_BYTES = 68;
const GEOMETRY_AT = 32;
const BITS_AT = 36;

/** Number of the setting `max_points`, and its default. Source: ADR-0004. */
const MAX_POINTS = 0;
const DEFAULT_POINTS = 160;

/** Codes and words for the statuses that the kernel gives. */
const FAILURES = new Map([
  [1, ['input_error', 'the kernel refused the size of the picture']],
  [2, ['content_too_large', 'the picture has a side over 20,000 pixels']],
  [3, ['content_too_large', 'the picture needs more memory than the kernel may have']],
]);

/**
 * A picture: rows from the top, values 0..255.
 * @typedef {object} Picture
 * @property {Uint8Array | Uint8ClampedArray} data - width * height * channels values
 * @property {number} width - pixels, at least 1
 * @property {number} height - pixels, at least 1
 * @property {1 | 3 | 4} channels - luma, RGB, or RGBA whose alpha is ignored
 */

/**
 * A picture that is handed over in strips, so that it never stands in memory twice.
 * @typedef {object} Strips
 * @property {number} width - pixels, at least 1
 * @property {number} height - pixels, at least 1
 * @property {1 | 3 | 4} channels - luma, RGB, or RGBA whose alpha is ignored
 * @property {(top: number, rows: number) => Uint8Array | Uint8ClampedArray} read - rows * width * channels values from
 *   row `top` on; called once for each strip, from the top
 */

/** One instance of the module with its memory. One picture at a time. */
export class Kernel {
  /** @param {WebAssembly.Instance} instance - of kernel.wasm */
  constructor(instance) {
    this.exports = /** @type {any} */ (instance.exports);
  }

  /**
   * Compile the module and make an instance of it.
   *
   * @param {BufferSource} code - the bytes of kernel.wasm
   * @returns {Promise<Kernel>}
   */
  static async load(code) {
    const { instance } = await WebAssembly.instantiate(code, {});
    return new Kernel(instance);
  }

  /**
   * PDQ hash and quality of a picture, bit for bit the reference's.
   *
   * @param {Picture} picture
   * @returns {{hash: Uint8Array, quality: number}} 32 bytes, most significant bit first; 0..100
   * @throws {InputError} the picture's length does not follow from its size, or it is too large
   */
  pdq(picture) {
    this.#run(picture, WANT_PDQ);
    return { hash: this.#bytes(this.exports.sd_pdq(), HASH_BYTES), quality: this.exports.sd_quality() };
  }

  /**
   * The `windows/1` signal of a picture in its canonical form.
   *
   * @param {Picture} picture
   * @param {{maxPoints?: number}} [options] - maxPoints: most points to keep
   * @returns {Uint8Array} header, grid, hashes, geometry, as docs/formats.md says
   * @throws {InputError} the picture's length does not follow from its size, or it is too large
   */
  windows(picture, { maxPoints = DEFAULT_POINTS } = {}) {
    this.exports.sd_set(MAX_POINTS, maxPoints);
    this.#run(picture, WANT_WINDOWS);
    return this.#packWindows();
  }

  /**
   * `pdq` and `windows/1` of one picture in a single pass over its strips.
   *
   * @param {Strips} strips
   * @param {number} [stripRows] - most rows to read at once
   * @returns {{hash: Uint8Array, quality: number, windows: Uint8Array}}
   * @throws {InputError} too large, or a strip of another length than was asked for
   */
  signals(strips, stripRows = Infinity) {
    this.exports.sd_set(MAX_POINTS, DEFAULT_POINTS);
    this.#runStrips(strips, WANT_PDQ + WANT_WINDOWS, stripRows);
    const hash = this.#bytes(this.exports.sd_pdq(), HASH_BYTES);
    return { hash, quality: this.exports.sd_quality(), windows: this.#packWindows() };
  }

  /** @returns {Uint8Array} the last picture's windows */
  #packWindows() {
    const count = this.exports.sd_count();
    const points = this.#bytes(this.exports.sd_points(), count * POINT_BYTES);
    const out = new Uint8Array(HEADER_BYTES + GRID_BYTES + count * (HASH_BYTES + 4));
    const head = new DataView(out.buffer);
    head.setUint8(0, LAYOUT);
    head.setUint16(2, this.exports.sd_working_width(), true);
    head.setUint16(4, this.exports.sd_working_height(), true);
    head.setUint16(6, count, true);
    out.set(this.#bytes(this.exports.sd_grid(), GRID_BYTES), HEADER_BYTES);
    const hashesAt = HEADER_BYTES + GRID_BYTES;
    const geometryAt = hashesAt + count * HASH_BYTES;
    for (let i = 0; i < count; i += 1) {
      const point = points.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES);
      out.set(point.subarray(BITS_AT, BITS_AT + HASH_BYTES), hashesAt + i * HASH_BYTES);
      out.set(point.subarray(GEOMETRY_AT, GEOMETRY_AT + 4), geometryAt + i * 4);
    }
    return out;
  }

  /**
   * @param {Picture} picture
   * @param {number} wanted
   */
  #run({ data, width, height, channels }, wanted) {
    if (data.length !== width * height * channels) {
      throw new InputError('input_error', `${data.length} values for ${width} x ${height} x ${channels}`);
    }
    const rowBytes = width * channels;
    const read = (/** @type {number} */ top, /** @type {number} */ rows) =>
      data.subarray(top * rowBytes, (top + rows) * rowBytes);
    this.#runStrips({ width, height, channels, read }, wanted, Infinity);
  }

  /**
   * @param {Strips} strips
   * @param {number} wanted
   * @param {number} stripRows
   */
  #runStrips({ width, height, channels, read }, wanted, stripRows) {
    this.#check(this.exports.sd_begin(width, height, channels, wanted));
    const step = this.exports.sd_strip_rows();
    const rowBytes = width * channels;
    const most = Math.max(step, Math.floor(Math.min(stripRows, height) / step) * step);
    for (let top = 0; top < height; top += most) {
      const rows = Math.min(most, height - top);
      const data = read(top, rows);
      if (data.length !== rows * rowBytes) throw new InputError('input_error', 'a strip has another length');
      for (let row = 0; row < rows; row += step) {
        this.#push(data.subarray(row * rowBytes, Math.min(row + step, rows) * rowBytes), rowBytes);
      }
    }
    this.#check(this.exports.sd_finish());
  }

  /**
   * @param {Uint8Array | Uint8ClampedArray} part - whole rows, at most as many as the kernel's strip has
   * @param {number} rowBytes
   */
  #push(part, rowBytes) {
    // A fresh view each time, because the memory moves when it grows.
    new Uint8Array(this.exports.memory.buffer, this.exports.sd_strip(), part.length).set(part);
    this.#check(this.exports.sd_push(part.length / rowBytes));
  }

  /** @param {number} status */
  #check(status) {
    if (status === 0) return;
    const [code, message] = FAILURES.get(status) ?? ['input_error', `the kernel stopped with status ${status}`];
    throw new InputError(code, message);
  }

  /**
   * @param {number} at
   * @param {number} length
   * @returns {Uint8Array} a copy, because the memory changes with the next picture
   */
  #bytes(at, length) {
    return new Uint8Array(this.exports.memory.buffer, at >>> 0, length).slice();
  }
}
