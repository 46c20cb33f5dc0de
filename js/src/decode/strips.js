/**
 * Reads decoded pictures in strips, composited on white by rule 5 of ADR-0007.
 * Phones limit the size of a canvas, so a small one is moved over the picture.
 * @module
 */
import { checkCanvas } from './canvas_check.js';

/** Pixels of one strip: 8 MB, which every browser's canvas may have. */
const STRIP_PIXELS = 2 ** 21;

/**
 * @typedef {object} OpenPicture
 * @property {import('../kernel.js').Strips} strips - RGBA; alpha is gone into the colours
 * @property {number} stripRows - most rows to read at once
 * @property {() => void} close - frees the pixels
 */

/**
 * A picture that the browser has decoded.
 *
 * Chromium composites in software by exactly the formula of rule 5 (all 65,536 pairs, ADR-0020).
 *
 * @param {ImageBitmap | VideoFrame} source - upright, colours as they stand in the file
 * @param {number} width
 * @param {number} height
 * @returns {OpenPicture}
 */
export function openStrips(source, width, height) {
  const stripRows = rowsOf(width, height);
  const read = drawnOnWhite(source, width, Math.min(stripRows, height));
  return { strips: { width, height, channels: 4, read }, stripRows, close: () => source.close() };
}

/**
 * A picture whose alpha the browser has decoded as a grey picture of the same size.
 *
 * @param {ImageBitmap} colours - opaque
 * @param {ImageBitmap} alpha
 * @returns {OpenPicture}
 */
export function openWithAlpha(colours, alpha) {
  const { width, height } = colours;
  const stripRows = rowsOf(width, height);
  const [readColours, readAlpha] = [colours, alpha].map((one) => drawnOnWhite(one, width, Math.min(stripRows, height)));
  const read = (/** @type {number} */ top, /** @type {number} */ rows) => {
    const [rgba, grey] = [readColours(top, rows), readAlpha(top, rows)];
    for (let p = 3; p < rgba.length; p += 4) rgba[p] = grey[p - 3];
    compositeOnWhite(rgba);
    return rgba;
  };
  const close = () => [colours, alpha].forEach((one) => one.close());
  return { strips: { width, height, channels: 4, read }, stripRows, close };
}

/**
 * @param {number} width
 * @param {number} height
 */
function rowsOf(width, height) {
  return Math.max(16, Math.min(height, Math.floor(STRIP_PIXELS / width)));
}

let isChecked = false;

/** @param {ImageBitmap | VideoFrame} source - closed where it cannot be read */
function checkOnce(source) {
  if (isChecked) return;
  try {
    checkCanvas();
  } catch (error) {
    source.close();
    throw error;
  }
  isChecked = true;
}

/**
 * A reader of strips that draws them onto white.
 *
 * @param {ImageBitmap | VideoFrame} source
 * @param {number} width
 * @param {number} mostRows
 * @throws {import('../errors.js').InputError} `pixels_changed`: this browser does not give back what is drawn
 */
function drawnOnWhite(source, width, mostRows) {
  checkOnce(source);
  const canvas = new OffscreenCanvas(width, mostRows);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext('2d', { alpha: false, willReadFrequently: true })
  );
  context.fillStyle = '#fff';
  context.imageSmoothingEnabled = false;
  return (/** @type {number} */ top, /** @type {number} */ rows) => {
    context.fillRect(0, 0, width, rows);
    context.drawImage(source, 0, top, width, rows, 0, 0, width, rows);
    return context.getImageData(0, 0, width, rows).data;
  };
}

/**
 * A picture that stands in memory as straight RGBA. It is composited in place.
 *
 * @param {Uint8Array | Uint8ClampedArray} rgba - 4 * width * height values
 * @param {number} width
 * @param {number} height
 * @returns {OpenPicture}
 */
export function openPixels(rgba, width, height) {
  compositeOnWhite(rgba);
  const read = (/** @type {number} */ top, /** @type {number} */ rows) =>
    rgba.subarray(4 * width * top, 4 * width * (top + rows));
  return { strips: { width, height, channels: 4, read }, stripRows: height, close: () => {} };
}

/**
 * The formula of rule 5 of ADR-0007, in place.
 *
 * @param {Uint8Array | Uint8ClampedArray} rgba
 */
export function compositeOnWhite(rgba) {
  for (let p = 3; p < rgba.length; p += 4) {
    const alpha = rgba[p];
    if (alpha === 255) continue;
    for (let i = p - 3; i < p; i += 1) {
      const t = rgba[i] * alpha + 255 * (255 - alpha) + 128;
      rgba[i] = (t + (t >> 8)) >> 8;
    }
    rgba[p] = 255;
  }
}
