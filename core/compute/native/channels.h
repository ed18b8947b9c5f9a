// Channels-last volumes whose channels have numbers of their own (means, scales): sums over voxels, in parallel and always in the same order.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>
#include "op.h"
#include "parallel.h"

namespace tessera {

constexpr int64_t kGroups = 32;  // groups summed in single precision before they go into the double-precision totals

struct Volume {
  int64_t batch, channels, voxels;
  explicit Volume(const Tensor& x) : batch(x.dim(0)), channels(x.dim(-1)), voxels(x.size() / (x.dim(0) * x.dim(-1))) {}
  // Voxels taken together: with 16 channels a loop over one voxel is too short for the processor, so channel values are repeated.
  int64_t together() const { return std::max<int64_t>(1, 512 / channels); }
};

// A vector of one value a channel, repeated for all voxels taken together.
inline std::vector<float> repeated(const float* values, const Volume& p) {
  std::vector<float> out;
  for (int64_t v = 0; v < p.together(); ++v) out.insert(out.end(), values, values + p.channels);
  return out;
}

// Adds up, for each channel, what was collected for each position of the voxels taken together.
inline void fold(const float* collected, const Volume& p, float* sums) {
  std::fill(sums, sums + p.channels, 0.0f);
  for (int64_t v = 0; v < p.together(); ++v)
    for (int64_t c = 0; c < p.channels; ++c) sums[c] += collected[v * p.channels + c];
}

// body(first value, count of values, first voxel, voxels) for groups of voxels taken together.
template <typename Body>
void each_group(const Volume& p, int64_t begin, int64_t end, const Body& body) {
  for (int64_t v = begin; v < end; v += p.together()) {
    const int64_t n = std::min(p.together(), end - v);
    body(v * p.channels, n * p.channels);
  }
}

inline void add_group(int64_t values, const float* __restrict x, float* __restrict sum) {
  for (int64_t i = 0; i < values; ++i) sum[i] += x[i];
}

inline void add_squares_group(int64_t values, const float* __restrict x, const float* __restrict centre, float* __restrict sum) {
  for (int64_t i = 0; i < values; ++i) sum[i] += (x[i] - centre[i]) * (x[i] - centre[i]);
}

// Mean and variance of each channel of one sample: groups are summed in cache around their own mean and merged (Chan et al., 1979).
inline void moments(const float* x, const Volume& p, double* mean, double* variance) {
  const int64_t channels = p.channels, tile = p.together() * channels;
  const int parts = Pool::get().threads();
  std::vector<double> all(static_cast<size_t>(parts) * (2 * channels + 1), 0.0);
  parallel_for(p.voxels, channels, [&](int part, int64_t begin, int64_t end) {
    double *count = &all[part * (2 * channels + 1)], *m = count + 1, *m2 = m + channels;
    std::vector<float> sum(tile), centre(tile), square(tile), folded(channels), folded2(channels);
    for (int64_t at = begin; at < end; at += kGroups * p.together()) {
      const int64_t stop = std::min(at + kGroups * p.together(), end), n = stop - at;
      std::fill(sum.begin(), sum.end(), 0.0f);
      std::fill(square.begin(), square.end(), 0.0f);
      each_group(p, at, stop, [&](int64_t first, int64_t values) {
        add_group(values, x + first, sum.data());
      });
      fold(sum.data(), p, folded.data());
      for (int64_t c = 0; c < channels; ++c) folded[c] /= n;
      for (int64_t i = 0; i < tile; i += channels) std::copy(folded.begin(), folded.end(), centre.begin() + i);
      each_group(p, at, stop, [&](int64_t first, int64_t values) {
        add_squares_group(values, x + first, centre.data(), square.data());
      });
      fold(square.data(), p, folded2.data());
      const double total = *count + n;
      for (int64_t c = 0; c < channels; ++c) {
        const double delta = folded[c] - m[c];
        m[c] += delta * n / total;
        m2[c] += folded2[c] + delta * delta * *count * n / total;
      }
      *count = total;
    }
  });
  for (int64_t c = 0; c < channels; ++c) {
    double count = 0, m = 0, m2 = 0;
    for (int part = 0; part < parts; ++part) {
      const double* own = &all[part * (2 * channels + 1)];
      if (own[0] == 0) continue;
      const double total = count + own[0], delta = own[1 + c] - m;
      m += delta * own[0] / total;
      m2 += own[1 + channels + c] + delta * delta * count * own[0] / total;
      count = total;
    }
    mean[c] = m;
    variance[c] = m2 / count;
  }
}

}  // namespace tessera
