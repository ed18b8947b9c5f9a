// The innermost step of every matrix product here.
#pragma once
#include "vector.h"

namespace tessera {

// Element (i, j) lies at data[i * row + j * column].
struct Factor {
  const float* data;
  int64_t row, column;
  Factor from(int64_t i, int64_t j) const { return {data + i * row + j * column, row, column}; }
};

// C = start + A B: R rows, V vectors wide, held in registers over the whole sum. The elements of a row of B, of C and of `start` lie side
// by side; `start` may be C itself, one row for all (start_row 0), or null for zero.
template <int R, int V>
inline void product_tile(const Factor& a, const float* B, int64_t b_row, const float* start, int64_t start_row, float* C, int64_t c_row,
                         int64_t terms) {
  Vector sums[R][V];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) sums[r][v] = start ? load(start + r * start_row + v * kLanes) : Vector{};
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

// The same for `rows` rows, at most R: what is left over at the lower edge.
template <int R, int V>
inline void product_rows(int64_t rows, const Factor& a, const float* B, int64_t b_row, const float* start, int64_t start_row, float* C,
                         int64_t c_row, int64_t terms) {
  if (rows == R) return product_tile<R, V>(a, B, b_row, start, start_row, C, c_row, terms);
  if constexpr (R > 1) product_rows<R - 1, V>(rows, a, B, b_row, start, start_row, C, c_row, terms);
}

}  // namespace tessera
