/**
 * Whether pixels that are drawn can be read again.
 *
 * Browsers that hide who one is (Tor Browser, `privacy.resistFingerprinting` of Firefox, some extensions) give programs
 * of a page other pixels than were drawn: white ones, or random ones. A fingerprint of these finds nothing, and looks
 * like any other. So known colours are drawn and read first.
 * @module
 */
import { InputError } from '../errors.js';

const SIDE = 16;

/** Some browsers change the lowest bits of a few pixels alone: that hides no copy from a fingerprint, and is let pass. */
const MOST_OFF = 8;
const MOST_PIXELS = 16;

/** @param {number} number - of a pixel, 0..255 */
const colourOf = (number) => [number, (number * 7) % 256, (number * 101) % 256];

/**
 * Draw known colours and read them.
 *
 * @throws {InputError} `pixels_changed`: what is read is not what was drawn
 */
export function checkCanvas() {
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(SIDE, SIDE).getContext('2d', { alpha: false, willReadFrequently: true })
  );
  for (let number = 0; number < SIDE * SIDE; number += 1) {
    context.fillStyle = `rgb(${colourOf(number).join(', ')})`;
    context.fillRect(number % SIDE, Math.floor(number / SIDE), 1, 1);
  }
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  let wrong = 0;
  for (let number = 0; number < SIDE * SIDE; number += 1) {
    wrong += Number(colourOf(number).some((value, i) => Math.abs(value - data[4 * number + i]) > MOST_OFF));
  }
  if (wrong > MOST_PIXELS) throw new InputError('pixels_changed', 'this browser gives other pixels than were drawn');
}
