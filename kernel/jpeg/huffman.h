/* The Huffman tables of a JPEG, made so that one look at the next WINDOW bits tells most. Part of
 * means.c. */
#include <stdint.h>

enum { OK = 0, UNUSUAL = 1, DAMAGED = 2 };
enum { WINDOW = 12, ENTRIES = 1 << WINDOW, LONGEST_TABLE = 17 + 256 };

typedef struct {
  uint16_t one[ENTRIES];       /* code length << 8 | symbol; 0: the code is longer than the window */
  uint16_t skip[2 * ENTRIES];  /* at 2^n + n bits: length << 8 | (steps + ends) << 1 | ends, or 0 */
  int32_t first[ENTRIES];      /* value << 16 | steps << 8 | length with value; 0: longer */
  int32_t most[18], offset[18];
  uint8_t symbols[256], made_from[LONGEST_TABLE];
  int made, known;  /* ever; in this file */
} Table;

static Table tables[2][4];

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

/* How far n bits lead, for every n up to WINDOW: all symbols whose codes stand in them. The value of
 * the last may hang over. One that ends the block counts as a step, so that 64 is never passed. */
static void fill_skips(Table *t, const uint8_t *counts) {
  for (int n = 0; n <= WINDOW; n++) {
    uint16_t *to = t->skip + (1 << n), *after = to + (1 << n);
    const uint8_t *symbol = t->symbols;
    for (int length = 1; length <= n; length++) {
      for (int i = counts[length - 1]; i > 0; i--, symbol++) {
        int size = *symbol & 15, run = *symbol >> 4, left = n - length - size;
        int ends = !size && run != 15, room = 63 - run;
        int made = (length + size) << 8 | (ends ? 3 : (run + 1) << 1);
        if (ends || left <= 0) {
          for (int j = 1 << (n - length); j > 0; j--) *to++ = (uint16_t)made;
          continue;
        }
        const uint16_t *rest = t->skip + (1 << left);
        for (int value = 0; value < 1 << size; value++)
          for (int j = 0; j < 1 << left; j++)
            *to++ = (uint16_t)(made + ((rest[j] >> 1 & 127) <= room ? rest[j] : 0));
      }
    }
    while (to < after) *to++ = 0;
  }
}

/* The value that the lowest `size` bits of v stand for. */
static int signed_value(int v, int size) {
  v &= (1 << size) - 1;
  return size && v < 1 << (size - 1) ? v - (1 << size) + 1 : v;
}

/* One symbol with its value; one that ends the block leads beyond 64. */
static void fill_first(Table *t) {
  for (int w = 0; w < ENTRIES; w++) {
    int length = t->one[w] >> 8, size = t->one[w] & 15, run = t->one[w] >> 4 & 15;
    int all = length + size, steps = size || run == 15 ? run + 1 : 64;
    if (!length || all > WINDOW) t->first[w] = 0;
    else t->first[w] = signed_value(w >> (WINDOW - all), size) * 65536 + (steps << 8 | all);
  }
}

static int make_table(Table *t, int kind, const uint8_t *counts) {
  const uint8_t *symbols = counts + 16;
  int code = 0, k = 0;
  __builtin_memset(t->one, 0, sizeof t->one);
  for (int n = 1; n <= 16; n++) {
    t->offset[n] = k - code;
    for (int i = 0; i < counts[n - 1]; i++, k++, code++) {
      if (code >= 1 << n) return DAMAGED;
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
  if (kind) fill_skips(t, counts), fill_first(t);
  return OK;
}

/* Most files bring the same tables, so one that is there already is not made again. */
static int read_huffman(const uint8_t *p, const uint8_t *stop) {
  while (p < stop) {
    int kind = *p >> 4, number = *p & 15, size = 17, same = 1;
    if (kind > 1 || number > 3 || stop - p < size) return DAMAGED;
    for (int i = 1; i <= 16; i++) size += p[i];
    if (size > LONGEST_TABLE || stop - p < size) return DAMAGED;
    Table *t = &tables[kind][number];
    for (int i = 0; i < size; i++) same &= p[i] == t->made_from[i];
    if (!same || !t->made) {
      t->made = 0;
      if (make_table(t, kind, p + 1)) return DAMAGED;
      for (int i = 0; i < size; i++) t->made_from[i] = p[i];
      t->made = 1;
    }
    t->known = 1;
    p += size;
  }
  return OK;
}
