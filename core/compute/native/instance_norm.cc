// Instance normalisation (no affine part) of channels-last volumes, an optional residual, and leaky ReLU, in one operation:
//   y = lrelu( norm(x) [ + r  |  + norm(r) ] ).  The sign of y tells the gradient which side of the kink a value was on.
#include <cmath>
#include "channels.h"

namespace tessera {
namespace {

enum Residual { kNone = 0, kPlain = 1, kNormalised = 2 };

struct Problem : Volume {
  int residual;
  float slope, eps;
  Problem(const Tensor& x, const Tensor& settings)
      : Volume(x), residual(static_cast<int>(settings.f32()[0])), slope(settings.f32()[1]), eps(settings.f32()[2]) {}
};

// Mean and 1/std of each channel of one sample.
void statistics(const float* x, const Problem& p, float* mean, float* scale) {
  std::vector<double> m(p.channels), variance(p.channels);
  moments(x, p, m.data(), variance.data());
  for (int64_t c = 0; c < p.channels; ++c) {
    mean[c] = static_cast<float>(m[c]);
    scale[c] = static_cast<float>(1.0 / std::sqrt(variance[c] + p.eps));
  }
}

// One group of voxels each; restrict parameters let the compiler use wide registers.
template <int kind>
void normalise_group(int64_t values, float slope, const float* __restrict in, const float* __restrict res, const float* __restrict mean,
                     const float* __restrict scale, const float* __restrict rmean, const float* __restrict rscale, float* __restrict out) {
  for (int64_t i = 0; i < values; ++i) {
    float z = (in[i] - mean[i]) * scale[i];
    if (kind == kPlain) z += res[i];
    if (kind == kNormalised) z += (res[i] - rmean[i]) * rscale[i];
    out[i] = z > 0 ? z : slope * z;
  }
}

template <int kind>
void collect_group(int64_t values, float slope, const float* __restrict g, const float* __restrict y, const float* __restrict x,
                   const float* __restrict r, const float* __restrict mean, const float* __restrict rmean, float* __restrict sum,
                   float* __restrict dot, float* __restrict rdot) {
  for (int64_t i = 0; i < values; ++i) {
    const float dz = y[i] > 0 ? g[i] : slope * g[i];
    sum[i] += dz;
    dot[i] += dz * (x[i] - mean[i]);
    if (kind == kNormalised) rdot[i] += dz * (r[i] - rmean[i]);
  }
}

struct Pattern {  // per-channel numbers, repeated for a group
  std::vector<float> mean, scale, sum, dot;
};

template <int kind>
void gradient_group(int64_t values, float slope, const float* __restrict g, const float* __restrict y, const float* __restrict x,
                    const float* __restrict r, const Pattern& main, const Pattern& side, float* __restrict dx, float* __restrict dr) {
  const float *__restrict mean = main.mean.data(), *__restrict scale = main.scale.data(), *__restrict sum = main.sum.data(),
              *__restrict dot = main.dot.data();
  for (int64_t i = 0; i < values; ++i) {
    const float dz = y[i] > 0 ? g[i] : slope * g[i];
    dx[i] = scale[i] * (dz - sum[i] - (x[i] - mean[i]) * dot[i]);
    if (kind == kPlain) dr[i] = dz;
  }
  if (kind != kNormalised) return;
  const float *__restrict rmean = side.mean.data(), *__restrict rscale = side.scale.data(), *__restrict rdot = side.dot.data();
  for (int64_t i = 0; i < values; ++i) {
    const float dz = y[i] > 0 ? g[i] : slope * g[i];
    dr[i] = rscale[i] * (dz - sum[i] - (r[i] - rmean[i]) * rdot[i]);
  }
}

template <int kind>
void normalise(const Problem& p, const float* x, const float* r, const float* stats, float* y) {
  const int64_t C = p.channels;
  const auto mean = repeated(stats, p), scale = repeated(stats + C, p), rmean = repeated(stats + 2 * C, p), rscale = repeated(stats + 3 * C, p);
  parallel_for(p.voxels, C, [&](int, int64_t begin, int64_t end) {
    each_group(p, begin, end, [&](int64_t first, int64_t values) {
      normalise_group<kind>(values, p.slope, x + first, r + first, mean.data(), scale.data(), rmean.data(), rscale.data(), y + first);
    });
  });
}

void forward(Call& call) {
  Tensor x = call.input(0), r = call.input(1), settings = call.input(2);
  const Problem p(x, settings);
  call.require(p.residual == kNone || r.size() == x.size(), "instance norm: the residual has another size than the input");
  Tensor y = call.output(0, x.shape()), stats = call.output(1, {p.batch, 4, p.channels});
  const int64_t sample = p.voxels * p.channels;
  for (int64_t b = 0; b < p.batch; ++b) {
    const float *X = x.f32() + b * sample, *R = p.residual == kNone ? X : r.f32() + b * sample;
    float* S = stats.f32() + b * 4 * p.channels;
    statistics(X, p, S, S + p.channels);
    if (p.residual == kNormalised) statistics(R, p, S + 2 * p.channels, S + 3 * p.channels);
    else std::memset(S + 2 * p.channels, 0, 2 * p.channels * sizeof(float));
    float* Y = y.f32() + b * sample;
    if (p.residual == kNone) normalise<kNone>(p, X, R, S, Y);
    else if (p.residual == kPlain) normalise<kPlain>(p, X, R, S, Y);
    else normalise<kNormalised>(p, X, R, S, Y);
  }
}

template <int kind>
void gradient(const Problem& p, const float* g, const float* y, const float* x, const float* r, const float* stats, float* dx, float* dr) {
  const int64_t C = p.channels, tile = p.together() * C;
  const float *scale = stats + C, *rscale = stats + 3 * C;
  Pattern main{repeated(stats, p), repeated(scale, p), {}, {}}, side{repeated(stats + 2 * C, p), repeated(rscale, p), {}, {}};
  const int parts = Pool::get().threads();
  std::vector<double> partial(static_cast<size_t>(parts) * 3 * C, 0.0);
  parallel_for(p.voxels, C, [&](int part, int64_t begin, int64_t end) {
    double* own = &partial[part * 3 * C];
    std::vector<float> collected(3 * tile), folded(C);
    for (int64_t at = begin; at < end; at += kGroups * p.together()) {
      std::fill(collected.begin(), collected.end(), 0.0f);
      float* sums = collected.data();
      each_group(p, at, std::min(at + kGroups * p.together(), end), [&](int64_t first, int64_t values) {
        collect_group<kind>(values, p.slope, g + first, y + first, x + first, r + first, main.mean.data(), side.mean.data(), sums, sums + tile,
                            sums + 2 * tile);
      });
      for (int which = 0; which < 3; ++which) {
        fold(sums + which * tile, p, folded.data());
        for (int64_t c = 0; c < C; ++c) own[which * C + c] += folded[c];
      }
    }
  });
  std::vector<float> average(3 * C);
  for (int64_t k = 0; k < 3 * C; ++k) {
    double total = 0;
    for (int part = 0; part < parts; ++part) total += partial[part * 3 * C + k];
    average[k] = static_cast<float>(total / p.voxels);
  }
  for (int64_t c = 0; c < C; ++c) {
    average[C + c] *= scale[c] * scale[c];
    average[2 * C + c] *= rscale[c] * rscale[c];
  }
  main.sum = repeated(average.data(), p);
  main.dot = repeated(&average[C], p);
  side.dot = repeated(&average[2 * C], p);
  parallel_for(p.voxels, C, [&](int, int64_t begin, int64_t end) {
    each_group(p, begin, end, [&](int64_t first, int64_t values) {
      gradient_group<kind>(values, p.slope, g + first, y + first, x + first, r + first, main, side, dx + first, dr + first);
    });
  });
}

void backward(Call& call) {
  Tensor dy = call.input(0), y = call.input(1), x = call.input(2), r = call.input(3), stats = call.input(4), settings = call.input(5);
  const Problem p(x, settings);
  call.require(dy.size() == x.size(), "instance norm: the gradient has another size than the output");
  Tensor dx = call.output(0, x.shape()), dr = call.output(1, p.residual == kNone ? std::vector<int64_t>{0} : x.shape());
  const int64_t sample = p.voxels * p.channels;
  for (int64_t b = 0; b < p.batch; ++b) {
    const int64_t at = b * sample;
    const float *G = dy.f32() + at, *Y = y.f32() + at, *X = x.f32() + at, *S = stats.f32() + b * 4 * p.channels;
    if (p.residual == kNone) gradient<kNone>(p, G, Y, X, X, S, dx.f32() + at, dx.f32() + at);
    else if (p.residual == kPlain) gradient<kPlain>(p, G, Y, X, r.f32() + at, S, dx.f32() + at, dr.f32() + at);
    else gradient<kNormalised>(p, G, Y, X, r.f32() + at, S, dx.f32() + at, dr.f32() + at);
  }
}

const Registration registration([] {
  register_op<forward>("TesseraInstanceNorm", {"x: float", "residual: float", "settings: float"}, {"y: float", "stats: float"});
  register_op<backward>("TesseraInstanceNormGrad",
                        {"dy: float", "y: float", "x: float", "residual: float", "stats: float", "settings: float"},
                        {"dx: float", "dresidual: float"});
});

}  // namespace
}  // namespace tessera
