/* PDQ of a picture that was decoded at a reduced size, as if at its full size.
 *
 * The window of PDQ's box filters is rounded up to whole pixels, so the same picture at another size gets
 * another blur and other bits. Here the filters of the full size act on the reduced pixels, each standing
 * for the block of full pixels that it came from. The whole chain (two box filters and sampling) is linear
 * along each axis, so it is one short list of weights for each of the 64 samples. Source: ADR-0003.
 */
#include "pdq.h"

/* For each of the 64 samples along one axis: its first pixel and the weights from there on. */
typedef struct {
  i32 first[PDQ_SIDE], count[PDQ_SIDE];
  i32 room;
  float *weights; /* PDQ_SIDE rows of room */
} axis;

/* How full pixels fall into reduced ones. scale 0: by the ratio of the sides. */
typedef struct {
  i32 full, reduced, scale, cut;
} mapping;

static struct {
  axis across, down;
  i32 row;
  float small[PDQ_SIDE][PDQ_SIDE];
} view;

static i32 reduced_pixel(const mapping *m, i32 x) {
  i32 i = m->scale ? (x + m->cut) / m->scale : (i32)((u64)x * (u64)m->reduced / (u64)m->full);
  return imin(i, m->reduced - 1);
}

static void add_sample(const mapping *m, axis *a, i32 i, float *slopes) {
  i32 window = (m->full + 2 * PDQ_SIDE - 1) / (2 * PDQ_SIDE), lead = (window + 2) / 2 - 1;
  i32 back = window - 1 - lead, at = (2 * i + 1) * m->full / (2 * PDQ_SIDE), end = m->full - 1;
  i32 low = imax(at - back, 0), high = imin(at + lead, end);
  i32 first = imax(low - back, 0), last = imin(high + lead, end);
  for (i32 k = 0; k <= last - first + 1; k++) slopes[k] = 0.0f;
  for (i32 q = low; q <= high; q++) {
    i32 from = imax(q - back, 0), to = imin(q + lead, end);
    float share = 1.0f / (float)((high - low + 1) * (to - from + 1));
    slopes[from - first] += share;
    slopes[to - first + 1] -= share;
  }
  float weight = 0.0f, *weights = a->weights + (usize)i * (usize)a->room;
  a->first[i] = reduced_pixel(m, first);
  for (i32 x = first; x <= last; x++) {
    weight = weight + slopes[x - first];
    i32 k = reduced_pixel(m, x) - a->first[i];
    weights[k] = weights[k] + weight;
    a->count[i] = k + 1;
  }
}

static i32 axis_begin(axis *a, const mapping *m) {
  i32 window = (m->full + 2 * PDQ_SIDE - 1) / (2 * PDQ_SIDE);
  a->room = imin(2 * window + 2, m->reduced);
  a->weights = memory_take((usize)PDQ_SIDE * (usize)a->room * 4);
  float *slopes = memory_take((usize)(2 * window + 4) * 4);
  if (!a->weights || !slopes) return SD_NO_MEMORY;
  for (i32 i = 0; i < PDQ_SIDE; i++) add_sample(m, a, i, slopes);
  return SD_OK;
}

/* The one scale by which both sides were divided, rounding up; 0 when there is none. */
static i32 common_scale(i32 full_width, i32 width, i32 full_height, i32 height) {
  for (i32 s = 1; s <= 16; s++) {
    if ((full_width + s - 1) / s == width && (full_height + s - 1) / s == height) return s;
  }
  return 0;
}

i32 reduced_begin(i32 width, i32 height, i32 full_width, i32 full_height, i32 cut_left, i32 cut_top) {
  i32 scale = common_scale(full_width, width, full_height, height);
  mapping across = {full_width, width, scale, cut_left ? width * scale - full_width : 0};
  mapping down = {full_height, height, scale, cut_top ? height * scale - full_height : 0};
  view.row = 0;
  __builtin_memset(view.small, 0, sizeof view.small);
  i32 status = axis_begin(&view.across, &across);
  return status ? status : axis_begin(&view.down, &down);
}

static void add_down(i32 y, const float line[PDQ_SIDE]) {
  const axis *a = &view.down;
  for (i32 k = 0; k < PDQ_SIDE; k++) {
    i32 at = y - a->first[k];
    if (at < 0 || at >= a->count[k]) continue;
    f4 w = splat4(a->weights[(usize)k * (usize)a->room + (usize)at]);
    float *out = view.small[k];
    for (i32 x = 0; x < PDQ_SIDE; x += 4) store4(out + x, load4(out + x) + load4(line + x) * w);
  }
}

void reduced_push(const column8 *columns, i32 rows) {
  float lines[GROUP][PDQ_SIDE];
  const axis *a = &view.across;
  for (i32 i = 0; i < PDQ_SIDE; i++) {
    const float *weights = a->weights + (usize)i * (usize)a->room;
    const column8 *in = columns + a->first[i];
    column8 sum = {splat4(0.0f), splat4(0.0f)};
    for (i32 k = 0; k < a->count[i]; k++) {
      f4 w = splat4(weights[k]);
      sum.a = sum.a + in[k].a * w;
      sum.b = sum.b + in[k].b * w;
    }
    for (i32 r = 0; r < 4; r++) {
      lines[r][i] = sum.a[r];
      lines[r + 4][i] = sum.b[r];
    }
  }
  for (i32 r = 0; r < rows; r++) add_down(view.row++, lines[r]);
}

void reduced_finish(void) { pdq_hash_small(view.small); }
