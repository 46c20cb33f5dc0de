/* Gaussian pyramid of the working copy. */
#ifndef SD_PYRAMID_H
#define SD_PYRAMID_H
#include "working.h"

enum { MAX_OCTAVES = 8, LAYERS = 3, LEVELS = LAYERS + 3 };

/* One octave: six blurred planes; pixel p of it lies at (p + 0.5) * step - 0.5 of the working copy. */
typedef struct {
  plane level[LEVELS];
  float step; /* working pixels a pixel */
  float blur; /* of the first level, in its pixels */
  i32 lowest; /* the first level that is there */
} octave;

#define BASE_BLUR 1.6f  /* blur of the first level of an octave, in its pixels */
#define GIVEN_BLUR 0.5f /* blur that a picture is taken to have */

/* Build octaves from the working copy. doubled: 1 adds one at twice its size, 2 one of half the blur. Points
 * below least_sigma will not be asked for. Returns a status. */
i32 pyramid_build(const plane *base, i32 doubled, float least_sigma);
i32 pyramid_octaves(void);
const octave *pyramid_octave(i32 i);

#endif
