/* Gaussian pyramid. Source: Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004). */
#include "pyramid.h"

enum { MAX_RADIUS = 12, SMALLEST = 16 };

static struct {
  octave octaves[MAX_OCTAVES];
  i32 count;
  float *padded; /* one row with MAX_RADIUS floats before and behind */
} pyramid;

typedef struct {
  i32 radius;
  float weight[MAX_RADIUS + 1];
} taps;

static taps gaussian(float sigma) {
  taps t;
  t.radius = imin(MAX_RADIUS, (i32)(3.0f * sigma + 0.999f));
  float sum = 0.0f;
  for (i32 i = 0; i <= t.radius; i++) {
    float d = (float)i / sigma;
    t.weight[i] = exp1(-0.5f * d * d);
    sum = sum + (i ? 2.0f : 1.0f) * t.weight[i];
  }
  for (i32 i = 0; i <= t.radius; i++) t.weight[i] = t.weight[i] / sum;
  return t;
}

/* Blur row y along the columns into the padded row, then repeat its end pixels outwards. */
static void blur_down(const plane *in, i32 y, const taps *t) {
  const float *up[MAX_RADIUS + 1], *down[MAX_RADIUS + 1];
  for (i32 i = 0; i <= t->radius; i++) {
    up[i] = plane_row(in, imax(y - i, 0));
    down[i] = plane_row(in, imin(y + i, in->height - 1));
  }
  float *out = pyramid.padded + MAX_RADIUS;
  i32 x = 0;
  for (; x + 8 <= in->stride; x += 8) {
    f4 w = splat4(t->weight[0]);
    f4 a = load4(up[0] + x) * w, b = load4(up[0] + x + 4) * w;
    for (i32 i = 1; i <= t->radius; i++) {
      w = splat4(t->weight[i]);
      a = a + (load4(up[i] + x) + load4(down[i] + x)) * w;
      b = b + (load4(up[i] + x + 4) + load4(down[i] + x + 4)) * w;
    }
    store4(out + x, a);
    store4(out + x + 4, b);
  }
  for (; x < in->stride; x += 4) {
    f4 a = load4(up[0] + x) * splat4(t->weight[0]);
    for (i32 i = 1; i <= t->radius; i++) {
      a = a + (load4(up[i] + x) + load4(down[i] + x)) * splat4(t->weight[i]);
    }
    store4(out + x, a);
  }
  float first = out[0], last = out[in->width - 1];
  for (i32 i = 1; i <= MAX_RADIUS; i++) {
    out[-i] = first;
    out[in->width - 1 + i] = last;
  }
}

static void blur_across(plane *to, i32 y, const taps *t) {
  const float *in = pyramid.padded + MAX_RADIUS;
  float *out = plane_row(to, y);
  i32 x = 0;
  for (; x + 8 <= to->stride; x += 8) {
    f4 w = splat4(t->weight[0]);
    f4 a = load4(in + x) * w, b = load4(in + x + 4) * w;
    for (i32 i = 1; i <= t->radius; i++) {
      w = splat4(t->weight[i]);
      a = a + (load4(in + x - i) + load4(in + x + i)) * w;
      b = b + (load4(in + x + 4 - i) + load4(in + x + 4 + i)) * w;
    }
    store4(out + x, a);
    store4(out + x + 4, b);
  }
  for (; x < to->stride; x += 4) {
    f4 a = load4(in + x) * splat4(t->weight[0]);
    for (i32 i = 1; i <= t->radius; i++) {
      a = a + (load4(in + x - i) + load4(in + x + i)) * splat4(t->weight[i]);
    }
    store4(out + x, a);
  }
}

static void blur_row(const plane *in, plane *to, i32 y, const taps *t) {
  blur_down(in, y, t);
  blur_across(to, y, t);
}

/* Twice the size, by straight lines between pixel centres. */
static i32 double_size(const plane *in, plane *out) {
  i32 status = plane_raw(out, 2 * in->width, 2 * in->height);
  if (status) return status;
  for (i32 y = 0; y < out->height; y++) {
    i32 near = y >> 1, far = iclamp(y & 1 ? near + 1 : near - 1, 0, in->height - 1);
    const float *a = plane_row(in, near), *b = plane_row(in, far);
    float *row = pyramid.padded + MAX_RADIUS;
    for (i32 x = 0; x < in->stride; x += 4) {
      store4(row + x, load4(a + x) * splat4(0.75f) + load4(b + x) * splat4(0.25f));
    }
    row[-1] = row[0];
    row[in->width] = row[in->width - 1];
    float *to = plane_row(out, y);
    for (i32 x = 0; x < in->width; x++) {
      to[2 * x] = 0.75f * row[x] + 0.25f * row[x - 1];
      to[2 * x + 1] = 0.75f * row[x] + 0.25f * row[x + 1];
    }
  }
  return SD_OK;
}

/* Half the size: each pixel the mean of four. */
static void halve(const plane *in, plane *out) {
  for (i32 y = 0; y < out->height; y++) {
    const float *a = plane_row(in, 2 * y), *b = plane_row(in, 2 * y + 1);
    float *to = plane_row(out, y);
    for (i32 x = 0; x < out->width; x++) {
      to[x] = 0.25f * ((a[2 * x] + a[2 * x + 1]) + (b[2 * x] + b[2 * x + 1]));
    }
  }
}

static i32 make_octave(octave *o, i32 width, i32 height, float step) {
  o->step = step;
  o->blur = BASE_BLUR;
  o->lowest = 0;
  for (i32 i = 0; i < LEVELS; i++) {
    i32 status = plane_raw(&o->level[i], width, height);
    if (status) return status;
  }
  return SD_OK;
}

static float level_blur(const octave *o, i32 i) {
  return o->blur * exp1((float)i * (0.693147181f / (float)LAYERS));
}

static float blur_between(float have, float want) { return sqrt1(want * want - have * have); }

/* Blur the levels from `known` on, each from the one before; the first of all from `start`. Rows of all levels
 * go forward together, so that what a row needs is still in the cache. */
static void fill_octave(octave *o, i32 known, const plane *start, float have) {
  taps t[LEVELS];
  i32 lag[LEVELS], late = 0, height = o->level[0].height;
  for (i32 i = known; i < LEVELS; i++) {
    const float before = i == known && start ? have : level_blur(o, i - 1);
    t[i] = gaussian(blur_between(before, level_blur(o, i)));
    late += t[i].radius;
    lag[i] = late;
  }
  for (i32 y = 0; y < height + late; y++) {
    for (i32 i = known; i < LEVELS; i++) {
      i32 row = y - lag[i];
      if (row < 0 || row >= height) continue;
      blur_row(i == known && start ? start : &o->level[i - 1], &o->level[i], row, &t[i]);
    }
  }
}

static void first_octave(octave *o, const plane *start, i32 doubled, float have, float least_sigma) {
  if (doubled == 2) o->blur = 0.5f * BASE_BLUR;
  /* The smallest scale found with level 0 ends half a layer above level 1. */
  if (level_blur(o, 1) * o->step * exp1(0.5f * 0.693147181f / (float)LAYERS) <= least_sigma) o->lowest = 1;
  fill_octave(o, o->lowest, start, have);
}

static void next_octave(octave *o, i32 doubled) {
  if (doubled == 2 && pyramid.count == 1) {
    for (i32 i = 0; i < LEVELS - LAYERS; i++) o->level[i] = o[-1].level[i + LAYERS];
    fill_octave(o, LEVELS - LAYERS, 0, 0.0f);
    return;
  }
  halve(&o[-1].level[LAYERS], &o->level[0]);
  fill_octave(o, 1, 0, 0.0f);
}

i32 pyramid_build(const plane *base, i32 doubled, float least_sigma) {
  plane twice;
  const plane *start = base;
  float step = 1.0f, have = GIVEN_BLUR;
  i32 status;
  pyramid.count = 0;
  pyramid.padded = memory_take(((usize)base->stride * 2 + 8 + 2 * MAX_RADIUS) * 4);
  if (!pyramid.padded) return SD_NO_MEMORY;
  if (doubled == 1) {
    if ((status = double_size(base, &twice))) return status;
    start = &twice;
    step = 0.5f;
    have = 2.0f * GIVEN_BLUR;
  }
  i32 width = start->width, height = start->height;
  while (pyramid.count < MAX_OCTAVES && imin(width, height) >= SMALLEST) {
    octave *o = &pyramid.octaves[pyramid.count];
    if ((status = make_octave(o, width, height, step))) return status;
    if (pyramid.count == 0) first_octave(o, start, doubled, have, least_sigma);
    else next_octave(o, doubled);
    pyramid.count += 1;
    if (doubled == 2 && pyramid.count == 1) continue;
    width /= 2;
    height /= 2;
    step *= 2.0f;
  }
  return SD_OK;
}

i32 pyramid_octaves(void) { return pyramid.count; }
const octave *pyramid_octave(i32 i) { return &pyramid.octaves[i]; }
