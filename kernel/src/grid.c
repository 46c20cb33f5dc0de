/* The 16 x 16 map of a picture: five bits of mean brightness, three of texture a cell.
 *
 * Texture is 0..6 by the mean difference between neighbours, or 7 where the cell looks drawn (a sticker, a
 * text plate): more than half of it flat, yet with sharp edges.
 */
#include "grid.h"

static i32 cell_edge(i32 i, i32 side) { return i * side / GRID_SIDE; }

/* Texture steps: mean of the two neighbour differences below these many grey levels. */
static const float steps[6] = {0.75f, 1.5f, 3.0f, 5.0f, 8.0f, 12.0f};

enum { DRAWN = 7, LEAST_DRAWN = 3 };
#define FLAT 2.0f /* a pixel is flat when its two differences together are at most this */

static u8 cell(const plane *p, i32 x0, i32 x1, i32 y0, i32 y1) {
  float sum = 0.0f, change = 0.0f;
  i32 flat = 0;
  for (i32 y = y0; y < y1; y++) {
    const float *row = plane_row(p, y), *next = plane_row(p, imin(y + 1, p->height - 1));
    float line = 0.0f, line_change = 0.0f;
    for (i32 x = x0; x < x1; x++) {
      float v = row[x], right = row[imin(x + 1, p->width - 1)];
      line = line + v;
      float differences = fabs1(right - v) + fabs1(next[x] - v);
      line_change = line_change + differences;
      flat += differences <= FLAT;
    }
    sum = sum + line;
    change = change + line_change;
  }
  float pixels = (float)((x1 - x0) * (y1 - y0));
  u32 mean = (u32)iclamp(floor1(sum / pixels * 0.125f), 0, 31), texture = 0;
  while (texture < 6 && change / pixels >= 2.0f * steps[texture]) texture += 1;
  if (texture >= LEAST_DRAWN && 2 * flat > (x1 - x0) * (y1 - y0)) texture = DRAWN;
  return (u8)(mean << 3 | texture);
}

void grid_fill(const plane *p, u8 out[GRID_SIDE * GRID_SIDE]) {
  for (i32 j = 0; j < GRID_SIDE; j++) {
    i32 y0 = cell_edge(j, p->height), y1 = imax(y0 + 1, cell_edge(j + 1, p->height));
    for (i32 i = 0; i < GRID_SIDE; i++) {
      i32 x0 = cell_edge(i, p->width), x1 = imax(x0 + 1, cell_edge(i + 1, p->width));
      out[j * GRID_SIDE + i] = cell(p, x0, x1, y0, y1);
    }
  }
}
