/* The brightness of a baseline JPEG at 1/8 or 1/4 of its size, without decoding more than that needs.
 *
 * Most of the time of a JPEG decoder goes into its entropy coding: every symbol must be read to find
 * the next. A reduced picture needs only the first few coefficients of a block; the others are stepped
 * over here, several at a time, by a table that says how far a run of bits leads. At 1/8 the result is
 * libjpeg's, bit for bit; at 1/4 it is the mean of 4 x 4 pixels from the first ten coefficients.
 *
 * Anything unusual or damaged ends in a status other than OK, and the caller takes another decoder.
 * Everything is checked against the end of the input; besides, this runs inside WebAssembly.
 */
#include <stddef.h>
#include <stdint.h>

enum { OK = 0, UNUSUAL = 1, DAMAGED = 2 };
enum { WINDOW = 12, ENTRIES = 1 << WINDOW, LAST_EXACT = 9, MAX_SIDE = 65500 };

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
static const uint8_t *at, *end;
static uint64_t bits;
static int have, starved;

extern uint8_t __heap_base;

/* Where the caller puts `size` bytes of file, with room for the picture after it; 0: no memory. */
uint32_t jl_room(uint32_t size) {
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

/* At least 48 bits, or zeros after the end of the entropy-coded part. */
static void refill(void) {
  while (have <= 56) {
    if (end - at >= 8) {
      uint64_t eight;
      __builtin_memcpy(&eight, at, 8);
      uint64_t inverted = ~eight;
      /* No byte of 255 among them: take as many as fit. What is left over is there twice, alike. */
      if (!((inverted - 0x0101010101010101ull) & eight & 0x8080808080808080ull)) {
        bits |= __builtin_bswap64(eight) >> have;
        at += (63 - have) >> 3;
        have |= 56;
        return;
      }
    }
    uint64_t next = 0;
    if (at < end && *at != 0xFF) next = *at++;
    else if (end - at >= 2 && at[1] == 0) next = 0xFF, at += 2;
    else starved += 8;
    bits |= next << (56 - have);
    have += 8;
  }
}

static inline uint32_t peek(int n) { return (uint32_t)(bits >> (64 - n)); }
static inline void drop(int n) { bits <<= n, have -= n; }

static inline int symbol(const Table *t) {
  uint16_t e = t->one[peek(WINDOW)];
  int length = e >> 8, value = e & 255;
  if (__builtin_expect(!length, 0)) {
    value = slow(t, peek(16), &length);
    if (value < 0) return -1;
  }
  drop(length);
  return value;
}

static inline int value_of(int size) {
  if (!size) return 0;
  int v = (int)peek(size);
  drop(size);
  return v < 1 << (size - 1) ? v - (1 << size) + 1 : v;
}

/* Read a block: its first coefficients exactly, `last` of them in zigzag order, the rest skipped. */
static int block(int which, int last, int *out) {
  const Table *dc = &tables[0][part[which].dc], *ac = &tables[1][part[which].ac];
  if (have < 48) refill();
  int size = symbol(dc);
  if (size < 0 || size > 15) return DAMAGED;
  part[which].last += value_of(size);
  out[0] = part[which].last;
  for (int k = 1; k < 64;) {
    if (have < 32) refill();
    if (k > last) {
      uint32_t e = ac->skip[peek(WINDOW)], steps = (e >> 8) & 255;
      if (e && k + (int)steps <= 64 && !((e & 1) && k + (int)steps == 64)) {
        drop((int)(e >> 16));
        k += (int)steps;
        if (e & 1) break;
        continue;
      }
    }
    int s = symbol(ac);
    if (s < 0) return DAMAGED;
    int run = s >> 4;
    size = s & 15;
    if (!size) {
      if (run != 15) break;
      k += 16;
      continue;
    }
    k += run;
    if (k > 63) return DAMAGED;
    if (k <= last) out[k] = value_of(size);
    else drop(size);
    k++;
  }
  return OK;
}

static int next_restart(int number) {
  bits = 0, have = 0;
  if (starved > 64) return DAMAGED;
  starved = 0;
  /* Bytes that were taken ahead never reach over a marker, so it is here or a little further. */
  while (end - at >= 2 && !(at[0] == 0xFF && at[1] != 0 && at[1] != 0xFF)) at++;
  if (end - at < 2 || at[1] != 0xD0 + (number & 7)) return DAMAGED;
  at += 2;
  for (int i = 0; i < parts; i++) part[i].last = 0;
  return OK;
}

static inline uint8_t clamp(int v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }

/* Four means of 4 x 4 pixels. Weights are means of cosines over half a block, times 4096. */
static void quarters(const int *c, const uint16_t *q, uint8_t *out, int stride, int w, int h) {
  int f00 = c[0] * q[0] * 4096;
  int x = (c[1] * q[1] * 3711 - c[6] * q[6] * 1303);
  int y = (c[2] * q[2] * 3711 - c[9] * q[9] * 1303);
  int xy = c[4] * q[4] * 3363;
  const int round = 1 << 14, sign[4][3] = {{1, 1, 1}, {-1, 1, -1}, {1, -1, -1}, {-1, -1, 1}};
  for (int i = 0; i < 4; i++) {
    if ((i & 1) >= w || (i >> 1) >= h) continue;
    int sum = f00 + sign[i][0] * x + sign[i][1] * y + sign[i][2] * xy;
    out[(i >> 1) * stride + (i & 1)] = clamp(((sum + round) >> 15) + 128);
  }
}

static int scan(int scale, uint8_t *out) {
  int out_w = (width + scale - 1) / scale, out_h = (height + scale - 1) / scale, side = 8 / scale;
  int last = scale == 8 ? 0 : LAST_EXACT, until = restart, number = 0, c[64];
  const uint16_t *q = quant[part[0].q];
  bits = 0, have = 0, starved = 0;
  for (int i = 0; i < parts; i++) part[i].last = 0;
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++) {
      if (restart && until-- == 0) {
        if (next_restart(number++)) return DAMAGED;
        until = restart - 1;
      }
      for (int i = 0; i < parts; i++) {
        for (int b = 0; b < part[i].h * part[i].v; b++) {
          if (i == 0 && last)
            for (int k = 0; k <= LAST_EXACT; k++) c[k] = 0;
          if (block(i, i ? 0 : last, c)) return DAMAGED;
          if (i) continue;
          int x = (column * part[0].h + b % part[0].h) * side;
          int y = (row * part[0].v + b / part[0].h) * side;
          if (x >= out_w || y >= out_h) continue;
          uint8_t *to = out + y * out_w + x;
          if (scale == 8) *to = clamp(((c[0] * q[0] + 4) >> 3) + 128);
          else quarters(c, q, to, out_w, out_w - x, out_h - y);
        }
      }
    }
    if (starved > 64) return DAMAGED;
  }
  return OK;
}

/* Decode `size` bytes at `data` to bytes at `out`, which has room for them. `scale` is 8 or 4. */
int jl_decode(const uint8_t *data, uint32_t size, int scale, uint8_t *out, uint32_t room) {
  const uint8_t *p = data + 2;
  end = data + size, restart = parts = 0;
  for (int i = 0; i < 4; i++) tables[0][i].known = tables[1][i].known = 0;
  if (size < 4 || data[0] != 0xFF || data[1] != 0xD8 || (scale != 8 && scale != 4)) return UNUSUAL;
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
      at = stop;
      uint64_t need = (uint64_t)((width + scale - 1) / scale) * ((height + scale - 1) / scale);
      if (status || need > room) return status ? status : UNUSUAL;
      return scan(scale, out);
    } else if (marker < 0xE0 && marker != 0xFE) return UNUSUAL;
    else if (marker > 0xEF && marker != 0xFE) return UNUSUAL;
    if (status) return status;
    p = stop;
  }
}
