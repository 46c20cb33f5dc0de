/**
 * The brightness plane of a decoded frame, upright, by rule 8 of ADR-0007 and rule 3 of ADR-0012.
 * @module
 */
import { InputError } from '../errors.js';

const BLACK = 16;
const SPAN = 219;
const MOST_STRETCH = 8;

/** Formats of frames whose first plane is brightness, and the bits of its samples. */
const LUMA_FORMATS = new Map([
  ['I420', 8], ['I420A', 8], ['I422', 8], ['I422A', 8], ['I444', 8], ['I444A', 8], ['NV12', 8],
  ['I420P10', 10], ['I420AP10', 10], ['I422P10', 10], ['I422AP10', 10], ['I444P10', 10], ['I444AP10', 10],
  ['I420P12', 12], ['I420AP12', 12], ['I422P12', 12], ['I422AP12', 12], ['I444P12', 12], ['I444AP12', 12],
]);

/**
 * Formats of frames that a browser has turned into colours already (Firefox), and where red, green and blue stand. Back to
 * brightness they are near: rounded twice.
 */
const COLOUR_FORMATS = new Map([
  ['BGRX', [2, 1, 0]], ['BGRA', [2, 1, 0]], ['RGBX', [0, 1, 2]], ['RGBA', [0, 1, 2]],
]);

/** How much red, green and blue there is in brightness, by the matrix that the browser names. */
const SHARES = new Map([
  ['bt709', [0.2126, 0.7152, 0.0722]],
  ['bt2020-ncl', [0.2627, 0.678, 0.0593]],
]);
const OTHER_SHARES = [0.299, 0.587, 0.114];

/** Limited range stretched, for 8 bits. Equals swscale's for all 256 values. */
const STRETCHED = Uint8ClampedArray.from({ length: 256 }, (_, value) => ((value - BLACK) * 255) / SPAN);

/**
 * How frames are turned to be upright: transposed first, then mirrored (left and right), then flipped.
 * @typedef {object} Turn
 * @property {boolean} transpose
 * @property {boolean} mirror
 * @property {boolean} flip
 */

/**
 * @typedef {object} Plane
 * @property {Uint8Array | Uint8ClampedArray} data
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {number} rotation - clockwise, a multiple of 90 degrees
 * @param {boolean} isMirrored - left and right exchanged after that
 * @returns {Turn}
 */
export function turnOf(rotation, isMirrored) {
  const turns = ((rotation % 360) + 360) % 360;
  return {
    transpose: turns === 90 || turns === 270,
    mirror: (turns === 90 || turns === 180) !== isMirrored,
    flip: turns === 180 || turns === 270,
  };
}

/**
 * Brightness of a frame, 0..255, as it is stored: neither turned nor with square pixels.
 *
 * @param {VideoFrame} frame
 * @returns {Promise<Plane>}
 * @throws {InputError} `unsupported_video`: a kind of frame that is not read here
 */
export async function readLuma(frame) {
  const [bits, colours] = [LUMA_FORMATS.get(frame.format ?? ''), COLOUR_FORMATS.get(frame.format ?? '')];
  const rect = frame.visibleRect;
  if (!(bits || colours) || !rect) throw new InputError('unsupported_video', 'the frames have no brightness');
  const buffer = new Uint8Array(frame.allocationSize());
  const [{ offset, stride }] = await frame.copyTo(buffer);
  const shares = SHARES.get(frame.colorSpace?.matrix ?? '') ?? OTHER_SHARES;
  const isFull = frame.colorSpace?.fullRange === true;
  const { width, height } = rect;
  const data = new Uint8ClampedArray(width * height);
  for (let row = 0; row < height; row += 1) {
    const start = offset + row * stride;
    const out = data.subarray(row * width, (row + 1) * width);
    if (colours) copyColours(buffer.subarray(start, start + 4 * width), out, colours, shares);
    else if (bits === 8) copyRow(buffer.subarray(start, start + width), out, isFull);
    else copyDeepRow(new Uint16Array(buffer.buffer, start, width), out, isFull, bits ?? 0);
  }
  return { data, width, height };
}

/**
 * @param {Uint8Array} from - four values a pixel, of full range
 * @param {Uint8ClampedArray} out
 * @param {number[]} places - of red, green and blue
 * @param {number[]} shares - theirs of brightness
 */
function copyColours(from, out, [r, g, b], [red, green, blue]) {
  for (let i = 0, p = 0; i < out.length; i += 1, p += 4) {
    out[i] = red * from[p + r] + green * from[p + g] + blue * from[p + b];
  }
}

/**
 * @param {Uint8Array} from
 * @param {Uint8ClampedArray} out
 * @param {boolean} isFull
 */
function copyRow(from, out, isFull) {
  if (isFull) out.set(from);
  else for (let i = 0; i < from.length; i += 1) out[i] = STRETCHED[from[i]];
}

/**
 * @param {Uint16Array} from
 * @param {Uint8ClampedArray} out
 * @param {boolean} isFull
 * @param {number} bits
 */
function copyDeepRow(from, out, isFull, bits) {
  const scale = 2 ** (bits - 8);
  const factor = 255 / (isFull ? 256 * scale - 1 : SPAN * scale);
  const black = isFull ? 0 : BLACK * scale;
  for (let i = 0; i < from.length; i += 1) out[i] = (from[i] - black) * factor;
}

/**
 * Square pixels and upright.
 *
 * @param {Plane} plane
 * @param {number} aspect - width of a pixel divided by its height
 * @param {Turn} turn
 * @returns {import('../kernel.js').Picture}
 */
export function upright(plane, aspect, turn) {
  const stretch = Math.min(Math.max(aspect, 1 / MOST_STRETCH), MOST_STRETCH);
  let made = plane;
  if (stretch > 1) made = shortened(plane, plane.width, Math.max(1, Math.round(plane.height / stretch)));
  if (stretch < 1) made = shortened(plane, Math.max(1, Math.round(plane.width * stretch)), plane.height);
  return { ...turned(made, turn), channels: 1 };
}

/**
 * Averages of areas, along the one side that becomes shorter.
 *
 * @param {Plane} plane
 * @param {number} width
 * @param {number} height
 * @returns {Plane}
 */
function shortened(plane, width, height) {
  if (width === plane.width && height === plane.height) return plane;
  const isWide = width !== plane.width;
  const [long, short, lines] = isWide ? [plane.width, width, height] : [plane.height, height, width];
  const [step, across] = isWide ? [1, plane.width] : [plane.width, 1];
  const data = new Uint8ClampedArray(width * height);
  for (let to = 0; to < short; to += 1) {
    const left = (to * long) / short;
    const right = ((to + 1) * long) / short;
    for (let line = 0; line < lines; line += 1) {
      let sum = 0;
      for (let from = Math.floor(left); from < right; from += 1) {
        const weight = Math.min(from + 1, right) - Math.max(from, left);
        sum += weight * plane.data[from * step + line * across];
      }
      data[isWide ? line * width + to : to * width + line] = sum / (right - left);
    }
  }
  return { data, width, height };
}

/**
 * @template {Uint8Array | Uint8ClampedArray | Uint32Array} T
 * @param {{data: T, width: number, height: number}} plane - one value a pixel
 * @param {Turn} turn
 * @returns {{data: T, width: number, height: number}}
 */
export function turned({ data, width, height }, { transpose, mirror, flip }) {
  if (!transpose && !mirror && !flip) return { data, width, height };
  const [outWidth, outHeight] = transpose ? [height, width] : [width, height];
  const [stepX, stepY] = transpose ? [width, 1] : [1, width];
  const out = /** @type {T} */ (new /** @type {any} */ (data.constructor)(data.length));
  let at = 0;
  for (let y = 0; y < outHeight; y += 1) {
    const row = (flip ? outHeight - 1 - y : y) * stepY;
    for (let x = 0; x < outWidth; x += 1, at += 1) {
      out[at] = data[row + (mirror ? outWidth - 1 - x : x) * stepX];
    }
  }
  return { data: out, width: outWidth, height: outHeight };
}
