/* Extrema of the differences of neighbouring levels, refined below the pixel.
 * Source: Lowe (2004), sections 3 and 4.
 */
#include "points.h"

enum { MARGIN = 5, STEPS = 5, DIFFERENCES = LEVELS - 1 };

settings tuned = {
    .max_points = 160,
    .doubled = 1,
    .contrast = 0.8f,
    .edge = 12.0f,
    .size_power = 1.4f,
    .quota_side = 4,
    .quota_share = 2.0f,
    .peak = 0.8f,
    .least_sigma = 1.13f,
    .bin_width = 3.0f,
    .apart = 0.5f,
};

static struct {
  point *at;
  i32 count, room;
  float *rows[DIFFERENCES][3];
} found;

point *extrema_points(void) { return found.at; }
i32 extrema_count(void) { return found.count; }

static inline i32 any4(i4 m) {
#ifdef __wasm__
  return __builtin_wasm_any_true_v128((__attribute__((vector_size(16))) signed char)m);
#else
  return (m[0] | m[1] | m[2] | m[3]) != 0;
#endif
}

static void subtract_row(const octave *o, i32 y) {
  for (i32 s = o->lowest; s < DIFFERENCES; s++) {
    const float *a = plane_row(&o->level[s], y), *b = plane_row(&o->level[s + 1], y);
    float *out = found.rows[s][y % 3];
    for (i32 x = 0; x < o->level[0].stride; x += 4) store4(out + x, load4(b + x) - load4(a + x));
  }
}

/* Whether the middle of 3 x 3 x 3 is not below (or not above) any other. */
static i32 is_extremum(i32 s, i32 y, i32 x) {
  float v = found.rows[s][y % 3][x];
  float top = v, low = v;
  for (i32 layer = s - 1; layer <= s + 1; layer++) {
    for (i32 r = 0; r < 3; r++) {
      const float *row = found.rows[layer][r] + x;
      for (i32 i = -1; i <= 1; i++) {
        top = row[i] > top ? row[i] : top;
        low = row[i] < low ? row[i] : low;
      }
    }
  }
  return v > 0.0f ? v == top : v == low;
}

typedef struct {
  float value, gx, gy, gs, xx, yy, ss, xy, xs, ys;
} local_shape;

static float difference(const octave *o, i32 s, i32 y, i32 x) {
  return plane_row(&o->level[s + 1], y)[x] - plane_row(&o->level[s], y)[x];
}

static local_shape shape_at(const octave *o, i32 s, i32 y, i32 x) {
  float d[3][3][3];
  for (i32 k = 0; k < 3; k++) {
    for (i32 j = 0; j < 3; j++) {
      for (i32 i = 0; i < 3; i++) d[k][j][i] = difference(o, s + k - 1, y + j - 1, x + i - 1);
    }
  }
  float v = d[1][1][1];
  return (local_shape){
      .value = v,
      .gx = 0.5f * (d[1][1][2] - d[1][1][0]),
      .gy = 0.5f * (d[1][2][1] - d[1][0][1]),
      .gs = 0.5f * (d[2][1][1] - d[0][1][1]),
      .xx = (d[1][1][2] + d[1][1][0]) - 2.0f * v,
      .yy = (d[1][2][1] + d[1][0][1]) - 2.0f * v,
      .ss = (d[2][1][1] + d[0][1][1]) - 2.0f * v,
      .xy = 0.25f * ((d[1][2][2] + d[1][0][0]) - (d[1][2][0] + d[1][0][2])),
      .xs = 0.25f * ((d[2][1][2] + d[0][1][0]) - (d[2][1][0] + d[0][1][2])),
      .ys = 0.25f * ((d[2][2][1] + d[0][0][1]) - (d[2][0][1] + d[0][2][1])),
  };
}

/* Where the fitted parabola is flat, relative to the pixel; 0 when it has no such place. */
static i32 flat_place(const local_shape *h, float *dx, float *dy, float *ds) {
  float a = h->yy * h->ss - h->ys * h->ys;
  float b = h->xs * h->ys - h->xy * h->ss;
  float c = h->xy * h->ys - h->xs * h->yy;
  float det = h->xx * a + (h->xy * b + h->xs * c);
  if (fabs1(det) < 1e-12f) return 0;
  float e = h->xx * h->ss - h->xs * h->xs;
  float f = h->xy * h->xs - h->xx * h->ys;
  float g = h->xx * h->yy - h->xy * h->xy;
  float r = -1.0f / det;
  *dx = r * (a * h->gx + (b * h->gy + c * h->gs));
  *dy = r * (b * h->gx + (e * h->gy + f * h->gs));
  *ds = r * (c * h->gx + (f * h->gy + g * h->gs));
  return 1;
}

static i32 is_edge(const local_shape *h) {
  float trace = h->xx + h->yy, det = h->xx * h->yy - h->xy * h->xy, r = tuned.edge;
  return det <= 0.0f || trace * trace * r >= (r + 1.0f) * (r + 1.0f) * det;
}

static void keep(i32 number, const octave *o, i32 s, i32 y, i32 x) {
  const plane *p = &o->level[0];
  float dx = 0.0f, dy = 0.0f, ds = 0.0f;
  local_shape h;
  i32 step = 0;
  for (;; step++) {
    if (step == STEPS) return;
    h = shape_at(o, s, y, x);
    if (!flat_place(&h, &dx, &dy, &ds)) return;
    if (fabs1(dx) <= 0.5f && fabs1(dy) <= 0.5f && fabs1(ds) <= 0.5f) break;
    if (!(fabs1(dx) < 100.0f && fabs1(dy) < 100.0f && fabs1(ds) < 100.0f)) return;
    x += floor1(dx + 0.5f);
    y += floor1(dy + 0.5f);
    s += floor1(ds + 0.5f);
    if (s <= o->lowest || s > LAYERS || x < MARGIN || x >= p->width - MARGIN || y < MARGIN ||
        y >= p->height - MARGIN) {
      return;
    }
  }
  float value = h.value + 0.5f * (h.gx * dx + (h.gy * dy + h.gs * ds));
  if (fabs1(value) < tuned.contrast || is_edge(&h) || found.count == found.room) return;
  float sigma = o->blur * exp1(((float)s + ds) * (0.693147181f / (float)LAYERS)) * o->step;
  if (sigma < tuned.least_sigma) return;
  found.at[found.count++] = (point){
      .x = ((float)x + dx + 0.5f) * o->step - 0.5f,
      .y = ((float)y + dy + 0.5f) * o->step - 0.5f,
      .sigma = sigma,
      .response = fabs1(value),
      .rank = fabs1(value) * exp1(tuned.size_power * log2_1(sigma) * 0.693147181f),
      .octave = number,
      .level = s,
  };
}

static void scan_row(i32 number, const octave *o, i32 y) {
  i32 end = o->level[0].width - MARGIN;
  f4 high = splat4(0.8f * tuned.contrast), low = splat4(-0.8f * tuned.contrast);
  for (i32 s = o->lowest + 1; s <= LAYERS; s++) {
    const float *row = found.rows[s][y % 3];
    const float *up = found.rows[s][(y + 2) % 3], *down = found.rows[s][(y + 1) % 3];
    const float *finer = found.rows[s - 1][y % 3], *coarser = found.rows[s + 1][y % 3];
    for (i32 x = MARGIN; x < end; x += 4) {
      f4 v = load4(row + x);
      i4 strong = (v > high) | (v < low);
      if (!any4(strong)) continue;
      f4 a = load4(row + x - 1), b = load4(row + x + 1), c = load4(up + x), d = load4(down + x);
      f4 e = load4(finer + x), f = load4(coarser + x);
      i4 peak = (v > high) & (v >= a) & (v >= b) & (v >= c) & (v >= d) & (v >= e) & (v >= f);
      i4 pit = (v < low) & (v <= a) & (v <= b) & (v <= c) & (v <= d) & (v <= e) & (v <= f);
      i4 either = peak | pit;
      if (!any4(either)) continue;
      for (i32 i = 0; i < 4 && x + i < end; i++) {
        if (either[i] && is_extremum(s, y, x + i)) keep(number, o, s, y, x + i);
      }
    }
  }
}

i32 extrema_find(i32 working_pixels) {
  found.count = 0;
  found.room = working_pixels / 4 + 64;
  found.at = memory_take((usize)found.room * sizeof(point));
  if (!found.at) return SD_NO_MEMORY;
  for (i32 n = 0; n < pyramid_octaves(); n++) {
    const octave *o = pyramid_octave(n);
    if (n == 0) {
      for (i32 s = 0; s < DIFFERENCES; s++) {
        for (i32 r = 0; r < 3; r++) {
          found.rows[s][r] = memory_take(((usize)o->level[0].stride + 8) * 4);
          if (!found.rows[s][r]) return SD_NO_MEMORY;
        }
      }
    }
    for (i32 y = MARGIN - 1; y < o->level[0].height - MARGIN + 1; y++) {
      subtract_row(o, y);
      if (y > MARGIN) scan_row(n, o, y - 1);
    }
  }
  return SD_OK;
}
