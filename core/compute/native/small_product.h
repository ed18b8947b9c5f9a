// C = A B (or C += A B) for matrices that stay in the cache. Attention's factors are thin (heads of 36 or 64), where a general product
// spends much of its time on copying them into its own order.
#pragma once
#include <algorithm>
#include "vector.h"

namespace tessera {

// Element (i, j) lies at data[i * row + j * column].
struct Factor {
  const float* data;
  int64_t row, column;
};

// R rows of C, V vectors wide, held in registers over the whole sum.
template <int R, int V>
void product_tile(const Factor& a, const float* B, int64_t b_row, float* C, int64_t c_row, int64_t terms, bool add) {
  Vector sums[R][V];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) sums[r][v] = add ? load(C + r * c_row + v * kLanes) : Vector{};
  const float* A = a.data;
  for (int64_t k = 0; k < terms; ++k, A += a.column, B += b_row) {
    Vector b[V];
    for (int v = 0; v < V; ++v) b[v] = load(B + v * kLanes);
    for (int r = 0; r < R; ++r) {
      const float factor = A[r * a.row];
      for (int v = 0; v < V; ++v) sums[r][v] += factor * b[v];
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) store(C + r * c_row + v * kLanes, sums[r][v]);
}

template <int V>
void product_columns(const Factor& a, const float* B, int64_t b_row, float* C, int64_t c_row, int64_t rows, int64_t terms, bool add) {
  constexpr int kRows = 6;  // 6 x 4 sums fill 24 of 32 registers
  int64_t r = 0;
  const auto at = [&](int64_t first) { return Factor{a.data + first * a.row, a.row, a.column}; };
  for (; r + kRows <= rows; r += kRows) product_tile<kRows, V>(at(r), B, b_row, C + r * c_row, c_row, terms, add);
  switch (rows - r) {
    case 5: return product_tile<5, V>(at(r), B, b_row, C + r * c_row, c_row, terms, add);
    case 4: return product_tile<4, V>(at(r), B, b_row, C + r * c_row, c_row, terms, add);
    case 3: return product_tile<3, V>(at(r), B, b_row, C + r * c_row, c_row, terms, add);
    case 2: return product_tile<2, V>(at(r), B, b_row, C + r * c_row, c_row, terms, add);
    case 1: return product_tile<1, V>(at(r), B, b_row, C + r * c_row, c_row, terms, add);
  }
}

// C (rows x columns) from A (rows x terms) and B (terms x columns); columns is a multiple of kLanes, and B's and C's lie side by side.
inline void product(const Factor& a, const float* B, int64_t b_row, float* C, int64_t c_row, int64_t rows, int64_t terms, int64_t columns,
                    bool add) {
#if defined(__AVX512F__)
  constexpr int kWidest = 4;
#else
  constexpr int kWidest = 2;  // 16 registers
#endif
  int64_t c = 0;
  for (; c + kWidest * kLanes <= columns; c += kWidest * kLanes)
    product_columns<kWidest>(a, B + c, b_row, C + c, c_row, rows, terms, add);
  for (; kWidest > 3 && c + 3 * kLanes <= columns; c += 3 * kLanes)
    product_columns<3>(a, B + c, b_row, C + c, c_row, rows, terms, add);
  for (; kWidest > 2 && c + 2 * kLanes <= columns; c += 2 * kLanes)
    product_columns<2>(a, B + c, b_row, C + c, c_row, rows, terms, add);
  for (; c < columns; c += kLanes) product_columns<1>(a, B + c, b_row, C + c, c_row, rows, terms, add);
}

}  // namespace tessera
