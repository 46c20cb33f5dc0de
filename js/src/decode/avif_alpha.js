/**
 * How clear an AVIF picture is, apart from its colours. Chromium stretches the plane of alpha as if it were of limited
 * range (16 becomes 0, 235 becomes 255). As a picture of its own it comes out as it stands in the file. ADR-0020.
 * Nothing here throws on damaged files; it says that it found none.
 * @module
 */

/** What an auxiliary picture says that it is. */
const ALPHA = new Set(['urn:mpeg:mpegB:cicp:systems:auxiliary:alpha', 'urn:mpeg:hevc:2015:auxid:1']);

/**
 * @typedef {object} Box
 * @property {string} name
 * @property {number} at - where its name stands
 * @property {number} from - where what is in it begins
 * @property {number} to - where it ends
 */

/**
 * Two files out of one: its colours without alpha, and its alpha as a grey picture.
 *
 * @param {Uint8Array<ArrayBuffer>} data - the whole file
 * @returns {{ colours: Uint8Array<ArrayBuffer>, alpha: Uint8Array<ArrayBuffer> } | null} null where it has no alpha, or
 *   colours that are multiplied with it
 */
export function splitAlpha(data) {
  try {
    return split(data, new DataView(data.buffer, data.byteOffset, data.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return null; // a box that leads out of the file
    throw error;
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {DataView} view
 */
function split(data, view) {
  const meta = boxes(view, 0, data.length).find(({ name }) => name === 'meta');
  const inside = meta ? boxes(view, meta.from + 4, meta.to) : [];
  const named = (/** @type {string} */ name) => inside.find((box) => box.name === name);
  const [pitm, iref, iprp] = [named('pitm'), named('iref'), named('iprp')];
  if (!pitm || !iref || !iprp) return null;
  const primary = readId(view, pitm.from + 4, view.getUint8(pitm.from) > 0);
  const links = references(view, iref);
  if (links.some(({ box, from }) => box.name === 'prem' && from === primary)) return null;
  const kinds = auxiliaries(view, iprp);
  const link = links.find(({ box, from, to }) =>
    box.name === 'auxl' && to.includes(primary) && ALPHA.has(kinds.get(from) ?? ''));
  if (!link) return null;
  const colours = data.slice();
  colours.set([0x73, 0x6b, 0x69, 0x70], link.box.at); // "skip", a reference that readers pass over
  const alpha = data.slice();
  const main = new DataView(alpha.buffer);
  if (view.getUint8(pitm.from) > 0) main.setUint32(pitm.from + 4, link.from);
  else main.setUint16(pitm.from + 4, link.from);
  return { colours, alpha };
}

/**
 * @param {DataView} view
 * @param {number} at
 * @param {boolean} isLong
 */
export function readId(view, at, isLong) {
  return isLong ? view.getUint32(at) : view.getUint16(at);
}

/**
 * The boxes of a stretch of the file.
 *
 * @param {DataView} view
 * @param {number} start
 * @param {number} end
 * @returns {Box[]}
 */
export function boxes(view, start, end) {
  const found = [];
  for (let at = start; at + 8 <= end;) {
    const short = view.getUint32(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short || end - at;
    if (size < head || at + size > end) break;
    found.push({ name: text(view, at + 4, at + 8), at: at + 4, from: at + head, to: at + size });
    at += size;
  }
  return found;
}

/**
 * @param {DataView} view
 * @param {number} from
 * @param {number} to
 */
function text(view, from, to) {
  let out = '';
  for (let at = from; at < to && view.getUint8(at); at += 1) out += String.fromCharCode(view.getUint8(at));
  return out;
}

/**
 * Which items point at which.
 *
 * @param {DataView} view
 * @param {Box} iref
 */
function references(view, iref) {
  const isLong = view.getUint8(iref.from) > 0;
  const width = isLong ? 4 : 2;
  return boxes(view, iref.from + 4, iref.to).map((box) => {
    const count = view.getUint16(box.from + width);
    const to = Array.from({ length: count }, (_, i) => readId(view, box.from + width + 2 + i * width, isLong));
    return { box, from: readId(view, box.from, isLong), to };
  });
}

/**
 * What each auxiliary item says that it is.
 *
 * @param {DataView} view
 * @param {Box} iprp
 * @returns {Map<number, string>}
 */
function auxiliaries(view, iprp) {
  const kinds = /** @type {Map<number, string>} */ (new Map());
  for (const { item, property } of properties(view, iprp)) {
    if (property.name === 'auxC') kinds.set(item, text(view, property.from + 4, property.to));
  }
  return kinds;
}

/**
 * The properties of every item.
 *
 * @param {DataView} view
 * @param {Box} iprp
 * @returns {Generator<{ item: number, property: Box }, void>}
 */
export function* properties(view, iprp) {
  const parts = boxes(view, iprp.from, iprp.to);
  const known = parts.filter(({ name }) => name === 'ipco').flatMap(({ from, to }) => boxes(view, from, to));
  for (const ipma of parts.filter(({ name }) => name === 'ipma')) {
    const [isLong, isWide] = [view.getUint8(ipma.from) > 0, (view.getUint8(ipma.from + 3) & 1) === 1];
    let at = ipma.from + 8;
    for (let left = view.getUint32(ipma.from + 4); left > 0; left -= 1) {
      const item = readId(view, at, isLong);
      at += isLong ? 4 : 2;
      const count = view.getUint8(at);
      at += 1;
      for (let i = 0; i < count; i += 1, at += isWide ? 2 : 1) {
        const number = isWide ? view.getUint16(at) & 0x7fff : view.getUint8(at) & 0x7f;
        const property = known[number - 1];
        if (property) yield { item, property };
      }
    }
  }
}
