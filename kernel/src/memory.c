/* Memory of one picture: a bump allocator over the module's memory, which grows only when needed.
 * In a native build every piece is its own calloc, so that checkers see every overrun.
 */
#include "base.h"

#ifdef __wasm__

extern u8 __heap_base;
static usize top;

void memory_reset(void) { top = ((usize)&__heap_base + 15u) & ~(usize)15; }

void *memory_raw(usize bytes) {
  usize size = (bytes + 15u) & ~(usize)15;
  usize have = (usize)__builtin_wasm_memory_size(0) << 16;
  if (size < bytes || size > 0xF0000000u - top) return 0;
  if (top + size > have) {
    usize pages = (top + size - have + 65535u) >> 16;
    if (__builtin_wasm_memory_grow(0, pages) == (usize)-1) return 0;
  }
  void *piece = (void *)top;
  top += size;
  return piece;
}

void *memory_take(usize bytes) {
  void *piece = memory_raw(bytes);
  if (piece) __builtin_memset(piece, 0, bytes);
  return piece;
}

#else

#include <stdlib.h>
static void *pieces[4096];
static int n_pieces;

void memory_reset(void) {
  while (n_pieces > 0) free(pieces[--n_pieces]);
}

void *memory_take(usize bytes) {
  if (n_pieces == 4096) return 0;
  void *piece = calloc(1, (bytes + 15u) & ~(usize)15);
  if (piece) pieces[n_pieces++] = piece;
  return piece;
}

void *memory_raw(usize bytes) { return memory_take(bytes); }

#endif
