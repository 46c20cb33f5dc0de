/* Runs the kernel natively for checkers: draws pictures of many sizes, prints what comes out. */
#include <stdio.h>
#include <string.h>

#include "src/points.h"

i32 sd_begin_reduced(i32, i32, i32, i32, i32, i32, i32, i32);
u8 *sd_strip(void);
i32 sd_strip_rows(void);
i32 sd_push(i32 rows);
i32 sd_finish(void);
const u8 *sd_pdq(void);
i32 sd_quality(void);
i32 sd_count(void);
const point *sd_points(void);

static u32 state;
static u32 next(void) { return state = state * 1664525u + 1013904223u; }

/* The picture of tests/vectors: a ramp under rectangles; the same in Python and JavaScript. */
static void draw(u8 *out, i32 w, i32 h, i32 channels, u32 seed) {
  for (i32 y = 0; y < h; y++) {
    for (i32 x = 0; x < w; x++) {
      for (i32 c = 0; c < channels; c++) {
        out[((usize)y * (usize)w + (usize)x) * (usize)channels + (usize)c] = (u8)((x * 3 + y * 2 + c * 40) & 255);
      }
    }
  }
  state = seed;
  for (i32 n = 0; n < 80; n++) {
    i32 x0 = (i32)((next() >> 8) % (u32)w), y0 = (i32)((next() >> 8) % (u32)h);
    i32 x1 = imin(w, x0 + 4 + (i32)((next() >> 8) % (u32)(w / 5 + 1)));
    i32 y1 = imin(h, y0 + 4 + (i32)((next() >> 8) % (u32)(h / 5 + 1)));
    u32 colour = next();
    for (i32 y = y0; y < y1; y++) {
      for (i32 x = x0; x < x1; x++) {
        for (i32 c = 0; c < channels; c++) {
          out[((usize)y * (usize)w + (usize)x) * (usize)channels + (usize)c] = (u8)(colour >> (8 * c));
        }
      }
    }
  }
}

static i32 show(i32 w, i32 h, i32 channels, i32 scale, u32 seed) {
  static u8 pixels[1024 * 1024 * 4];
  draw(pixels, w, h, channels, seed);
  i32 status = sd_begin_reduced(w, h, channels, 3, w * scale, h * scale, 0, 0);
  for (i32 y = 0; !status && y < h; y += sd_strip_rows()) {
    i32 rows = imin(sd_strip_rows(), h - y);
    usize row = (usize)w * (usize)channels;
    memcpy(sd_strip(), pixels + (usize)y * row, (usize)rows * row);
    status = sd_push(rows);
  }
  if (!status) status = sd_finish();
  printf("%d %d %d %d %u status %d pdq ", w, h, channels, scale, seed, status);
  for (i32 i = 0; i < HASH_BYTES; i++) printf("%02x", sd_pdq()[i]);
  u32 sum = 0;
  for (i32 i = 0; i < sd_count(); i++) {
    const point *p = sd_points() + i;
    sum = sum * 31u + p->geometry;
    for (i32 k = 0; k < HASH_BYTES; k++) sum = sum * 31u + p->bits[k];
  }
  printf(" quality %d points %d sum %08x\n", sd_quality(), sd_count(), sum);
  return status;
}

int main(void) {
  static const i32 sizes[][2] = {{1, 1},   {2, 3},     {5, 5},    {7, 400}, {400, 7},   {16, 16},
                                 {64, 64}, {63, 65},   {128, 9},  {333, 250}, {384, 384}, {385, 100},
                                 {500, 375}, {640, 480}, {1000, 11}, {767, 1021}};
  i32 failed = 0;
  for (usize i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    failed |= show(sizes[i][0], sizes[i][1], 1, 1, (u32)i + 1);
    failed |= show(sizes[i][0], sizes[i][1], 3, 1, (u32)i + 2);
    failed |= show(sizes[i][0], sizes[i][1], 4, 4, (u32)i + 3);
  }
  memory_reset();
  return failed;
}
