/* The projection of 128 bins to 256 signs; the numbers are made by kernel/fit/fit.py. */
#ifndef SD_PROJECTION_H
#define SD_PROJECTION_H
#include "base.h"

enum { PROJECTION_PAIRS = 128 };

extern const i8 projection_weights[PROJECTION_PAIRS][128];
extern const i32 projection_offsets[PROJECTION_PAIRS];

#endif
