/* Types, vector helpers and the memory of the kernel. Freestanding C11; no libc.
 *
 * Everything here must give the same bits on every processor: single IEEE operations in a written
 * order, no contraction (-ffp-contract=off), no reassociation, own polynomials for functions.
 */
#ifndef SD_BASE_H
#define SD_BASE_H

typedef unsigned char u8;
typedef signed char i8;
typedef short i16;
typedef unsigned short u16;
typedef int i32;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef __SIZE_TYPE__ usize;

typedef float f4 __attribute__((vector_size(16)));
typedef i32 i4 __attribute__((vector_size(16)));
typedef u8 b16 __attribute__((vector_size(16)));
typedef f4 f4_any __attribute__((aligned(4), may_alias));
typedef b16 b16_any __attribute__((aligned(1), may_alias));

static inline f4 load4(const float *p) { return *(const f4_any *)p; }
static inline void store4(float *p, f4 v) { *(f4_any *)p = v; }
static inline f4 splat4(float v) { return (f4){v, v, v, v}; }

static inline i32 imin(i32 a, i32 b) { return a < b ? a : b; }
static inline i32 imax(i32 a, i32 b) { return a > b ? a : b; }
static inline i32 iclamp(i32 v, i32 lo, i32 hi) { return v < lo ? lo : v > hi ? hi : v; }
static inline float fclamp(float v, float lo, float hi) { return v < lo ? lo : v > hi ? hi : v; }
static inline float fabs1(float v) { return v < 0.0f ? -v : v; }
static inline float sqrt1(float v) { return __builtin_sqrtf(v); }
static inline i32 floor1(float v) {
  i32 t = (i32)v;
  return (float)t > v ? t - 1 : t;
}

/* Transpose four vectors of four floats in place. */
static inline void transpose4(f4 v[4]) {
  f4 a = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5);
  f4 b = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
  f4 c = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
  f4 d = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
  v[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  v[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  v[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  v[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

/* Status codes that every exported call returns. */
enum { SD_OK = 0, SD_BAD_SHAPE = 1, SD_TOO_LARGE = 2, SD_NO_MEMORY = 3, SD_OUT_OF_ORDER = 4 };

/* Memory that lives until the next memory_reset; aligned to 16 bytes; 0 when there is none. memory_take
 * zeroes it, memory_raw leaves what was there: only for what is written before it is read. */
void memory_reset(void);
void *memory_take(usize bytes);
void *memory_raw(usize bytes);

/* Deterministic functions; the largest error is stated beside each definition. */
float exp1(float x);
float log2_1(float x);
float atan2_1(float y, float x);
void sincos1(float angle, float *sine, float *cosine);

#define PI_F 3.14159265358979f

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name))) name
#else
#define EXPORT(name) name
#endif

#endif
