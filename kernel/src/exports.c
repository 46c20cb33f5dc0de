/* The calls that hosts make: begin, push strips of rows, finish, read results from memory.
 *
 * One picture at a time. Every address is valid from the call that gives it until the next begin;
 * the host looks up the memory anew after begin and finish, since it may have grown and moved.
 */
#include "grid.h"
#include "points.h"

enum { WANT_PDQ = 1, WANT_WINDOWS = 2, MAX_SIDE = 20000, MAX_FULL_SIDE = 200000, STRIP_BYTES = 1 << 18, SLACK = 16 };

static struct {
  i32 width, height, channels, wanted, reduced;
  i32 row;         /* rows taken */
  i32 strip_rows;  /* rows that fit into the strip, a multiple of GROUP */
  u8 *strip;
  column8 *group;
  i32 ready;       /* 1 between begin and finish, 2 after finish */
  i32 count;
  point *points;
  i16 *bins;
  u8 grid[GRID_SIDE * GRID_SIDE];
} run;

/* Four pixels of brightness. 299 r + 587 g + 114 b is exact in float; one division rounds it. */
static inline f4 luma4(const u8 *p, i32 channels) {
  const b16 zero = {0};
  b16 raw = *(const b16_any *)p;
  if (channels == 1) {
    b16 v = __builtin_shufflevector(raw, zero, 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 3, 16, 16, 16);
    return __builtin_convertvector((i4)v, f4);
  }
  b16 r, g, b;
  if (channels == 3) {
    r = __builtin_shufflevector(raw, zero, 0, 16, 16, 16, 3, 16, 16, 16, 6, 16, 16, 16, 9, 16, 16, 16);
    g = __builtin_shufflevector(raw, zero, 1, 16, 16, 16, 4, 16, 16, 16, 7, 16, 16, 16, 10, 16, 16, 16);
    b = __builtin_shufflevector(raw, zero, 2, 16, 16, 16, 5, 16, 16, 16, 8, 16, 16, 16, 11, 16, 16, 16);
  } else {
    r = __builtin_shufflevector(raw, zero, 0, 16, 16, 16, 4, 16, 16, 16, 8, 16, 16, 16, 12, 16, 16, 16);
    g = __builtin_shufflevector(raw, zero, 1, 16, 16, 16, 5, 16, 16, 16, 9, 16, 16, 16, 13, 16, 16, 16);
    b = __builtin_shufflevector(raw, zero, 2, 16, 16, 16, 6, 16, 16, 16, 10, 16, 16, 16, 14, 16, 16, 16);
  }
  i4 sum = (i4)r * 299 + (i4)g * 587 + (i4)b * 114;
  return __builtin_convertvector(sum, f4) / splat4(1000.0f);
}

/* Brightness of eight rows, column by column. Missing rows repeat the last. */
static void group_luma(const u8 *rows, i32 count, i32 channels) {
  const u8 *row[GROUP];
  for (i32 r = 0; r < GROUP; r++) row[r] = rows + (usize)imin(r, count - 1) * (usize)(run.width * channels);
  for (i32 x = 0; x < run.width; x += 4) {
    f4 a[4], b[4];
    for (i32 r = 0; r < 4; r++) {
      a[r] = luma4(row[r] + x * channels, channels);
      b[r] = luma4(row[r + 4] + x * channels, channels);
    }
    transpose4(a);
    transpose4(b);
    for (i32 i = 0; i < 4; i++) run.group[x + i] = (column8){a[i], b[i]};
  }
}

static i32 is_bad_shape(i32 width, i32 height, i32 channels, i32 wanted) {
  if (width < 1 || height < 1 || wanted < 1 || wanted > 3) return 1;
  return channels != 1 && channels != 3 && channels != 4;
}

static i32 make_room(i32 width, i32 channels) {
  i32 row_bytes = width * channels;
  run.strip_rows = iclamp(STRIP_BYTES / row_bytes / GROUP, 1, 512) * GROUP;
  run.strip = memory_take((usize)run.strip_rows * (usize)row_bytes + SLACK + 16);
  run.group = memory_take((usize)((width + 3) & ~3) * sizeof(column8));
  return run.strip && run.group ? SD_OK : SD_NO_MEMORY;
}

/* Start a picture that was reduced from full_width x full_height. wanted: 1 for pdq, 2 for windows, 3 for
 * both. cut_left, cut_top: see pdq.h. */
i32 EXPORT(sd_begin_reduced)(i32 width, i32 height, i32 channels, i32 wanted, i32 full_width,
                             i32 full_height, i32 cut_left, i32 cut_top) {
  run.ready = run.count = run.row = 0;
  if (is_bad_shape(width, height, channels, wanted)) return SD_BAD_SHAPE;
  if (full_width < width || full_height < height) return SD_BAD_SHAPE;
  if (width > MAX_SIDE || height > MAX_SIDE) return SD_TOO_LARGE;
  if (full_width > MAX_FULL_SIDE || full_height > MAX_FULL_SIDE) return SD_TOO_LARGE;
  memory_reset();
  run.width = width;
  run.height = height;
  run.channels = channels;
  run.wanted = wanted;
  run.reduced = full_width != width || full_height != height;
  i32 status = make_room(width, channels);
  if (!status && wanted & WANT_PDQ) {
    status = run.reduced
                 ? reduced_begin(width, height, full_width, full_height, cut_left, cut_top)
                 : pdq_begin(width, height);
  }
  if (!status && wanted & WANT_WINDOWS) status = working_begin(width, height);
  run.ready = status == SD_OK;
  return status;
}

/* Start a picture at its full size. */
i32 EXPORT(sd_begin)(i32 width, i32 height, i32 channels, i32 wanted) {
  return sd_begin_reduced(width, height, channels, wanted, width, height, 0, 0);
}

u8 *EXPORT(sd_strip)(void) { return run.strip; }
i32 EXPORT(sd_strip_rows)(void) { return run.strip_rows; }

/* Take the rows that the host has written to the strip: all that fit, or all that are left. */
i32 EXPORT(sd_push)(i32 rows) {
  if (run.ready != 1) return SD_OUT_OF_ORDER;
  if (rows < 1 || rows > run.strip_rows || rows > run.height - run.row) return SD_BAD_SHAPE;
  if (rows % GROUP && rows != run.height - run.row) return SD_BAD_SHAPE;
  for (i32 r = 0; r < rows; r += GROUP) {
    i32 n = imin(GROUP, rows - r);
    group_luma(run.strip + (usize)r * (usize)(run.width * run.channels), n, run.channels);
    if (run.wanted & WANT_PDQ) {
      if (run.reduced) reduced_push(run.group, n);
      else pdq_push(run.group, n);
    }
    if (run.wanted & WANT_WINDOWS) working_push(run.group, n);
  }
  run.row += rows;
  return SD_OK;
}

static void add_points(const point *from, const plane *picture) {
  enum { MOST = 4 };
  float angles[MOST];
  i32 n = point_angles(from, angles, imin(MOST, tuned.max_points - run.count));
  for (i32 i = 0; i < n; i++) {
    point *p = &run.points[run.count];
    i16 *bins = run.bins + (usize)run.count * BINS;
    *p = *from;
    p->angle = angles[i];
    p->geometry = point_geometry(p, picture);
    point_describe(p, bins);
    point_hash(bins, p->bits);
    run.count += 1;
  }
}

static i32 finish_windows(void) {
  i32 status = working_finish();
  if (status) return status;
  const plane *picture = working_copy();
  grid_fill(picture, run.grid);
  usize most = (usize)tuned.max_points;
  run.points = memory_take(most * sizeof(point) + 1);
  run.bins = memory_take(most * BINS * sizeof(i16) + 1);
  if (!run.points || !run.bins) return SD_NO_MEMORY;
  if ((status = pyramid_build(picture, tuned.doubled, tuned.least_sigma))) return status;
  if ((status = extrema_find(picture->width * picture->height))) return status;
  u8 *chosen;
  point *points = extrema_points();
  i32 count = extrema_count();
  if ((status = points_choose(points, count, picture, &chosen))) return status;
  for (i32 i = 0; i < count && run.count < tuned.max_points; i++) {
    if (chosen[i]) add_points(&points[i], picture);
  }
  return SD_OK;
}

/* End the picture: results are ready when this gives 0. */
i32 EXPORT(sd_finish)(void) {
  if (run.ready != 1 || run.row != run.height) return SD_OUT_OF_ORDER;
  if (run.wanted & WANT_PDQ) {
    if (run.reduced) reduced_finish();
    else pdq_finish();
  }
  i32 status = run.wanted & WANT_WINDOWS ? finish_windows() : SD_OK;
  run.ready = status ? 0 : 2;
  return status;
}

const u8 *EXPORT(sd_pdq)(void) { return pdq_hash(); }
i32 EXPORT(sd_quality)(void) { return pdq_quality(); }
i32 EXPORT(sd_count)(void) { return run.ready == 2 ? run.count : 0; }
i32 EXPORT(sd_found)(void) { return extrema_count(); }
const point *EXPORT(sd_points)(void) { return run.points; }
const i16 *EXPORT(sd_bins)(void) { return run.bins; }
const u8 *EXPORT(sd_grid)(void) { return run.grid; }
i32 EXPORT(sd_working_width)(void) { return working_copy()->width; }
i32 EXPORT(sd_working_height)(void) { return working_copy()->height; }
i32 EXPORT(sd_working_stride)(void) { return working_copy()->stride; }
const float *EXPORT(sd_working)(void) { return working_copy()->at; }

/* Change one setting; the numbers are the order of the fields. Returns a status. */
i32 EXPORT(sd_set)(i32 number, float value) {
  switch (number) {
    case 0: tuned.max_points = iclamp((i32)value, 0, 4096); break;
    case 1: tuned.doubled = (i32)value; break;
    case 2: tuned.contrast = value; break;
    case 3: tuned.edge = value; break;
    case 4: tuned.size_power = value; break;
    case 5: tuned.quota_side = (i32)value; break;
    case 6: tuned.quota_share = value; break;
    case 7: tuned.peak = value; break;
    case 8: tuned.least_sigma = value; break;
    case 9: tuned.bin_width = value; break;
    case 10: tuned.apart = value; break;
    default: return SD_BAD_SHAPE;
  }
  return SD_OK;
}
