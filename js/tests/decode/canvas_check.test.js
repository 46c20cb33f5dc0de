import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { checkCanvas } from '../../src/decode/canvas_check.js';

/** What a browser does to pixels that are read: given all of them, as a program of the page gets them. */
/** @type {(data: Uint8ClampedArray) => void} */
let meddle = () => {};

class FakeCanvas {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.data = new Uint8ClampedArray(4 * width * height).fill(255);
    this.width = width;
  }

  getContext() {
    const { data, width } = this;
    return {
      fillStyle: '',
      /** @param {number} x @param {number} y */
      fillRect(x, y) {
        const [red, green, blue] = this.fillStyle.match(/\d+/gu) ?? [];
        data.set([Number(red), Number(green), Number(blue), 255], 4 * (y * width + x));
      },
      getImageData() {
        const read = data.slice();
        meddle(read);
        return { data: read };
      },
    };
  }
}

/** @type {any} */ (globalThis).OffscreenCanvas = FakeCanvas;

afterEach(() => {
  meddle = () => {};
});

test('a canvas that gives back what was drawn is taken', () => {
  assert.doesNotThrow(checkCanvas);
});

test('noise in the lowest bit, as of Firefox in a private window, is no reason to refuse', () => {
  meddle = (data) => data.forEach((value, i) => { data[i] = value ^ (i % 3 === 0 ? 1 : 0); });
  assert.doesNotThrow(checkCanvas);
});

const LIES = {
  'one colour for all': (/** @type {Uint8ClampedArray} */ data) => data.fill(255),
  nothing: (/** @type {Uint8ClampedArray} */ data) => data.fill(0),
  'random values': (/** @type {Uint8ClampedArray} */ data) => data.forEach((_, i) => { data[i] = (i * 7919 + 13) % 251; }),
  'values far off in a part': (/** @type {Uint8ClampedArray} */ data) => data.subarray(0, 200).fill(128),
};

for (const [name, lie] of Object.entries(LIES)) {
  test(`a canvas that gives back ${name} is told`, () => {
    meddle = lie;
    assert.throws(checkCanvas, { code: 'pixels_changed' });
  });
}
