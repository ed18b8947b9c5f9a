// C = A B for matrices of any size, after Goto and van de Geijn (2008): B is copied strip by strip into the order in which the registers
// take it, and so is A where it is given transposed; each thread does its own part of C from start to end, without waiting for others.
#pragma once
#include <algorithm>
#include <cstring>
#include <memory>
#include "parallel.h"
#include "product_tile.h"

namespace tessera {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kTileRows = 8, kTileVectors = 3;  // 24 of 32 registers hold sums
#else
constexpr int kTileRows = 6, kTileVectors = 2;  // 12 of 16
#endif
constexpr int64_t kStrip = kTileVectors * kLanes;
constexpr int64_t kTerms = 384;       // of a sum at a time: a strip of B then stays in the second-level cache
constexpr int64_t kPackedRows = 480;  // of A at a time, likewise; whole tiles

struct MatrixProduct {
  Factor a, b;         // rows x terms, terms x columns; of each, either row or column is 1
  float* C;            // row-major
  int64_t rows, terms, columns;  // columns: a multiple of kLanes
  const float* bias = nullptr;   // added to each row of C
  float* row_sums = nullptr;     // those of A are added to them; only where A is given transposed
  bool add = false;              // to what C holds
  bool transposed() const { return a.column != 1; }
};

struct alignas(64) Panels {
  float a[kPackedRows * kTerms], b[kTerms * kStrip];
};

// Up to R columns of rows of B, side by side. The constant count makes each copy a vector or two.
template <int R>
inline void copy_rows(const float* from, int64_t from_row, float* to, int64_t rows) {
  for (int64_t k = 0; k < rows; ++k, from += from_row, to += R) std::memcpy(to, from, R * sizeof(float));
}

// Rows of the transposed A as tiles, each (terms, its rows).
inline void pack_rows(const Factor& a, int64_t rows, int64_t terms, float* to) {
  int64_t r = 0;
  for (; r + kTileRows <= rows; r += kTileRows, to += kTileRows * terms) copy_rows<kTileRows>(a.data + r, a.column, to, terms);
  for (int64_t k = 0; k < terms; ++k)
    for (int64_t i = r; i < rows; ++i) *to++ = a.data[k * a.column + i];
}

inline void transpose_block(const float* from, int64_t from_row, float* to, int64_t to_row) {
  for (int i = 0; i < kLanes; ++i)
    for (int j = 0; j < kLanes; ++j) to[j * to_row + i] = from[i * from_row + j];
}

// A strip of B -> (terms, width).
inline void pack_strip(const Factor& b, int64_t terms, int64_t width, float* to) {
  if (b.column == 1) {
    for (int64_t k = 0; k < terms; ++k) std::memcpy(to + k * width, b.data + k * b.row, width * sizeof(float));
    return;
  }
  int64_t k = 0;
  for (; k + kLanes <= terms; k += kLanes)
    for (int64_t c = 0; c < width; c += kLanes) transpose_block(b.data + c * b.column + k, b.column, to + k * width + c, width);
  for (; k < terms; ++k)
    for (int64_t c = 0; c < width; ++c) to[k * width + c] = b.data[c * b.column + k];
}

// Adds the sums over `terms` of each of the packed rows.
inline void add_row_sums(const float* packed, int64_t rows, int64_t terms, float* sums) {
  for (int64_t r = 0; r < rows; r += kTileRows) {
    const int64_t here = std::min<int64_t>(kTileRows, rows - r);
    float own[kTileRows] = {0};
    for (int64_t k = 0; k < terms; ++k)
      for (int i = 0; i < here; ++i) own[i] += packed[r * terms + k * here + i];
    for (int i = 0; i < here; ++i) sums[r + i] += own[i];
  }
}

template <int V>
void multiply_strip(const MatrixProduct& p, const Factor& a, const float* packed_a, const float* B, const float* start, int64_t start_row,
                    float* C, int64_t rows, int64_t terms) {
  for (int64_t r = 0; r < rows; r += kTileRows) {
    const int64_t here = std::min<int64_t>(kTileRows, rows - r);
    const float* from = start ? start + r * start_row : nullptr;
    float* to = C + r * p.columns;
    if (here < kTileRows) {
      const Factor rest = packed_a ? Factor{packed_a + r * terms, 1, here} : a.from(r, 0);
      product_rows<kTileRows, V>(here, rest, B, V * kLanes, from, start_row, to, p.columns, terms);
    } else if (packed_a) {
      product_tile<kTileRows, V>({packed_a + r * terms, 1, kTileRows}, B, V * kLanes, from, start_row, to, p.columns, terms);
    } else {
      product_tile<kTileRows, V>({a.data + r * a.row, a.row, 1}, B, V * kLanes, from, start_row, to, p.columns, terms);
    }
  }
}

// Rows r0..r1 and columns c0..c1 of C.
inline void multiply_part(const MatrixProduct& p, int64_t r0, int64_t r1, int64_t c0, int64_t c1) {
  static thread_local std::unique_ptr<Panels> panels(new Panels);
  const int64_t row_step = p.transposed() ? kPackedRows : std::max<int64_t>(r1 - r0, 1);
  for (int64_t r = r0; r < r1; r += row_step)
    for (int64_t k = 0; k < p.terms; k += kTerms) {
      const int64_t rows = std::min(row_step, r1 - r), terms = std::min(kTerms, p.terms - k);
      const Factor a = p.a.from(r, k);
      if (p.transposed()) pack_rows(a, rows, terms, panels->a);
      if (p.row_sums && c0 == 0) add_row_sums(panels->a, rows, terms, p.row_sums + r);
      const float* packed_a = p.transposed() ? panels->a : nullptr;
      for (int64_t c = c0; c < c1; c += kStrip) {
        const int64_t width = std::min(kStrip, c1 - c);
        pack_strip(p.b.from(k, c), terms, width, panels->b);
        float* C = p.C + r * p.columns + c;
        const bool add = p.add || k > 0;
        const float* start = add ? C : p.bias ? p.bias + c : nullptr;
        const int64_t start_row = add ? p.columns : 0;
        switch (width / kLanes) {
          case 3: multiply_strip<3>(p, a, packed_a, panels->b, start, start_row, C, rows, terms); break;
          case 2: multiply_strip<2>(p, a, packed_a, panels->b, start, start_row, C, rows, terms); break;
          default: multiply_strip<1>(p, a, packed_a, panels->b, start, start_row, C, rows, terms);
        }
      }
    }
}

// How many parts of C lie side by side, the rest one above the other: what costs the thread with most to do least, in multiplications
// and, weighted as they were measured, copies.
inline int parts_across(const MatrixProduct& p, int parts) {
  int best = 1;
  double least = 0;
  for (int across = 1; across <= parts; ++across) {
    if (parts % across != 0) continue;
    const auto share = [](int64_t n, int64_t unit, int among) { return ((n + unit - 1) / unit + among - 1) / among * unit; };
    const double rows = share(p.rows, kTileRows, parts / across), columns = share(p.columns, kLanes, across);
    const double cost = rows * columns + kLanes * columns + (p.transposed() ? rows * kLanes / 2 : 0);
    if (across == 1 || cost < least) best = across, least = cost;
  }
  return best;
}

inline void multiply(const MatrixProduct& p) {
  const int parts = Pool::get().threads(), across = parts_across(p, parts), down = parts / across;
  parallel_for(parts, p.rows * p.terms * p.columns / parts, [&](int, int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const auto edge = [](int64_t n, int64_t unit, int64_t i, int64_t among) { return std::min((n + unit - 1) / unit * i / among * unit, n); };
      const int64_t i = part / across, j = part % across;
      multiply_part(p, edge(p.rows, kTileRows, i, down), edge(p.rows, kTileRows, i + 1, down), edge(p.columns, kLanes, j, across),
                    edge(p.columns, kLanes, j + 1, across));
    }
  });
}

}  // namespace tessera
