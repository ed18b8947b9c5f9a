// Group normalisation of channels-last volumes, weight and bias of each channel, and ReLU, in one operation:
//   y = max(0, (x - mean) / std * weight + bias), mean and std over the voxels and channels of a group.
#include <cmath>
#include "channels.h"

namespace tessera {
namespace {

struct Problem : Volume {
  int64_t groups, each;  // channels of a group
  float eps;
  Problem(const Tensor& x, const Tensor& settings)
      : Volume(x), groups(static_cast<int64_t>(settings.f32()[0])), each(groups > 0 ? channels / groups : 0), eps(settings.f32()[1]) {}
};

// Mean and 1/std of each channel's group, of one sample: a group's variance is that within its channels and that of their means.
void statistics(const float* x, const Problem& p, float* mean, float* scale) {
  std::vector<double> m(p.channels), variance(p.channels);
  moments(x, p, m.data(), variance.data());
  for (int64_t first = 0; first < p.channels; first += p.each) {
    double middle = 0, spread = 0;
    for (int64_t c = first; c < first + p.each; ++c) middle += m[c] / p.each;
    for (int64_t c = first; c < first + p.each; ++c) spread += (variance[c] + (m[c] - middle) * (m[c] - middle)) / p.each;
    std::fill(mean + first, mean + first + p.each, static_cast<float>(middle));
    std::fill(scale + first, scale + first + p.each, static_cast<float>(1.0 / std::sqrt(spread + p.eps)));
  }
}

void normalise_group(int64_t values, const float* __restrict in, const float* __restrict mean, const float* __restrict slope,
                     const float* __restrict bias, float* __restrict out) {
  for (int64_t i = 0; i < values; ++i) {
    const float z = (in[i] - mean[i]) * slope[i] + bias[i];
    out[i] = z > 0 ? z : 0.0f;
  }
}

void forward(Call& call) {
  Tensor x = call.input(0), weight = call.input(1), bias = call.input(2), settings = call.input(3);
  const Problem p(x, settings);
  call.require(p.groups > 0 && p.each * p.groups == p.channels && weight.size() == p.channels && bias.size() == p.channels,
               "group norm: weight, bias or groups do not go with the channels");
  Tensor y = call.output(0, x.shape()), stats = call.output(1, {p.batch, 2, p.channels});
  const int64_t sample = p.voxels * p.channels;
  for (int64_t b = 0; b < p.batch; ++b) {
    const float* X = x.f32() + b * sample;
    float *Y = y.f32() + b * sample, *S = stats.f32() + b * 2 * p.channels;
    statistics(X, p, S, S + p.channels);
    std::vector<float> factor(p.channels);
    for (int64_t c = 0; c < p.channels; ++c) factor[c] = S[p.channels + c] * weight.f32()[c];
    const auto mean = repeated(S, p), slope = repeated(factor.data(), p), shift = repeated(bias.f32(), p);
    parallel_for(p.voxels, p.channels, [&](int, int64_t begin, int64_t end) {
      each_group(p, begin, end, [&](int64_t first, int64_t values) {
        normalise_group(values, X + first, mean.data(), slope.data(), shift.data(), Y + first);
      });
    });
  }
}

void collect_group(int64_t values, const float* __restrict g, const float* __restrict y, const float* __restrict x,
                   const float* __restrict mean, float* __restrict sum, float* __restrict dot) {
  for (int64_t i = 0; i < values; ++i) {
    const float dz = y[i] > 0 ? g[i] : 0.0f;
    sum[i] += dz;
    dot[i] += dz * (x[i] - mean[i]);
  }
}

void gradient_group(int64_t values, const float* __restrict g, const float* __restrict y, const float* __restrict x,
                    const float* __restrict mean, const float* __restrict slope, const float* __restrict middle,
                    const float* __restrict pull, float* __restrict dx) {
  for (int64_t i = 0; i < values; ++i) {
    const float dz = y[i] > 0 ? g[i] : 0.0f;
    dx[i] = slope[i] * dz - middle[i] - (x[i] - mean[i]) * pull[i];
  }
}

// Sums over the voxels of one sample for each channel, of dz and of dz (x - mean).
void collect(const Problem& p, const float* g, const float* y, const float* x, const float* stats, double* sum, double* dot) {
  const int64_t C = p.channels, tile = p.together() * C;
  const auto mean = repeated(stats, p);
  const int parts = Pool::get().threads();
  std::vector<double> partial(static_cast<size_t>(parts) * 2 * C, 0.0);
  parallel_for(p.voxels, C, [&](int part, int64_t begin, int64_t end) {
    double* own = &partial[part * 2 * C];
    std::vector<float> collected(2 * tile), folded(C);
    for (int64_t at = begin; at < end; at += kGroups * p.together()) {
      std::fill(collected.begin(), collected.end(), 0.0f);
      float* sums = collected.data();
      each_group(p, at, std::min(at + kGroups * p.together(), end), [&](int64_t first, int64_t values) {
        collect_group(values, g + first, y + first, x + first, mean.data(), sums, sums + tile);
      });
      for (int which = 0; which < 2; ++which) {
        fold(sums + which * tile, p, folded.data());
        for (int64_t c = 0; c < C; ++c) own[which * C + c] += folded[c];
      }
    }
  });
  for (int64_t c = 0; c < C; ++c) {
    sum[c] = dot[c] = 0;
    for (int part = 0; part < parts; ++part) {
      sum[c] += partial[part * 2 * C + c];
      dot[c] += partial[part * 2 * C + C + c];
    }
  }
}

void backward(Call& call) {
  Tensor dy = call.input(0), y = call.input(1), x = call.input(2), weight = call.input(3), stats = call.input(4), settings = call.input(5);
  const Problem p(x, settings);
  call.require(dy.size() == x.size() && y.size() == x.size(), "group norm: the gradient has another size than the output");
  const int64_t C = p.channels, sample = p.voxels * C;
  Tensor dx = call.output(0, x.shape()), dweight = call.output(1, {C}), dbias = call.output(2, {C});
  std::vector<double> byWeight(C, 0.0), byBias(C, 0.0), sum(C), dot(C);
  for (int64_t b = 0; b < p.batch; ++b) {
    const float *G = dy.f32() + b * sample, *Y = y.f32() + b * sample, *X = x.f32() + b * sample, *S = stats.f32() + b * 2 * C;
    collect(p, G, Y, X, S, sum.data(), dot.data());
    std::vector<float> slope(C), middle(C), pull(C);
    for (int64_t first = 0; first < C; first += p.each) {
      const double scale = S[C + first], count = static_cast<double>(p.voxels) * p.each;
      double mean = 0, along = 0;  // of the gradient before weight and bias, and of it times the normalised values
      for (int64_t c = first; c < first + p.each; ++c) {
        byBias[c] += sum[c];
        byWeight[c] += dot[c] * scale;
        mean += weight.f32()[c] * sum[c] / count;
        along += weight.f32()[c] * dot[c] * scale / count;
      }
      for (int64_t c = first; c < first + p.each; ++c) {
        slope[c] = static_cast<float>(scale * weight.f32()[c]);
        middle[c] = static_cast<float>(scale * mean);
        pull[c] = static_cast<float>(scale * scale * along);
      }
    }
    const auto means = repeated(S, p), slopes = repeated(slope.data(), p), middles = repeated(middle.data(), p), pulls = repeated(pull.data(), p);
    float* D = dx.f32() + b * sample;
    parallel_for(p.voxels, C, [&](int, int64_t begin, int64_t end) {
      each_group(p, begin, end, [&](int64_t first, int64_t values) {
        gradient_group(values, G + first, Y + first, X + first, means.data(), slopes.data(), middles.data(), pulls.data(), D + first);
      });
    });
  }
  for (int64_t c = 0; c < C; ++c) {
    dweight.f32()[c] = static_cast<float>(byWeight[c]);
    dbias.f32()[c] = static_cast<float>(byBias[c]);
  }
}

const Registration registration([] {
  register_op<forward>("TesseraGroupNorm", {"x: float", "weight: float", "bias: float", "settings: float"}, {"y: float", "stats: float"});
  register_op<backward>("TesseraGroupNormGrad",
                        {"dy: float", "y: float", "x: float", "weight: float", "stats: float", "settings: float"},
                        {"dx: float", "dweight: float", "dbias: float"});
});

}  // namespace
}  // namespace tessera
