/* Which points to keep: the strongest, spread over the picture. */
#include "points.h"

enum { MAX_QUOTA_SIDE = 16 };

static i32 before(const point *a, const point *b) {
  if (a->rank != b->rank) return a->rank > b->rank;
  if (a->y != b->y) return a->y < b->y;
  return a->x < b->x;
}

/* Heap sort: no recursion, no worst case. */
static void sift(point *p, i32 i, i32 n) {
  point moved = p[i];
  for (;;) {
    i32 child = 2 * i + 1;
    if (child >= n) break;
    if (child + 1 < n && before(&p[child], &p[child + 1])) child += 1;
    if (!before(&moved, &p[child])) break;
    p[i] = p[child];
    i = child;
  }
  p[i] = moved;
}

static void sort_points(point *p, i32 n) {
  for (i32 i = n / 2 - 1; i >= 0; i--) sift(p, i, n);
  for (i32 end = n - 1; end > 0; end--) {
    point t = p[0];
    p[0] = p[end];
    p[end] = t;
    sift(p, 0, end);
  }
}

/* Whether a chosen point of like size lies almost at the same place. */
static i32 is_repeat(const point *points, const u8 *chosen, i32 n) {
  const point *p = &points[n];
  for (i32 i = 0; i < n; i++) {
    const point *q = &points[i];
    if (!chosen[i] || q->sigma > 1.6f * p->sigma || p->sigma > 1.6f * q->sigma) continue;
    float dx = p->x - q->x, dy = p->y - q->y, near = tuned.apart * p->sigma;
    if (dx * dx + dy * dy < near * near) return 1;
  }
  return 0;
}

static i32 cell_of(const point *p, const plane *picture, i32 side) {
  i32 cx = (i32)((p->x + 0.5f) * (float)side / (float)picture->width);
  i32 cy = (i32)((p->y + 0.5f) * (float)side / (float)picture->height);
  return iclamp(cy, 0, side - 1) * side + iclamp(cx, 0, side - 1);
}

i32 points_choose(point *points, i32 count, const plane *picture, u8 **chosen) {
  u8 *mark = memory_take((usize)count + 1);
  *chosen = mark;
  if (!mark) return SD_NO_MEMORY;
  sort_points(points, count);
  i32 side = iclamp(tuned.quota_side, 1, MAX_QUOTA_SIDE), left = tuned.max_points;
  i32 held[MAX_QUOTA_SIDE * MAX_QUOTA_SIDE];
  __builtin_memset(held, 0, sizeof held);
  i32 quota = (i32)(tuned.quota_share * (float)tuned.max_points / (float)(side * side)) + 1;
  for (i32 i = 0; i < count && left > 0; i++) {
    i32 cell = cell_of(&points[i], picture, side);
    if (held[cell] >= quota || is_repeat(points, mark, i)) continue;
    held[cell] += 1;
    mark[i] = 1;
    left -= 1;
  }
  for (i32 i = 0; i < count && left > 0; i++) {
    if (mark[i] || is_repeat(points, mark, i)) continue;
    mark[i] = 1;
    left -= 1;
  }
  return SD_OK;
}
