/**
 * The pictures of tests/vectors, drawn by whole numbers so that every language draws the same.
 * @module
 */

/**
 * A ramp under eighty rectangles.
 *
 * @param {number} width
 * @param {number} height
 * @param {1 | 3 | 4} channels
 * @param {number} seed
 * @returns {import('../src/kernel.js').Picture}
 */
export function drawn(width, height, channels, seed) {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let c = 0; c < channels; c += 1) {
        data[(y * width + x) * channels + c] = (x * 3 + y * 2 + c * 40) & 255;
      }
    }
  }
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  for (let n = 0; n < 80; n += 1) {
    const left = (next() >>> 8) % width;
    const top = (next() >>> 8) % height;
    const right = Math.min(width, left + 4 + ((next() >>> 8) % (Math.floor(width / 5) + 1)));
    const bottom = Math.min(height, top + 4 + ((next() >>> 8) % (Math.floor(height / 5) + 1)));
    const colour = next();
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        for (let c = 0; c < channels; c += 1) {
          data[(y * width + x) * channels + c] = (colour >>> (8 * c)) & 255;
        }
      }
    }
  }
  return { data, width, height, channels };
}
