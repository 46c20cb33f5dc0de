/* PDQ of a picture whose brightness arrives in groups of eight rows. */
#ifndef SD_PDQ_H
#define SD_PDQ_H
#include "base.h"

enum { GROUP = 8, PDQ_SIDE = 64, DCT_SIDE = 16, HASH_BYTES = 32 };

/* One column of a group: the same column of eight rows. */
typedef struct {
  f4 a, b;
} column8;

i32 pdq_begin(i32 width, i32 height);
void pdq_push(const column8 *columns, i32 rows);
void pdq_finish(void);
const u8 *pdq_hash(void);
/* The last step alone: hash and quality of 64 x 64 filtered samples. */
void pdq_hash_small(float small[PDQ_SIDE][PDQ_SIDE]);
i32 pdq_quality(void);

/* The same for a picture of reduced size. cut_left: the first column stands for fewer full pixels than the
 * others, not the last one, because the picture was turned or mirrored after it was reduced. */
i32 reduced_begin(i32 width, i32 height, i32 full_width, i32 full_height, i32 cut_left, i32 cut_top);
void reduced_push(const column8 *columns, i32 rows);
void reduced_finish(void);

#endif
