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
i32 pdq_quality(void);

#endif
