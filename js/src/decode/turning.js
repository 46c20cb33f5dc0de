/**
 * Orientation of PNG and AVIF, which not every browser heeds (WebKitGTK does not): it is taken out of the file, and the
 * picture is turned here. JPEG is turned by all of them. Nothing here throws on damaged files. ADR-0007, rule 2.
 * @module
 */
import { boxes, properties, readId } from './avif_alpha.js';
import { turned, turnOf } from './luma.js';
import { openPixels } from './strips.js';

/** EXIF's orientations, as a turn: of each whether it is transposed, then mirrored, then flipped. */
const TURNS = ['', '', 'm', 'mf', 'f', 't', 'tm', 'tmf', 'tf'].map((parts) => ({
  transpose: parts.includes('t'),
  mirror: parts.includes('m'),
  flip: parts.includes('f'),
}));
const ORIENTATION = 0x0112;

/**
 * @typedef {object} Unturned
 * @property {Uint8Array<ArrayBuffer>} data - the same picture, as it is stored
 * @property {import('./luma.js').Turn} turn - what makes it upright
 */

/**
 * A file that says nothing of its orientation, and the turn that it asked for.
 *
 * @param {Uint8Array<ArrayBuffer>} data - the whole file
 * @param {import('./sniffing.js').Format} format
 * @returns {Unturned | null} null where nothing is to be turned
 */
export function unturned(data, format) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  try {
    if (format === 'png') return unturnedPng(data, view);
    return format === 'avif' ? unturnedAvif(data, view) : null;
  } catch (error) {
    if (error instanceof RangeError) return null; // what leads out of the file
    throw error;
  }
}

/**
 * The whole picture, turned.
 *
 * @param {import('./strips.js').OpenPicture} open - closed here
 * @param {import('./luma.js').Turn} turn
 * @returns {import('./strips.js').OpenPicture}
 */
export function openTurned(open, turn) {
  const { width, height, read } = open.strips;
  try {
    const rgba = new Uint8Array(4 * width * height);
    for (let top = 0; top < height; top += open.stripRows) {
      rgba.set(read(top, Math.min(open.stripRows, height - top)), 4 * width * top);
    }
    const made = turned({ data: new Uint32Array(rgba.buffer), width, height }, turn);
    return openPixels(new Uint8Array(made.data.buffer), made.width, made.height);
  } finally {
    open.close();
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {DataView} view
 */
function unturnedPng(data, view) {
  for (let at = 8; at + 12 <= data.length;) {
    const size = 12 + view.getUint32(at);
    if (view.getUint32(at + 4) === 0x65584966) { // eXIf
      const turn = TURNS[exifOrientation(new DataView(data.buffer, data.byteOffset + at + 8, size - 12))];
      if (!turn || turn === TURNS[1]) return null;
      const rest = new Uint8Array(data.length - size);
      rest.set(data.subarray(0, at));
      rest.set(data.subarray(at + size), at);
      return { data: rest, turn };
    }
    at += size;
  }
  return null;
}

/**
 * @param {DataView} exif - a block as TIFF has it
 * @returns {number} 1 where it says none
 */
function exifOrientation(exif) {
  const isLittle = exif.getUint16(0) === 0x4949;
  const start = exif.getUint32(4, isLittle);
  for (let left = exif.getUint16(start, isLittle), at = start + 2; left > 0; left -= 1, at += 12) {
    if (exif.getUint16(at, isLittle) === ORIENTATION) return exif.getUint16(at + 8, isLittle);
  }
  return 1;
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {DataView} view
 */
function unturnedAvif(data, view) {
  const meta = boxes(view, 0, data.length).find(({ name }) => name === 'meta');
  const inside = meta ? boxes(view, meta.from + 4, meta.to) : [];
  const [pitm, iprp] = ['pitm', 'iprp'].map((name) => inside.find((box) => box.name === name));
  if (!pitm || !iprp) return null;
  const primary = readId(view, pitm.from + 4, view.getUint8(pitm.from) > 0);
  const said = [...properties(view, iprp)].filter(({ property }) => ['irot', 'imir'].includes(property.name));
  const turn = avifTurn(view, said.filter(({ item }) => item === primary).map(({ property }) => property));
  const copy = data.slice();
  for (const { property } of said) {
    copy.set([0x69, 0x72, 0x6f, 0x74], property.at); // all of them "irot" by nothing
    copy[property.from] = 0;
  }
  return turn.transpose || turn.mirror || turn.flip ? { data: copy, turn } : null;
}

/**
 * @param {DataView} view
 * @param {import('./avif_alpha.js').Box[]} said - of the picture that is shown
 */
function avifTurn(view, said) {
  const [rotation, mirror] = ['irot', 'imir'].map((name) => said.find((box) => box.name === name));
  const turn = turnOf(rotation ? 360 - 90 * (view.getUint8(rotation.from) & 3) : 0, false);
  if (!mirror) return turn;
  const isSideways = (view.getUint8(mirror.from) & 1) === 1;
  return isSideways ? { ...turn, mirror: !turn.mirror } : { ...turn, flip: !turn.flip };
}
