// C = A B (or C += A B) for matrices that stay in the cache. Attention's factors are thin (heads of 36 or 64), where a general product
// spends much of its time on copying them into its own order.
#pragma once
#include <algorithm>
#include "product_tile.h"

namespace tessera {

template <int V>
void product_columns(const Factor& a, const float* B, int64_t b_row, float* C, int64_t c_row, int64_t rows, int64_t terms, bool add) {
  constexpr int64_t kRows = 6;  // 6 x 4 sums fill 24 of 32 registers
  for (int64_t r = 0; r < rows; r += kRows) {
    float* to = C + r * c_row;
    product_rows<kRows, V>(std::min(kRows, rows - r), a.from(r, 0), B, b_row, add ? to : nullptr, c_row, to, c_row, terms);
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
