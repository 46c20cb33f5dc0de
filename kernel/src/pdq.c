/* PDQ, equal bit for bit to the reference implementation's float arithmetic.
 *
 * Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (Facebook, 2019):
 * brightness, two box filters along rows and columns with a window of 1/128 of the picture, 64 x 64
 * samples, 16 x 16 cosine transform without the constant, one bit a coefficient against the median;
 * quality from the gradients of the 64 x 64 samples. Sums run in the order of a sliding window, because
 * float sums in another order give other bits.
 */
#include "pdq.h"

enum { LEAST_SIDE = 5 };

/* A sliding box filter along columns: fed row by row, it gives rows back. */
typedef struct {
  i32 width;   /* floats a row, a multiple of 4 */
  i32 window;  /* rows under the full window */
  i32 lead;    /* rows that the window reaches ahead */
  i32 fed, given, count, oldest;
  float *sums;
  float *ring; /* window rows */
} column_filter;

static struct {
  i32 width, height, stride;
  i32 row_window, row_lead;
  i32 copied;          /* the picture is 64 x 64: taken as it is */
  float *counts;       /* of pixels under the row filter at each column */
  column8 *once;       /* a group after the first row filter, then before the second */
  column8 *twice;      /* a group after the second row filter, sums only */
  float *plain;        /* once, as rows */
  float *rows;         /* rows of a group after the first column filter */
  i32 waiting;         /* rows in it */
  column_filter first, second;
  i32 sample_x[PDQ_SIDE], sample_y[PDQ_SIDE];
  i32 next_sample;
  float small[PDQ_SIDE][PDQ_SIDE];
  u8 bits[HASH_BYTES];
  i32 quality;
} pdq;

static i32 window_for(i32 dimension) { return (dimension + 2 * PDQ_SIDE - 1) / (2 * PDQ_SIDE); }
static i32 lead_for(i32 window) { return (window + 2) / 2 - 1; }

static i32 column_begin(column_filter *f, i32 width, i32 window) {
  f->width = (width + 3) & ~3;
  f->window = window;
  f->lead = lead_for(window);
  f->fed = f->given = f->count = f->oldest = 0;
  f->sums = memory_take((usize)f->width * 4);
  f->ring = memory_take((usize)f->width * (usize)window * 4);
  return f->sums && f->ring ? SD_OK : SD_NO_MEMORY;
}

/* Feed one row; returns 1 when a filtered row was written to out. */
static i32 column_feed(column_filter *f, const float *row, float *out) {
  float *slot = f->ring + (usize)(f->fed % f->window) * (usize)f->width;
  i32 full = f->count == f->window;
  if (!full) f->count += 1;
  i32 gives = f->fed >= f->lead;
  f4 n = splat4((float)f->count);
  for (i32 x = 0; x < f->width; x += 4) {
    f4 v = load4(row + x);
    f4 sum = load4(f->sums + x) + v;
    if (full) sum = sum - load4(slot + x); /* the oldest row lies where the new one goes */
    store4(slot + x, v);
    store4(f->sums + x, sum);
    if (gives) store4(out + x, sum / n);
  }
  if (full) f->oldest += 1;
  f->fed += 1;
  f->given += gives;
  return gives;
}

/* After the last row: one of the rows that the window still owes. */
static void column_drain(column_filter *f, float *out) {
  const float *slot = f->ring + (usize)(f->oldest % f->window) * (usize)f->width;
  f->count -= 1;
  f4 n = splat4((float)f->count);
  for (i32 x = 0; x < f->width; x += 4) {
    f4 sum = load4(f->sums + x) - load4(slot + x);
    store4(f->sums + x, sum);
    store4(out + x, sum / n);
  }
  f->oldest += 1;
  f->given += 1;
}

/* Sliding sums along eight rows at once. Divides by the counts when divide is set. */
static void row_filter(const column8 *in, column8 *out, i32 divide) {
  i32 width = pdq.width, window = pdq.row_window, lead = pdq.row_lead;
  f4 a = splat4(0.0f), b = a;
  i32 right = 0, left = 0;
  for (; right < lead; right++) {
    a = a + in[right].a;
    b = b + in[right].b;
  }
  for (i32 x = 0; x < width; x++) {
    if (right < width) {
      a = a + in[right].a;
      b = b + in[right].b;
      right += 1;
      if (right > window) {
        a = a - in[left].a;
        b = b - in[left].b;
        left += 1;
      }
    } else {
      a = a - in[left].a;
      b = b - in[left].b;
      left += 1;
    }
    if (divide) {
      f4 n = splat4(pdq.counts[x]);
      out[x].a = a / n;
      out[x].b = b / n;
    } else {
      out[x].a = a;
      out[x].b = b;
    }
  }
}

/* Write the rows of a group of columns, n floats wide (a multiple of 4), stride apart. */
static void columns_to_rows(const column8 *in, float *out, i32 n, i32 stride) {
  for (i32 x = 0; x < n; x += 4) {
    f4 a[4] = {in[x].a, in[x + 1].a, in[x + 2].a, in[x + 3].a};
    f4 b[4] = {in[x].b, in[x + 1].b, in[x + 2].b, in[x + 3].b};
    transpose4(a);
    transpose4(b);
    for (i32 r = 0; r < 4; r++) {
      store4(out + (usize)r * (usize)stride + x, a[r]);
      store4(out + (usize)(r + 4) * (usize)stride + x, b[r]);
    }
  }
}

static void rows_to_columns(const float *in, column8 *out, i32 n, i32 stride) {
  for (i32 x = 0; x < n; x += 4) {
    f4 a[4], b[4];
    for (i32 r = 0; r < 4; r++) {
      a[r] = load4(in + (usize)r * (usize)stride + x);
      b[r] = load4(in + (usize)(r + 4) * (usize)stride + x);
    }
    transpose4(a);
    transpose4(b);
    for (i32 i = 0; i < 4; i++) out[x + i] = (column8){a[i], b[i]};
  }
}

i32 pdq_begin(i32 width, i32 height) {
  pdq.width = width;
  pdq.height = height;
  pdq.stride = (width + 3) & ~3;
  pdq.copied = width == PDQ_SIDE && height == PDQ_SIDE;
  pdq.row_window = window_for(width);
  pdq.row_lead = lead_for(pdq.row_window);
  pdq.waiting = pdq.next_sample = 0;
  usize group = (usize)pdq.stride * sizeof(column8);
  pdq.counts = memory_take((usize)pdq.stride * 4);
  pdq.once = memory_take(group);
  pdq.twice = memory_take(group);
  pdq.plain = memory_take(group);
  pdq.rows = memory_take(group);
  if (!pdq.counts || !pdq.once || !pdq.twice || !pdq.plain || !pdq.rows) return SD_NO_MEMORY;
  i32 behind = pdq.row_window - pdq.row_lead;
  for (i32 x = 0; x < width; x++) {
    pdq.counts[x] = (float)(imin(x + pdq.row_lead, width - 1) - imax(x - behind + 1, 0) + 1);
  }
  for (i32 i = 0; i < PDQ_SIDE; i++) {
    pdq.sample_x[i] = (2 * i + 1) * width / (2 * PDQ_SIDE);
    pdq.sample_y[i] = (2 * i + 1) * height / (2 * PDQ_SIDE);
  }
  i32 window = window_for(height);
  i32 status = column_begin(&pdq.first, width, window);
  return status ? status : column_begin(&pdq.second, PDQ_SIDE, window);
}

/* Take the rows that the second column filter has just given, while they are sample rows. */
static void keep_sample(const float *row) {
  while (pdq.next_sample < PDQ_SIDE && pdq.sample_y[pdq.next_sample] == pdq.second.given - 1) {
    __builtin_memcpy(pdq.small[pdq.next_sample++], row, sizeof pdq.small[0]);
  }
}

/* Run the waiting rows through the second row filter and the second column filter. */
static void second_pass(void) {
  float sampled[GROUP][PDQ_SIDE], out[PDQ_SIDE];
  rows_to_columns(pdq.rows, pdq.once, pdq.stride, pdq.stride);
  row_filter(pdq.once, pdq.twice, 0);
  for (i32 i = 0; i < PDQ_SIDE; i++) {
    i32 x = pdq.sample_x[i];
    f4 n = splat4(pdq.counts[x]);
    f4 a = pdq.twice[x].a / n, b = pdq.twice[x].b / n;
    for (i32 r = 0; r < 4; r++) {
      sampled[r][i] = a[r];
      sampled[r + 4][i] = b[r];
    }
  }
  for (i32 r = 0; r < pdq.waiting; r++) {
    if (column_feed(&pdq.second, sampled[r], out)) keep_sample(out);
  }
  pdq.waiting = 0;
}

static float *waiting_row(void) { return pdq.rows + (usize)pdq.waiting * (usize)pdq.stride; }

static void row_waits(void) {
  pdq.waiting += 1;
  if (pdq.waiting == GROUP) second_pass();
}

void pdq_push(const column8 *columns, i32 rows) {
  if (pdq.copied) {
    for (i32 r = 0; r < rows; r++, pdq.next_sample++) {
      for (i32 x = 0; x < PDQ_SIDE; x++) {
        pdq.small[pdq.next_sample][x] = r < 4 ? columns[x].a[r] : columns[x].b[r - 4];
      }
    }
    return;
  }
  row_filter(columns, pdq.once, 1);
  columns_to_rows(pdq.once, pdq.plain, pdq.stride, pdq.stride);
  for (i32 r = 0; r < rows; r++) {
    if (column_feed(&pdq.first, pdq.plain + (usize)r * (usize)pdq.stride, waiting_row())) row_waits();
  }
}

/* Cosine of pi * m / 128 for m = 0..64, rounded from exact values. */
static const float quarter[65] = {
#include "cosines.inc"
};

static float cosine(i32 m) {
  m &= 255;
  if (m > 128) m = 256 - m;
  return m <= 64 ? quarter[m] : -quarter[128 - m];
}

/* The value at position k of the sorted 256: between the reference's "median" and a full sort. */
static float kth_smallest(const float *values, i32 n, i32 k) {
  float v[DCT_SIDE * DCT_SIDE];
  __builtin_memcpy(v, values, sizeof v);
  i32 lo = 0, hi = n - 1;
  while (lo < hi) {
    float pivot = v[(lo + hi) / 2];
    i32 i = lo, j = hi;
    while (i <= j) {
      while (v[i] < pivot) i++;
      while (v[j] > pivot) j--;
      if (i > j) break;
      float t = v[i];
      v[i++] = v[j];
      v[j--] = t;
    }
    if (k <= j) hi = j;
    else if (k >= i) lo = i;
    else break;
  }
  return v[k];
}

static void transform(float small[PDQ_SIDE][PDQ_SIDE], float out[DCT_SIDE * DCT_SIDE]) {
  static float basis[DCT_SIDE][PDQ_SIDE], half[DCT_SIDE][PDQ_SIDE];
  for (i32 i = 0; i < DCT_SIDE; i++) {
    for (i32 j = 0; j < PDQ_SIDE; j++) basis[i][j] = cosine((i + 1) * (2 * j + 1));
  }
  for (i32 i = 0; i < DCT_SIDE; i++) {
    for (i32 j = 0; j < PDQ_SIDE; j += 4) {
      f4 sum = splat4(0.0f);
      for (i32 k = 0; k < PDQ_SIDE; k++) sum = sum + splat4(basis[i][k]) * load4(&small[k][j]);
      store4(&half[i][j], sum);
    }
  }
  for (i32 i = 0; i < DCT_SIDE; i++) {
    for (i32 j = 0; j < DCT_SIDE; j++) {
      float sum = 0.0f;
      for (i32 k = 0; k < PDQ_SIDE; k++) sum = sum + half[i][k] * basis[j][k];
      out[i * DCT_SIDE + j] = sum;
    }
  }
}

static i32 gradient_quality(float small[PDQ_SIDE][PDQ_SIDE]) {
  i32 sum = 0;
  for (i32 y = 0; y < PDQ_SIDE; y++) {
    for (i32 x = 0; x < PDQ_SIDE; x++) {
      float v = small[y][x];
      if (y + 1 < PDQ_SIDE) {
        i32 d = (i32)((v - small[y + 1][x]) * 100.0f / 255.0f);
        sum += d < 0 ? -d : d;
      }
      if (x + 1 < PDQ_SIDE) {
        i32 d = (i32)((v - small[y][x + 1]) * 100.0f / 255.0f);
        sum += d < 0 ? -d : d;
      }
    }
  }
  return imin(sum / 90, 100);
}

void pdq_hash_small(float small[PDQ_SIDE][PDQ_SIDE]) {
  float coefficients[DCT_SIDE * DCT_SIDE];
  transform(small, coefficients);
  float median = kth_smallest(coefficients, 256, 127);
  __builtin_memset(pdq.bits, 0, sizeof pdq.bits);
  for (i32 k = 0; k < 256; k++) {
    i32 at = 255 - k;
    if (coefficients[k] > median) pdq.bits[at >> 3] |= (u8)(0x80 >> (at & 7));
  }
  pdq.quality = gradient_quality(small);
}

void pdq_finish(void) {
  if (!pdq.copied) {
    while (pdq.first.given < pdq.height) {
      column_drain(&pdq.first, waiting_row());
      row_waits();
    }
    if (pdq.waiting) second_pass();
    float out[PDQ_SIDE];
    while (pdq.second.given < pdq.height) {
      column_drain(&pdq.second, out);
      keep_sample(out);
    }
  }
  pdq_hash_small(pdq.small);
  /* The reference gives smaller pictures no hash. */
  if (imin(pdq.width, pdq.height) < LEAST_SIDE) {
    __builtin_memset(pdq.bits, 0, sizeof pdq.bits);
    pdq.quality = 0;
  }
}

const u8 *pdq_hash(void) { return pdq.bits; }
i32 pdq_quality(void) { return pdq.quality; }
