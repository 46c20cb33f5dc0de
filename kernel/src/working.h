/* The working copy: brightness with its longer side at 384 pixels. */
#ifndef SD_WORKING_H
#define SD_WORKING_H
#include "pdq.h"

enum { WORKING_SIDE = 384 };

typedef struct {
  i32 width, height, stride; /* stride in floats, a multiple of 4 */
  float *at;
} plane;

/* A plane of zeros, and one of anything. */
i32 plane_make(plane *p, i32 width, i32 height);
i32 plane_raw(plane *p, i32 width, i32 height);
static inline float *plane_row(const plane *p, i32 y) { return p->at + (usize)y * (usize)p->stride; }

i32 working_begin(i32 width, i32 height);
i32 working_push(const column8 *columns, i32 rows);
i32 working_finish(void);
const plane *working_copy(void);

#endif
