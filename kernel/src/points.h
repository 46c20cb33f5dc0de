/* Keypoints: found in the pyramid, chosen, turned, described. */
#ifndef SD_POINTS_H
#define SD_POINTS_H
#include "pyramid.h"

enum { BINS_SIDE = 4, BINS_TURN = 8, BINS = BINS_SIDE * BINS_SIDE * BINS_TURN };

/* Layout shared with the hosts: 17 words. */
typedef struct {
  float x, y;      /* working pixels; pixel centres at whole numbers */
  float sigma;     /* working pixels */
  float angle;     /* radians, clockwise on screen, 0 <= angle < 2 pi */
  float response;  /* contrast in grey levels, without sign */
  float rank;
  i32 octave, level;
  u32 geometry;    /* packed as types/windows.py says */
  u8 bits[HASH_BYTES];
} point;

/* Settings that hosts may change for experiments; the defaults define windows/1. */
typedef struct {
  i32 max_points;
  i32 doubled;         /* 1: start at twice the size */
  float contrast;      /* least contrast of a point, grey levels */
  float edge;          /* largest ratio of the principal curvatures */
  float size_power;    /* rank is response * sigma to this power */
  i32 quota_side;      /* the picture is cut into so many cells a side */
  float quota_share;   /* a cell may hold this many times its even share */
  float peak;          /* other orientations from this share of the strongest; above 1: none */
  float least_sigma;   /* smaller points are left out, working pixels */
  float bin_width;     /* of the descriptor, in sigmas */
  float apart;         /* points closer than this many sigmas of a stronger like-sized one go */
} settings;

extern settings tuned;

i32 extrema_find(i32 working_pixels);
point *extrema_points(void);
i32 extrema_count(void);

/* Reorder points strongest first and mark the chosen; returns a status. */
i32 points_choose(point *points, i32 count, const plane *picture, u8 **chosen);

/* Up to `most` orientations of a point, strongest first; returns how many. */
i32 point_angles(const point *p, float *angles, i32 most);

/* The 128 bins of a point as 16-bit numbers, 0..4096. */
void point_describe(const point *p, i16 bins[BINS]);
void point_hash(const i16 bins[BINS], u8 bits[HASH_BYTES]);
u32 point_geometry(const point *p, const plane *picture);

/* Position of a point in the pixels of its octave. */
static inline float octave_place(float v, float step) { return (v + 0.5f) / step - 0.5f; }

#endif
