/* The brightness of a baseline JPEG at 1/8 of its size: the mean of each block of 8 x 8 pixels.
 *
 * Most of the time of a JPEG decoder goes into its entropy coding: every symbol must be read to find
 * the next. The means need only the first coefficient of a block, so the others are stepped over here,
 * several at a time, by a table that says how far a run of bits leads. The result is libjpeg's own at
 * this scale, bit for bit.
 *
 * Anything unusual or damaged ends in a status other than OK, and the caller takes another decoder.
 * Everything is checked against the end of the input; besides, this runs inside WebAssembly.
 */
#include <stddef.h>
#include <stdint.h>

enum { OK = 0, UNUSUAL = 1, DAMAGED = 2 };
enum { WINDOW = 12, ENTRIES = 1 << WINDOW, MAX_SIDE = 65500 };

typedef struct {
  uint16_t one[ENTRIES];   /* code length << 8 | symbol; 0 where the code is longer than the window */
  uint32_t skip[ENTRIES];  /* bits << 16 | steps << 8 | 1 where it ends a block; 0: take one symbol */
  int32_t most[18], offset[18];
  uint8_t symbols[256];
  int known;
} Table;

static Table tables[2][4];
static uint16_t quant[4][64];
static struct { int id, h, v, q, dc, ac, last; } part[3];
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

/* One symbol by canonical codes, for codes longer than the window. */
static int slow(const Table *t, uint32_t window16, int *length) {
  for (int n = 1; n <= 16; n++) {
    int code = (int)(window16 >> (16 - n));
    if (code < t->most[n]) {
      *length = n;
      return t->symbols[(t->offset[n] + code) & 255];
    }
  }
  return -1;
}

/* How far the bits of a window lead: symbols with their values, while they fit. */
static void fill_skips(Table *t) {
  for (uint32_t w = 0; w < ENTRIES; w++) {
    uint32_t used = 0, steps = 0, ends = 0;
    while (!ends) {
      uint16_t e = t->one[(w << used) & (ENTRIES - 1)];
      uint32_t length = e >> 8, size = e & 15, run = (e >> 4) & 15;
      if (!length || used + length + size > WINDOW) break;
      used += length + size;
      if (size) steps += run + 1;
      else if (run == 15) steps += 16;
      else ends = 1;
      if (steps > 64) break;
    }
    t->skip[w] = used && steps <= 64 ? used << 16 | steps << 8 | ends : 0;
  }
}

static int read_huffman(const uint8_t *p, const uint8_t *stop) {
  while (p < stop) {
    int kind = *p >> 4, number = *p & 15;
    if (kind > 1 || number > 3 || stop - p < 17) return DAMAGED;
    Table *t = &tables[kind][number];
    const uint8_t *counts = p + 1, *symbols = p + 17;
    int code = 0, k = 0;
    for (int i = 0; i < ENTRIES; i++) t->one[i] = 0;
    for (int n = 1; n <= 16; n++) {
      t->offset[n] = k - code;
      for (int i = 0; i < counts[n - 1]; i++, k++, code++) {
        if (k > 255 || symbols + k >= stop || code >= 1 << n) return DAMAGED;
        t->symbols[k] = symbols[k];
        if (n <= WINDOW) {
          int first = code << (WINDOW - n);
          for (int j = 0; j < 1 << (WINDOW - n); j++)
            t->one[first + j] = (uint16_t)(n << 8 | symbols[k]);
        }
      }
      t->most[n] = code;
      code <<= 1;
    }
    t->known = 1;
    if (kind) fill_skips(t);
    p = symbols + k;
  }
  return OK;
}

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
  if (!size) return 0;
  int v = (int)peek(r, size);
  drop(r, size);
  return v < 1 << (size - 1) ? v - (1 << size) + 1 : v;
}

/* Read a block: its first coefficient goes to part[which].last, the rest is stepped over. */
INLINE int block(Reader *r, int which) {
  const Table *dc = &tables[0][part[which].dc], *ac = &tables[1][part[which].ac];
  if (r->have < 48) refill(r);
  int size = symbol(r, dc);
  if (size < 0 || size > 15) return DAMAGED;
  part[which].last += value_of(r, size);
  for (int k = 1; k < 64;) {
    if (r->have < 32) refill(r);
    uint32_t e = ac->skip[peek(r, WINDOW)];
    int steps = (int)(e >> 8 & 255), ends = (int)(e & 1);
    if (__builtin_expect(e && k + steps <= 64 - ends, 1)) {
      drop(r, (int)(e >> 16));
      if (ends) return OK;
      k += steps;
      continue;
    }
    int s = symbol(r, ac);
    if (s < 0) return DAMAGED;
    size = s & 15;
    if (!size && s >> 4 != 15) return OK;
    k += (s >> 4) + 1;
    if (k > 64) return DAMAGED;
    drop(r, size);
  }
  return OK;
}

static __attribute__((noinline)) int next_restart(Reader *r, int number) {
  r->bits = 0, r->have = 0;
  if (r->starved > 64) return DAMAGED;
  r->starved = 0;
  /* Bytes that were taken ahead never reach over a marker, so it is here or a little further. */
  while (r->end - r->at >= 2 && !(r->at[0] == 0xFF && r->at[1] != 0 && r->at[1] != 0xFF)) r->at++;
  if (r->end - r->at < 2 || r->at[1] != 0xD0 + (number & 7)) return DAMAGED;
  r->at += 2;
  for (int i = 0; i < parts; i++) part[i].last = 0;
  return OK;
}

static inline uint8_t clamp(int v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }

static int scan(const uint8_t *at, const uint8_t *end, uint8_t *out) {
  const int out_w = (width + 7) / 8, out_h = (height + 7) / 8, blocks = part[0].h * part[0].v;
  const int q = quant[part[0].q][0];
  int until = restart, number = 0;
  Reader r = {at, end, 0, 0, 0};
  for (int i = 0; i < parts; i++) part[i].last = 0;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++) {
      if (restart && until-- == 0) {
        Reader copy = r;
        if (next_restart(&copy, number++)) return DAMAGED;
        r = copy;
        until = restart - 1;
      }
      for (int b = 0; b < blocks; b++) {
        if (block(&r, 0)) return DAMAGED;
        int x = column * part[0].h + b % part[0].h, y = row * part[0].v + b / part[0].h;
        if (x < out_w && y < out_h)
          out[y * out_w + x] = clamp(((part[0].last * q + 4) >> 3) + 128);
      }
      for (int i = 1; i < parts; i++)
        for (int b = part[i].h * part[i].v; b > 0; b--)
          if (block(&r, i)) return DAMAGED;
    }
    if (r.starved > 64) return DAMAGED;
  }
  return OK;
}

/* Decode `size` bytes at `data` to `room` bytes at `out`: one for each block, row by row. */
int jm_decode(const uint8_t *data, uint32_t size, uint8_t *out, uint32_t room) {
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
      if ((uint64_t)((width + 7) / 8) * ((height + 7) / 8) != room) return UNUSUAL;
      return scan(stop, end, out);
    } else if (marker < 0xE0 && marker != 0xFE) return UNUSUAL;
    else if (marker > 0xEF && marker != 0xFE) return UNUSUAL;
    if (status) return status;
    p = stop;
  }
}
