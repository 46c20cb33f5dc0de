/* Resizing to the working copy: exact area weights when it shrinks, cubic when it grows.
 * Both are symmetric, so a mirrored picture gives the mirrored working copy.
 */
#include "working.h"

static struct {
  i32 width, height;  /* of the picture */
  i32 shrinks;
  i32 row;            /* rows seen */
  plane copy;
  plane whole;        /* the picture itself, kept only when it is small */
  column8 *across;    /* a group of rows at the working width */
  float *rows;        /* the same, row by row */
} work;

static usize plane_bytes(plane *p, i32 width, i32 height) {
  p->width = width;
  p->height = height;
  p->stride = (width + 3) & ~3;
  return (usize)p->stride * (usize)height * 4;
}

i32 plane_make(plane *p, i32 width, i32 height) {
  p->at = memory_take(plane_bytes(p, width, height));
  return p->at ? SD_OK : SD_NO_MEMORY;
}

i32 plane_raw(plane *p, i32 width, i32 height) {
  p->at = memory_raw(plane_bytes(p, width, height));
  return p->at ? SD_OK : SD_NO_MEMORY;
}

static i32 scaled(i32 side, i32 longer) {
  return imax(1, (i32)((2u * WORKING_SIDE * (u32)side + (u32)longer) / (2u * (u32)longer)));
}

i32 working_begin(i32 width, i32 height) {
  i32 longer = imax(width, height);
  work.width = width;
  work.height = height;
  work.shrinks = longer > WORKING_SIDE;
  work.row = 0;
  i32 status = plane_make(&work.copy, scaled(width, longer), scaled(height, longer));
  if (status) return status;
  if (!work.shrinks) return plane_make(&work.whole, (width + 3) & ~3, (height + GROUP - 1) & ~(GROUP - 1));
  work.across = memory_take((usize)work.copy.stride * sizeof(column8));
  work.rows = memory_take((usize)work.copy.stride * sizeof(column8));
  return work.across && work.rows ? SD_OK : SD_NO_MEMORY;
}

/* Sum each working column's pixels of eight rows, the cut pixels at its ends by their share. */
static void shrink_across(const column8 *in) {
  u32 from = (u32)work.width, to = (u32)work.copy.width;
  float share = (float)to / (float)from, part = 1.0f / (float)from;
  for (u32 j = 0; j < to; j++) {
    u32 start = j * from, end = start + from; /* in units of 1 / to of a pixel */
    u32 i = start / to, last = (end - 1) / to;
    f4 w = splat4((float)(imin((i32)end, (i32)((i + 1) * to)) - (i32)start) * part);
    f4 a = in[i].a * w, b = in[i].b * w;
    w = splat4(share);
    for (i += 1; i < last; i++) {
      a = a + in[i].a * w;
      b = b + in[i].b * w;
    }
    if (i == last) {
      w = splat4((float)(end - last * to) * part);
      a = a + in[i].a * w;
      b = b + in[i].b * w;
    }
    work.across[j] = (column8){a, b};
  }
}

static void add_row(i32 y, const float *row, float weight) {
  float *out = plane_row(&work.copy, y);
  f4 w = splat4(weight);
  for (i32 x = 0; x < work.copy.stride; x += 4) store4(out + x, load4(out + x) + load4(row + x) * w);
}

static void shrink_down(i32 rows) {
  u32 from = (u32)work.height, to = (u32)work.copy.height;
  for (i32 r = 0; r < rows; r++, work.row++) {
    const float *row = work.rows + (usize)r * (usize)work.copy.stride;
    u32 start = (u32)work.row * to, end = start + to; /* in units of 1 / to of a pixel */
    u32 y = start / from, border = (y + 1) * from;
    u32 cut = end < border ? end : border;
    add_row((i32)y, row, (float)(cut - start) / (float)from);
    if (end > border) add_row((i32)y + 1, row, (float)(end - border) / (float)from);
  }
}

static void untangle(const column8 *in, float *out, i32 n, i32 stride) {
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

i32 working_push(const column8 *columns, i32 rows) {
  if (work.shrinks) {
    shrink_across(columns);
    untangle(work.across, work.rows, work.copy.stride, work.copy.stride);
    shrink_down(rows);
    return SD_OK;
  }
  untangle(columns, plane_row(&work.whole, work.row), work.whole.stride, work.whole.stride);
  work.row += rows;
  return SD_OK;
}

/* Cubic weights (a = -1/2) of the four pixels around fraction t between the middle two. */
static void cubic(float t, float w[4]) {
  float u = 1.0f - t;
  w[0] = -0.5f * t * u * u;
  w[3] = -0.5f * u * t * t;
  w[1] = 1.0f + t * t * (1.5f * t - 2.5f);
  w[2] = 1.0f + u * u * (1.5f * u - 2.5f);
}

/* The first of the four pixels that output i of `to` takes from `from`, and their weights. */
static i32 cubic_at(i32 i, i32 from, i32 to, float w[4]) {
  i32 twice = (2 * i + 1) * from - to; /* position times 2 * to */
  i32 whole = twice >= 0 ? twice / (2 * to) : -((2 * to - 1 - twice) / (2 * to));
  cubic((float)(twice - whole * 2 * to) / (float)(2 * to), w);
  return whole - 1;
}

static i32 grow(void) {
  plane tall;
  i32 w0 = work.width, h0 = work.height, status;
  if ((status = plane_make(&tall, work.whole.width, work.copy.height))) return status;
  float w[4];
  for (i32 y = 0; y < work.copy.height; y++) {
    i32 first = cubic_at(y, h0, work.copy.height, w);
    float *out = plane_row(&tall, y);
    for (i32 k = 0; k < 4; k++) {
      const float *in = plane_row(&work.whole, iclamp(first + k, 0, h0 - 1));
      for (i32 x = 0; x < tall.stride; x += 4) {
        store4(out + x, load4(out + x) + load4(in + x) * splat4(w[k]));
      }
    }
  }
  for (i32 x = 0; x < work.copy.width; x++) {
    i32 first = cubic_at(x, w0, work.copy.width, w);
    i32 at[4];
    for (i32 k = 0; k < 4; k++) at[k] = iclamp(first + k, 0, w0 - 1);
    for (i32 y = 0; y < work.copy.height; y++) {
      const float *in = plane_row(&tall, y);
      float outer = in[at[0]] * w[0] + in[at[3]] * w[3];
      float inner = in[at[1]] * w[1] + in[at[2]] * w[2];
      plane_row(&work.copy, y)[x] = outer + inner;
    }
  }
  return SD_OK;
}

i32 working_finish(void) { return work.shrinks ? SD_OK : grow(); }

const plane *working_copy(void) { return &work.copy; }
