/* The coarse map of a picture. */
#ifndef SD_GRID_H
#define SD_GRID_H
#include "working.h"

enum { GRID_SIDE = 16 };

void grid_fill(const plane *picture, u8 out[GRID_SIDE * GRID_SIDE]);

#endif
