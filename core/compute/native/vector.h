// Vectors of the processor's own width, by the extension that GCC and Clang share, and an exponential on them.
#pragma once
#include <cstdint>

namespace tessera {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vector __attribute__((vector_size(kLanes * 4)));
typedef int32_t IntVector __attribute__((vector_size(kLanes * 4)));
// The same at any address.
typedef float AnyVector __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

inline Vector load(const float* from) { return *reinterpret_cast<const AnyVector*>(from); }
inline void store(float* to, Vector v) { *reinterpret_cast<AnyVector*>(to) = v; }
inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }  // NaN in b stays

// 2^x for x <= 0: x = n + r with |r| <= 1/2, 2^r by a polynomial (Cephes, exp2f), 2^n by its bits. Within 2 units of the last place
// down to -125; below that it stays there, at about 1e-38. NaN stays NaN.
inline Vector exponential2(Vector x) {
  x = larger(Vector{} - 125.0f, x);
  const IntVector n = __builtin_convertvector(x - 0.5f, IntVector);  // towards zero: the nearest for x <= 0
  const Vector r = x - __builtin_convertvector(n, Vector);
  Vector p = r * 1.535336188e-4f + 1.339887440e-3f;
  p = p * r + 9.618437357e-3f;
  p = p * r + 5.550332471e-2f;
  p = p * r + 2.402264791e-1f;
  p = p * r + 6.931472028e-1f;
  p = p * r + 1.0f;
  return reinterpret_cast<Vector>(reinterpret_cast<IntVector>(p) + (n << 23));
}

}  // namespace tessera
