/* Orientation, descriptor, hash and packed geometry of a point.
 *
 * Source: Lowe (2004), sections 5 and 6, on a turned 22 x 22 patch instead of single pixels; square roots
 * after Arandjelovic and Zisserman, "Three things everyone should know to improve object retrieval" (2012).
 */
#include "points.h"
#include "projection.h"

enum { TURNS = 36, PER_BIN = 4, SAMPLES = PER_BIN * (BINS_SIDE + 1), PATCH = SAMPLES + 2 };

static void smooth_turns(float h[TURNS]) {
  float t[TURNS];
  for (i32 i = 0; i < TURNS; i++) {
    float near = h[(i + 1) % TURNS] + h[(i + TURNS - 1) % TURNS];
    float far = h[(i + 2) % TURNS] + h[(i + TURNS - 2) % TURNS];
    t[i] = 0.375f * h[i] + (0.25f * near + 0.0625f * far);
  }
  __builtin_memcpy(h, t, sizeof t);
}

/* Histogram of gradient directions around the point, by soft bins. */
static void turn_histogram(const point *p, float h[TURNS]) {
  const octave *o = pyramid_octave(p->octave);
  const plane *level = &o->level[p->level];
  float cx = octave_place(p->x, o->step), cy = octave_place(p->y, o->step);
  float sigma = 1.5f * p->sigma / o->step, radius = 3.0f * sigma;
  float falloff = -0.5f / (sigma * sigma);
  i32 x0 = imax(1, floor1(cx - radius) + 1), x1 = imin(level->width - 2, floor1(cx + radius));
  i32 y0 = imax(1, floor1(cy - radius) + 1), y1 = imin(level->height - 2, floor1(cy + radius));
  for (i32 i = 0; i < TURNS; i++) h[i] = 0.0f;
  for (i32 y = y0; y <= y1; y++) {
    const float *row = plane_row(level, y), *up = plane_row(level, y - 1), *down = plane_row(level, y + 1);
    for (i32 x = x0; x <= x1; x++) {
      float rx = (float)x - cx, ry = (float)y - cy, far = rx * rx + ry * ry;
      if (far > radius * radius) continue;
      float dx = row[x + 1] - row[x - 1], dy = down[x] - up[x];
      float weight = sqrt1(dx * dx + dy * dy) * exp1(far * falloff);
      float turn = atan2_1(dy, dx) * ((float)TURNS / (2.0f * PI_F));
      i32 bin = (i32)turn;
      float part = turn - (float)bin;
      h[bin % TURNS] += weight * (1.0f - part);
      h[(bin + 1) % TURNS] += weight * part;
    }
  }
  smooth_turns(h);
  smooth_turns(h);
}

i32 point_angles(const point *p, float *angles, i32 most) {
  float h[TURNS], strongest = 0.0f;
  turn_histogram(p, h);
  for (i32 i = 0; i < TURNS; i++) strongest = h[i] > strongest ? h[i] : strongest;
  if (!(strongest > 0.0f)) return 0;
  i32 count = 0;
  float floor_share = strongest;
  for (i32 round = 0; round < 2; round++) {
    for (i32 i = 0; i < TURNS && count < most; i++) {
      float left = h[(i + TURNS - 1) % TURNS], v = h[i], right = h[(i + 1) % TURNS];
      if (!(v > left && v >= right) || v < floor_share || (round == 1 && v == strongest)) continue;
      float turn = (float)i + 0.5f * (left - right) / ((left + right) - 2.0f * v);
      float angle = turn * (2.0f * PI_F / (float)TURNS);
      if (angle < 0.0f) angle = angle + 2.0f * PI_F;
      if (angle >= 2.0f * PI_F) angle = angle - 2.0f * PI_F;
      angles[count++] = angle;
    }
    floor_share = tuned.peak * strongest;
  }
  return count;
}

/* Brightness on a turned grid of PATCH x PATCH places around the point. */
static void take_patch(const point *p, float patch[PATCH][PATCH]) {
  const octave *o = pyramid_octave(p->octave);
  const plane *level = &o->level[p->level];
  float cx = octave_place(p->x, o->step), cy = octave_place(p->y, o->step);
  float pitch = tuned.bin_width * p->sigma / o->step / (float)PER_BIN, s, c;
  float right = (float)(level->width - 1), bottom = (float)(level->height - 1);
  sincos1(p->angle, &s, &c);
  s = s * pitch;
  c = c * pitch;
  for (i32 j = 0; j < PATCH; j++) {
    float v = (float)j - 0.5f * (float)(PATCH - 1);
    for (i32 i = 0; i < PATCH; i++) {
      float u = (float)i - 0.5f * (float)(PATCH - 1);
      float x = fclamp(cx + (u * c - v * s), 0.0f, right);
      float y = fclamp(cy + (u * s + v * c), 0.0f, bottom);
      i32 xi = imin((i32)x, imax(level->width - 2, 0)), yi = imin((i32)y, imax(level->height - 2, 0));
      float fx = x - (float)xi, fy = y - (float)yi;
      const float *a = plane_row(level, yi) + xi, *b = a + level->stride;
      float above = a[0] + (a[1] - a[0]) * fx, below = b[0] + (b[1] - b[0]) * fx;
      patch[j][i] = above + (below - above) * fy;
    }
  }
}

static void add_bins(float *to, const float *from, float weight) {
  f4 w = splat4(weight);
  for (i32 i = 0; i < BINS_SIDE * BINS_TURN; i += 4) store4(to + i, load4(to + i) + load4(from + i) * w);
}

/* Position of sample i along a side, in bins from the first bin's centre. */
static float bin_place(i32 i) {
  return ((float)i - 0.5f * (float)(SAMPLES - 1)) / (float)PER_BIN + 0.5f * (float)(BINS_SIDE - 1);
}

/* Gradients of the patch summed into 4 x 4 places and 8 directions, shared between neighbours. */
static void gather(float patch[PATCH][PATCH], float bins[BINS]) {
  static float fall[SAMPLES];
  for (i32 i = 0; i < SAMPLES; i++) {
    float d = bin_place(i) - 0.5f * (float)(BINS_SIDE - 1);
    fall[i] = exp1(-d * d * (2.0f / (float)(BINS_SIDE * BINS_SIDE)));
  }
  for (i32 j = 0; j < SAMPLES; j++) {
    float line[(BINS_SIDE + 2) * BINS_TURN];
    __builtin_memset(line, 0, sizeof line);
    for (i32 i = 0; i < SAMPLES; i++) {
      float dx = patch[j + 1][i + 2] - patch[j + 1][i], dy = patch[j + 2][i + 1] - patch[j][i + 1];
      float weight = sqrt1(dx * dx + dy * dy) * (fall[i] * fall[j]);
      float turn = atan2_1(dy, dx) * ((float)BINS_TURN / (2.0f * PI_F));
      i32 t = (i32)turn;
      float part = turn - (float)t, place = bin_place(i) + 1.0f;
      i32 column = (i32)place, next = (t + 1) & (BINS_TURN - 1);
      float share = place - (float)column;
      t &= BINS_TURN - 1;
      float *near = line + column * BINS_TURN, *far = near + BINS_TURN;
      float wn = weight * (1.0f - share), wf = weight * share;
      near[t] += wn * (1.0f - part);
      near[next] += wn * part;
      far[t] += wf * (1.0f - part);
      far[next] += wf * part;
    }
    float place = bin_place(j) + 1.0f;
    i32 row = (i32)place;
    float share = place - (float)row;
    const float *inside = line + BINS_TURN;
    if (row >= 1) add_bins(bins + (row - 1) * BINS_SIDE * BINS_TURN, inside, 1.0f - share);
    if (row < BINS_SIDE) add_bins(bins + row * BINS_SIDE * BINS_TURN, inside, share);
  }
}

void point_describe(const point *p, i16 out[BINS]) {
  float patch[PATCH][PATCH], bins[BINS], energy = 1e-12f, sum = 1e-12f;
  __builtin_memset(bins, 0, sizeof bins);
  take_patch(p, patch);
  gather(patch, bins);
  for (i32 i = 0; i < BINS; i++) energy = energy + bins[i] * bins[i];
  float most = 0.2f * sqrt1(energy);
  for (i32 i = 0; i < BINS; i++) {
    bins[i] = bins[i] < most ? bins[i] : most;
    sum = sum + bins[i];
  }
  for (i32 i = 0; i < BINS; i++) out[i] = (i16)(sqrt1(bins[i] / sum) * 4096.0f + 0.5f);
}

/* Bin i of the mirrored patch: the other row, the opposite turn. */
static i32 mirrored_bin(i32 i) {
  i32 row = i / (BINS_SIDE * BINS_TURN), column = i / BINS_TURN % BINS_SIDE, turn = i % BINS_TURN;
  return ((BINS_SIDE - 1 - row) * BINS_SIDE + column) * BINS_TURN + (BINS_TURN - turn) % BINS_TURN;
}

static i32 dot(const i8 *weights, const i16 *bins) {
  i32 sum = 0;
  for (i32 i = 0; i < BINS; i++) sum += (i32)weights[i] * (i32)bins[i];
  return sum;
}

void point_hash(const i16 bins[BINS], u8 bits[HASH_BYTES]) {
  i16 mirrored[BINS];
  for (i32 i = 0; i < BINS; i++) mirrored[i] = bins[mirrored_bin(i)];
  __builtin_memset(bits, 0, HASH_BYTES);
  for (i32 k = 0; k < PROJECTION_PAIRS; k++) {
    const i8 *weights = projection_weights[k];
    i32 at = 2 * k, offset = projection_offsets[k];
    if (dot(weights, bins) > offset) bits[at >> 3] |= (u8)(0x80 >> (at & 7));
    at += 1;
    if (dot(weights, mirrored) > offset) bits[at >> 3] |= (u8)(0x80 >> (at & 7));
  }
}

u32 point_geometry(const point *p, const plane *picture) {
  u32 x = (u32)iclamp(floor1((p->x + 0.5f) * 1024.0f / (float)picture->width), 0, 1023);
  u32 y = (u32)iclamp(floor1((p->y + 0.5f) * 1024.0f / (float)picture->height), 0, 1023);
  float octaves = log2_1(p->sigma / BASE_BLUR);
  u32 scale = (u32)iclamp(floor1(octaves * 4.0f + 0.5f), 0, 31);
  u32 angle = (u32)floor1(p->angle * (128.0f / (2.0f * PI_F)) + 0.5f) & 127u;
  return x | y << 10 | scale << 20 | angle << 25;
}
