/* exp, log2, atan2, sine and cosine as polynomials of single operations. */
#include "base.h"

typedef union {
  float f;
  u32 u;
} bits32;

/* e to the x for -80 <= x <= 80 (clamped outside); relative error below 3e-7. */
float exp1(float x) {
  x = fclamp(x, -80.0f, 80.0f);
  float t = x * 1.44269504f;
  i32 k = floor1(t + 0.5f);
  float r = x - (float)k * 0.693359375f;
  r = r - (float)k * -2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  bits32 scale = {.u = (u32)(k + 127) << 23};
  return p * scale.f;
}

/* Logarithm to base 2 of a positive normal number; absolute error below 1e-6. */
float log2_1(float x) {
  bits32 b = {.f = x};
  i32 e = (i32)(b.u >> 23) - 127;
  b.u = (b.u & 0x7FFFFFu) | 0x3F800000u;
  float m = b.f;
  if (m > 1.41421356f) {
    m = m * 0.5f;
    e += 1;
  }
  /* log(m) = 2 artanh((m - 1) / (m + 1)) */
  float s = (m - 1.0f) / (m + 1.0f);
  float q = s * s;
  float p = 1.0f / 9.0f;
  p = p * q + 1.0f / 7.0f;
  p = p * q + 1.0f / 5.0f;
  p = p * q + 1.0f / 3.0f;
  p = p * q + 1.0f;
  return (float)e + p * s * 2.88539008f;
}

/* Angle of (x, y) in 0 <= a < 2 pi, 0 for the origin; absolute error below 2e-5. */
float atan2_1(float y, float x) {
  float ax = fabs1(x), ay = fabs1(y);
  float big = ax > ay ? ax : ay, small = ax > ay ? ay : ax;
  float t = small / (big + 1e-30f);
  float q = t * t;
  float p = -0.01172120f;
  p = p * q + 0.05265332f;
  p = p * q - 0.11643287f;
  p = p * q + 0.19354346f;
  p = p * q - 0.33262347f;
  p = p * q + 0.99997726f;
  float a = p * t;
  a = ay > ax ? 0.5f * PI_F - a : a;
  a = x < 0.0f ? PI_F - a : a;
  a = y < 0.0f ? 2.0f * PI_F - a : a;
  return a < 2.0f * PI_F ? a : 0.0f;
}

/* Sine and cosine for -8 <= angle <= 8; absolute error below 1e-6. */
void sincos1(float angle, float *sine, float *cosine) {
  i32 k = floor1(angle * (2.0f / PI_F) + 0.5f);
  float r = angle - (float)k * 1.5707963705f;
  r = r + (float)k * 4.37113883e-8f;
  float q = r * r;
  float s = -1.0f / 5040.0f;
  s = s * q + 1.0f / 120.0f;
  s = s * q - 1.0f / 6.0f;
  s = s * q + 1.0f;
  s = s * r;
  float c = 1.0f / 40320.0f;
  c = c * q - 1.0f / 720.0f;
  c = c * q + 1.0f / 24.0f;
  c = c * q - 0.5f;
  c = c * q + 1.0f;
  switch (k & 3) {
    case 0: *sine = s, *cosine = c; break;
    case 1: *sine = c, *cosine = -s; break;
    case 2: *sine = -s, *cosine = -c; break;
    default: *sine = -c, *cosine = s; break;
  }
}
