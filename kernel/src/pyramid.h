/* Gaussian pyramid of the working copy. */
#ifndef SD_PYRAMID_H
#define SD_PYRAMID_H
#include "working.h"

enum { MAX_OCTAVES = 8, LAYERS = 3, LEVELS = LAYERS + 3 };

/* One octave: six blurred planes; pixel p of it lies at (p + 0.5) * step - 0.5 of the working copy. */
typedef struct {
  plane level[LEVELS];
  float step;
} octave;

#define BASE_BLUR 1.6f  /* blur of the first level of an octave, in its pixels */
#define GIVEN_BLUR 0.5f /* blur that a picture is taken to have */

/* Build octaves from the working copy; doubled adds one at twice its size. Returns a status. */
i32 pyramid_build(const plane *base, i32 doubled);
i32 pyramid_octaves(void);
const octave *pyramid_octave(i32 i);

#endif
