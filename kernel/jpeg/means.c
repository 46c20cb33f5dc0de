/* The brightness of a baseline JPEG at 1/8 or 1/4 of its size: one or 2 x 2 means of each block of
 * 8 x 8 pixels.
 *
 * Most of the time of a JPEG decoder goes into its entropy coding: every symbol must be read to find
 * the next. The means need only the first coefficients of a block, so the others are stepped over
 * here, several at a time, by a table that says how far a run of bits leads. At 1/8 the result is
 * libjpeg's own, bit for bit. At 1/4 it is the means of what the four lowest coefficients show;
 * libjpeg's also uses some higher ones.
 *
 * Anything unusual or damaged ends in a status other than OK, and the caller takes another decoder.
 * Everything is checked against the end of the input; besides, this runs inside WebAssembly.
 */
#include <stddef.h>
#include <stdint.h>

#include "huffman.h"

enum { MAX_SIDE = 65500 };

/* Of 2 x 2 means, in parts of 8,192: the weights of coefficients (0, 0), of (0, 1) and (1, 0), and of
 * (1, 1). The mean of cos((2x + 1) pi / 16) over x = 0..3 is 0.6407. */
enum { FLAT = 1024, SLOPE = 928, TWIST = 841, PART_BITS = 13 };

static uint16_t quant[4][64];
static struct { int id, h, v, q, dc, ac; } part[3];
static int width, height, parts, restart, unit_w, unit_h, columns, rows;

extern uint8_t __heap_base;

/* Where the caller puts `size` bytes of file, with room for the picture after it; 0: no memory. */
uint32_t jm_room(uint32_t size) {
  uint64_t need = (uint64_t)(uintptr_t)&__heap_base + size + 64;
  uint64_t now = (uint64_t)__builtin_wasm_memory_size(0) << 16;
  if (need > now && __builtin_wasm_memory_grow(0, (need - now + 65535) >> 16) == (size_t)-1) return 0;
  return (uint32_t)(uintptr_t)&__heap_base;
}

static int word(const uint8_t *p) { return p[0] << 8 | p[1]; }

static int read_quant(const uint8_t *p, const uint8_t *stop) {
  while (p < stop) {
    int wide = *p >> 4, number = *p & 15, size = wide ? 129 : 65;
    if (wide > 1 || number > 3 || stop - p < size) return DAMAGED;
    for (int i = 0; i < 64; i++)
      quant[number][i] = wide ? (uint16_t)word(p + 1 + 2 * i) : p[1 + i];
    p += size;
  }
  return OK;
}

static int read_frame(const uint8_t *p, const uint8_t *stop) {
  if (stop - p < 6 || p[0] != 8) return UNUSUAL;
  height = word(p + 1), width = word(p + 3), parts = p[5];
  if ((parts != 1 && parts != 3) || stop - p < 6 + 3 * parts) return UNUSUAL;
  if (!width || !height || width > MAX_SIDE || height > MAX_SIDE) return UNUSUAL;
  for (int i = 0; i < parts; i++, p += 3) {
    part[i].id = p[6], part[i].h = p[7] >> 4, part[i].v = p[7] & 15, part[i].q = p[8] & 3;
    if (part[i].h < 1 || part[i].v < 1 || part[i].h > 4 || part[i].v > 4) return UNUSUAL;
    if (part[i].h > part[0].h || part[i].v > part[0].v) return UNUSUAL;
  }
  /* Letters as names mean that the parts are red, green and blue. */
  if (parts == 3 && part[0].id == 'R' && part[1].id == 'G') return UNUSUAL;
  if (parts == 1) part[0].h = part[0].v = 1;
  unit_w = 8 * part[0].h, unit_h = 8 * part[0].v;
  columns = (width + unit_w - 1) / unit_w, rows = (height + unit_h - 1) / unit_h;
  return OK;
}

static int read_scan(const uint8_t *p, const uint8_t *stop) {
  if (stop - p < 4 || p[0] != parts || stop - p < 4 + 2 * parts) return UNUSUAL;
  for (int i = 0; i < parts; i++) {
    if (p[1 + 2 * i] != part[i].id) return UNUSUAL;
    part[i].dc = (p[2 + 2 * i] >> 4) & 3, part[i].ac = p[2 + 2 * i] & 3;
    if (!tables[0][part[i].dc].known || !tables[1][part[i].ac].known) return DAMAGED;
  }
  const uint8_t *q = p + 1 + 2 * parts;
  return q[0] == 0 && q[1] == 63 && q[2] == 0 ? OK : UNUSUAL;
}

/* Where the bits come from. Always a local variable, so that it stays in registers. */
typedef struct {
  const uint8_t *at, *end;
  uint64_t bits;
  int have, starved;
} Reader;

#define INLINE static inline __attribute__((always_inline))

/* A byte at a time: near a byte of 255, near the end, and zeros after it. */
static __attribute__((noinline)) void refill_slowly(Reader *r) {
  while (r->have <= 56) {
    uint64_t next = 0;
    if (r->at < r->end && *r->at != 0xFF) next = *r->at++;
    else if (r->end - r->at >= 2 && r->at[1] == 0) next = 0xFF, r->at += 2;
    else r->starved += 8;
    r->bits |= next << (56 - r->have);
    r->have += 8;
  }
}

INLINE void refill(Reader *r) {
  if (__builtin_expect(r->end - r->at >= 8, 1)) {
    uint64_t eight;
    __builtin_memcpy(&eight, r->at, 8);
    uint64_t inverted = ~eight;
    /* No byte of 255 among them: take as many as fit. What is left over is there twice, alike. */
    if (!((inverted - 0x0101010101010101ull) & eight & 0x8080808080808080ull)) {
      r->bits |= __builtin_bswap64(eight) >> r->have;
      r->at += (63 - r->have) >> 3;
      r->have |= 56;
      return;
    }
  }
  Reader copy = *r;
  refill_slowly(&copy);
  *r = copy;
}

INLINE uint32_t peek(const Reader *r, int n) { return (uint32_t)(r->bits >> (64 - n)); }
INLINE void drop(Reader *r, int n) { r->bits <<= n, r->have -= n; }

INLINE int symbol(Reader *r, const Table *t) {
  uint16_t e = t->one[peek(r, WINDOW)];
  int length = e >> 8, value = e & 255;
  if (__builtin_expect(!length, 0)) {
    int n = 0;
    value = slow(t, peek(r, 16), &n);
    if (value < 0) return -1;
    length = n;
  }
  drop(r, length);
  return value;
}

INLINE int value_of(Reader *r, int size) {
  int v = (int)(r->bits >> 1 >> (63 - size)), low = (int)(~r->bits >> 63);
  drop(r, size);
  return v + (-low & (1 - (1 << size)));
}

/* Step over the coefficients from number k to the end of the block. */
INLINE int step_over(Reader *r, const Table *ac, int k) {
  while (k < 64) {
    if (r->have < 32) refill(r);
    int e = ac->skip[ENTRIES | peek(r, WINDOW)], steps = e >> 1 & 127;
    if (__builtin_expect(e && k + steps <= 64, 1)) {
      drop(r, e >> 8);
      if (e & 1) return OK;
      k += steps;
      continue;
    }
    int s = symbol(r, ac);
    if (s < 0) return DAMAGED;
    if (!(s & 15) && s >> 4 != 15) return OK;
    k += (s >> 4) + 1;
    drop(r, s & 15);
  }
  return k > 64 ? DAMAGED : OK;
}

/* Read coefficients 1 to 4, and those that a run leads to; c has room for 4 + 64 of them. */
INLINE int first_ones(Reader *r, const Table *ac, int *c) {
  int k = 0;
  c[1] = c[2] = c[4] = 0;
  while (k < 4) {
    if (r->have < 32) refill(r);
    int e = ac->first[peek(r, WINDOW)];
    if (__builtin_expect(e, 1)) {
      drop(r, e & 255);
      k += e >> 8 & 255;
      c[k] = e >> 16;
    } else {
      int s = symbol(r, ac);
      if (s < 0) return -1;
      k += s & 15 || s >> 4 == 15 ? (s >> 4) + 1 : 64;
      c[k] = value_of(r, s & 15);
    }
  }
  return k;
}

/* Read a block's coefficients: 0, which is a difference, with 1, 2 and 4 where `fine`. */
INLINE int block(Reader *r, const Table *dc, const Table *ac, int *c, int fine) {
  if (r->have < 32) refill(r);
  int size = symbol(r, dc), k = 0;
  if (size < 0 || size > 15) return DAMAGED;
  c[0] += value_of(r, size);
  if (fine) k = first_ones(r, ac, c);
  if (k < 0) return DAMAGED;
  return k < 64 ? step_over(r, ac, k + 1) : OK;
}

static __attribute__((noinline)) int next_restart(Reader *r, int number) {
  r->bits = 0, r->have = 0;
  if (r->starved > 64) return DAMAGED;
  r->starved = 0;
  /* Bytes that were taken ahead never reach over a marker, so it is here or a little further. */
  while (r->end - r->at >= 2 && !(r->at[0] == 0xFF && r->at[1] != 0 && r->at[1] != 0xFF)) r->at++;
  if (r->end - r->at < 2 || r->at[1] != 0xD0 + (number & 7)) return DAMAGED;
  r->at += 2;
  return OK;
}

static inline uint8_t clamp(int v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }

/* Where the means go. */
typedef struct {
  uint8_t *at;
  int w, h;
} Picture;

INLINE void put(const Picture *to, int x, int y, int v) {
  if (x < to->w && y < to->h) to->at[y * to->w + x] = clamp(v);
}

INLINE void put_block(const Picture *to, int x, int y, const int *c, const int *q, int fine) {
  if (!fine) {
    put(to, x, y, ((c[0] * q[0] + 4) >> 3) + 128);
    return;
  }
  int mean = c[0] * q[0] * FLAT + (128 << PART_BITS) + (1 << (PART_BITS - 1));
  int right = c[1] * q[1] * SLOPE, down = c[2] * q[2] * SLOPE, both = c[4] * q[4] * TWIST;
  int four[4] = {(mean + right + down + both) >> PART_BITS, (mean - right + down - both) >> PART_BITS,
                 (mean + right - down - both) >> PART_BITS, (mean - right - down + both) >> PART_BITS};
  x *= 2, y *= 2;
  if (__builtin_expect(x + 1 < to->w && y + 1 < to->h, 1)) {
    uint8_t *at = to->at + y * to->w + x;
    at[0] = clamp(four[0]), at[1] = clamp(four[1]);
    at += to->w;
    at[0] = clamp(four[2]), at[1] = clamp(four[3]);
  } else {
    for (int i = 0; i < 4; i++) put(to, x + i % 2, y + i / 2, four[i]);
  }
}

/* What the loops need is in local variables: bytes that are written could change any other. */
INLINE int scan(const uint8_t *at, const uint8_t *end, Picture to, int fine) {
  const int across = part[0].h, down = part[0].v, interval = restart, wide = columns, high = rows;
  const Table *dc = &tables[0][part[0].dc], *ac = &tables[1][part[0].ac];
  int q[5], c[4 + 64 + 1] = {0}, ignored[1] = {0};
  for (int i = 0; i < 5; i++) q[i] = quant[part[0].q][i];
  int until = interval, number = 0;
  Reader r = {at, end, 0, 0, 0};
  for (int row = 0; row < high; row++) {
    for (int column = 0; column < wide; column++) {
      if (interval && until-- == 0) {
        Reader copy = r;
        if (next_restart(&copy, number++)) return DAMAGED;
        r = copy;
        c[0] = 0;
        until = interval - 1;
      }
      for (int v = 0; v < down; v++)
        for (int h = 0; h < across; h++) {
          if (block(&r, dc, ac, c, fine)) return DAMAGED;
          put_block(&to, column * across + h, row * down + v, c, q, fine);
        }
      for (int i = 1; i < parts; i++) {
        const Table *its_dc = &tables[0][part[i].dc], *its_ac = &tables[1][part[i].ac];
        for (int b = part[i].h * part[i].v; b > 0; b--)
          if (block(&r, its_dc, its_ac, ignored, 0)) return DAMAGED;
      }
    }
    if (r.starved > 64) return DAMAGED;
  }
  return OK;
}

/* Decode `size` bytes at `data` to `room` bytes at `out`, row by row: one for each block, or 2 x 2
 * where `fine`. */
int jm_decode(const uint8_t *data, uint32_t size, uint8_t *out, uint32_t room, int fine) {
  const uint8_t *p = data + 2, *end = data + size;
  restart = parts = 0;
  for (int i = 0; i < 4; i++) tables[0][i].known = tables[1][i].known = 0;
  if (size < 4 || data[0] != 0xFF || data[1] != 0xD8) return UNUSUAL;
  for (;;) {
    while (end - p >= 2 && p[0] == 0xFF && p[1] == 0xFF) p++;
    if (end - p < 4 || p[0] != 0xFF) return UNUSUAL;
    int marker = p[1], length = word(p + 2), status = OK;
    const uint8_t *body = p + 4, *stop = p + 2 + length;
    if (length < 2 || stop > end) return UNUSUAL;
    if (marker == 0xC4) status = read_huffman(body, stop);
    else if (marker == 0xDB) status = read_quant(body, stop);
    else if (marker == 0xDD && length >= 4) restart = word(body);
    else if (marker == 0xEE && length >= 14 && body[0] == 'A' && body[11] == 0) status = UNUSUAL;
    else if (marker == 0xC0 || marker == 0xC1) status = parts ? UNUSUAL : read_frame(body, stop);
    else if (marker == 0xDA) {
      if (!parts) return UNUSUAL;
      status = read_scan(body, stop);
      if (status) return status;
      const int n = fine ? 4 : 8;
      Picture to = {out, (width + n - 1) / n, (height + n - 1) / n};
      if ((uint64_t)to.w * (uint64_t)to.h != room) return UNUSUAL;
      return fine ? scan(stop, end, to, 1) : scan(stop, end, to, 0);
    } else if (marker < 0xE0 && marker != 0xFE) return UNUSUAL;
    else if (marker > 0xEF && marker != 0xFE) return UNUSUAL;
    if (status) return status;
    p = stop;
  }
}
