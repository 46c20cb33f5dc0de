/**
 * What a file is, by its first bytes; names and types that the system gives are never looked at.
 * The same rules as src/staydown/decode/sniffing.py.
 * @module
 */

/** As many bytes from the start as `sniff` looks at. */
export const SNIFF_BYTES = 512;

/**
 * @typedef {'jpeg' | 'png' | 'gif' | 'webp' | 'avif' | 'heif' | 'tiff' | 'bmp' | 'video' | 'unknown'} Format
 */

/** @type {[string, Format][]} */
const STARTS = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
  ['\x1aE\xdf\xa3', 'video'], // Matroska, WebM
  ['FLV\x01', 'video'],
  ['OggS', 'video'],
  ['0&\xb2u\x8ef\xcf\x11', 'video'], // ASF, WMV
  ['\0\0\x01\xba', 'video'], // MPEG program stream
  ['\0\0\x01\xb3', 'video'], // MPEG video
];
/** Of PDF and ZIP. */
const OTHER_STARTS = ['%PDF-', 'PK\x03\x04'];
/** Bytes that stand in no text: all below a space but those that end lines or set them. */
const CONTROLS = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/u;
const AVIF_BRANDS = new Set(['avif', 'avis']);
const HEIF_BRANDS = new Set([
  'heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1',
]);
const MOVIE_ATOMS = new Set(['moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);
const BMP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);
/** @type {Map<string, Format>} */
const RIFF = new Map([['WEBP', 'webp'], ['AVI ', 'video'], ['AVIX', 'video']]);
const TS_PACKETS = [[0, 188], [4, 192]];

/**
 * The format of a file.
 *
 * @param {Uint8Array} data - the file, or its start
 * @returns {Format} `unknown` where no rule fits; a video may still be behind it
 */
export function sniff(data) {
  const head = String.fromCharCode(...data.subarray(0, SNIFF_BYTES));
  const start = STARTS.find(([mark]) => head.startsWith(mark));
  if (start) return start[1];
  if (head.startsWith('RIFF')) return RIFF.get(head.slice(8, 12)) ?? 'unknown';
  const atom = head.slice(4, 8);
  if (atom === 'ftyp') return sniffBrands(data, head);
  if (MOVIE_ATOMS.has(atom) || isTransportStream(head)) return 'video';
  if (head.startsWith('BM') && data.length >= 18 && BMP_HEADERS.has(view(data).getUint32(14, true))) return 'bmp';
  return 'unknown';
}

/**
 * Whether a file is empty, or its start is zeros alone, as of a copy that was broken off: no program
 * reads a picture in it.
 *
 * @param {Uint8Array} head - the file, or its start
 * @returns {boolean}
 */
export function holdsNothing(head) {
  return head.subarray(0, SNIFF_BYTES).every((byte) => byte === 0);
}

/**
 * Whether a file is plainly something else, whatever it is called: a text, a PDF or an archive, as
 * office files are. No program reads a picture or a video in it.
 *
 * @param {Uint8Array} data - the file, or its start
 * @returns {boolean}
 */
export function isPlainlyOther(data) {
  const start = data.subarray(0, SNIFF_BYTES);
  const head = String.fromCharCode(...start);
  if (OTHER_STARTS.some((mark) => head.startsWith(mark))) return true;
  return sniff(data) === 'unknown' && !CONTROLS.test(head) && isUtf8(start);
}

/** @param {Uint8Array} start - its last letter may be cut */
function isUtf8(start) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * The brands of a file that starts with `ftyp`, the major one first.
 *
 * @param {Uint8Array} data
 * @returns {string[]}
 */
export function brandsOf(data) {
  const head = String.fromCharCode(...data.subarray(0, SNIFF_BYTES));
  const size = Math.min(view(data).getUint32(0), head.length);
  const brands = [head.slice(8, 12)];
  for (let at = 16; at < size; at += 4) brands.push(head.slice(at, at + 4));
  return brands;
}

/**
 * Tell AVIF, HEIF and movies apart; the major brand decides before the compatible ones.
 *
 * @param {Uint8Array} data
 * @param {string} head
 * @returns {Format}
 */
function sniffBrands(data, head) {
  const brands = brandsOf(data);
  for (const brand of brands) {
    if (AVIF_BRANDS.has(brand)) return 'avif';
    if (HEIF_BRANDS.has(brand) && !brands.some((other) => AVIF_BRANDS.has(other))) return 'heif';
    if (brand === head.slice(8, 12) && !HEIF_BRANDS.has(brand)) return 'video';
  }
  return 'video';
}

/** @param {string} head */
function isTransportStream(head) {
  return TS_PACKETS.some(([first, step]) => {
    let marks = 0;
    for (let at = first; at < head.length; at += step, marks += 1) {
      if (head[at] !== 'G') return false;
    }
    return marks >= 2;
  });
}

/** @param {Uint8Array} data */
function view(data) {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}
