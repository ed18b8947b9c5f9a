// What a training step does with all weights of a network, each in one call: there are hundreds of them, most of them small.
// Those named "in place" write into their first list: the caller owns these tensors alone.
#include <cmath>
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

// Inputs first .. first + count of a call.
class List {
 public:
  List(Call& call, int first, int count) {
    for (int i = 0; i < count; ++i) tensors_.push_back(call.input(first + i));
  }
  float* operator[](size_t i) const { return tensors_[i].f32(); }
  size_t count() const { return tensors_.size(); }
  int64_t size(size_t i) const { return tensors_[i].size(); }
  bool fits(const List& other) const {
    for (size_t i = 0; i < count(); ++i)
      if (size(i) != other.size(i)) return false;
    return true;
  }

 private:
  std::vector<Tensor> tensors_;
};

// body(part, i, begin, end): elements begin..end of tensor i, all of them shared out as if they lay in one row.
template <typename Body>
void parallel_over(const List& list, int64_t cost_each, const Body& body) {
  int64_t total = 0;
  for (size_t i = 0; i < list.count(); ++i) total += list.size(i);
  parallel_for(total, cost_each, [&](int part, int64_t begin, int64_t end) {
    int64_t first = 0;
    for (size_t i = 0; i < list.count(); first += list.size(i++)) {
      const int64_t from = std::max(begin - first, int64_t{0}), to = std::min(end - first, list.size(i));
      if (from < to) body(part, i, from, to);
    }
  });
}

// AdamW (Loshchilov and Hutter, 2019), in place on values, m and v. rates: learning rate and decay of each.
// settings: [beta1, beta2, eps, 1 - beta1^t, 1 - beta2^t, factor on the gradients (clipping), 1 - beta1, 1 - beta2].
// The differences come from double precision: 1 - 0.999 in single precision is off by 5e-5.
void adamw(Call& call) {
  const int n = (call.inputs() - 2) / 4;
  const List values(call, 0, n), ms(call, n, n), vs(call, 2 * n, n), gradients(call, 3 * n, n);
  Tensor rates = call.input(4 * n), settings = call.input(4 * n + 1);
  call.require(values.fits(ms) && values.fits(vs) && values.fits(gradients), "adamw: value, moments and gradient differ in size");
  call.require(rates.size() == 2 * n && settings.size() == 8, "adamw: rates or settings are missing");
  const float* S = settings.f32();
  const float b1 = S[0], b2 = S[1], eps = S[2], root = 1.0f / std::sqrt(S[4]), factor = S[5], rest1 = S[6], rest2 = S[7];
  parallel_over(values, 8, [&](int, size_t i, int64_t begin, int64_t end) {
    const float lr = rates.f32()[2 * i], keep = 1 - lr * rates.f32()[2 * i + 1], step = lr / S[3];
    float *P = values[i], *M = ms[i], *V = vs[i];
    const float* G = gradients[i];
#pragma GCC ivdep
    for (int64_t k = begin; k < end; ++k) {
      const float g = G[k] * factor;
      M[k] = b1 * M[k] + rest1 * g;
      V[k] = b2 * V[k] + rest2 * g * g;
      P[k] = P[k] * keep - step * M[k] / (std::sqrt(V[k]) * root + eps);
    }
  });
  call.output(0, {0});
}

// averages <- mu averages + (1 - mu) values, in place. settings: [mu].
void moving_average(Call& call) {
  const int n = (call.inputs() - 1) / 2;
  const List averages(call, 0, n), values(call, n, n);
  Tensor settings = call.input(2 * n);
  call.require(averages.fits(values), "moving average: the values differ in size");
  const float mu = settings.f32()[0], rest = 1 - mu;
  parallel_over(averages, 2, [&](int, size_t i, int64_t begin, int64_t end) {
    float* A = averages[i];
    const float* X = values[i];
    for (int64_t k = begin; k < end; ++k) A[k] = mu * A[k] + rest * X[k];
  });
  call.output(0, {0});
}

// Sum of squares of all values, in double precision -> (1).
void squared_norm(Call& call) {
  const List values(call, 0, call.inputs());
  std::vector<double> partial(Pool::get().threads(), 0.0);
  parallel_over(values, 2, [&](int part, size_t i, int64_t begin, int64_t end) {
    const float* X = values[i];
    constexpr int64_t kBlock = 4096;
    for (int64_t at = begin; at < end; at += kBlock) {
      float sum = 0;
      for (int64_t k = at; k < std::min(at + kBlock, end); ++k) sum += X[k] * X[k];
      partial[part] += sum;
    }
  });
  double total = 0;
  for (double p : partial) total += p;
  call.output(0, {1}).f32()[0] = static_cast<float>(total);
}

const Registration registration([] {
  register_op<adamw>("TesseraAdamW",
                     {"values: N * float", "ms: N * float", "vs: N * float", "gradients: N * float", "rates: float", "settings: float"},
                     {"nothing: float"});
  register_op<moving_average>("TesseraMovingAverage", {"averages: N * float", "values: N * float", "settings: float"}, {"nothing: float"});
  register_op<squared_norm>("TesseraSquaredNorm", {"values: N * float"}, {"y: float"});
});

}  // namespace
}  // namespace tessera
