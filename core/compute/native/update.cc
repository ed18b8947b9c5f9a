// Small whole-tensor passes. Those named "in place" write into their first input: the caller owns that tensor alone.
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

// sum <- sum + value, in place.
void add_to(Call& call) {
  Tensor sum = call.input(0), value = call.input(1);
  call.require(sum.size() == value.size(), "sum: the values differ in size");
  float* A = sum.f32();
  const float* X = value.f32();
  parallel_for(value.size(), 2, [=](int, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) A[i] += X[i];
  });
  call.output(0, {0});
}

// rows <- rows + bias, in place on (R, C). oneDNN's fused product and bias takes longer than its product and this pass.
void add_bias(Call& call) {
  Tensor rows = call.input(0), bias = call.input(1);
  const int64_t width = bias.size();
  call.require(width > 0 && rows.size() % width == 0, "add bias: the bias does not fit the rows");
  float* X = rows.f32();
  const float* B = bias.f32();
  parallel_for(rows.size() / width, width, [=](int, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; c < width; ++c) X[r * width + c] += B[c];
  });
  call.output(0, {0});
}

// Sum over rows: (R, C) -> (C).
void column_sum(Call& call) {
  Tensor x = call.input(0);
  const int64_t width = x.dim(-1), rows = x.size() / width;
  Tensor y = call.output(0, {width});
  const int parts = Pool::get().threads();
  std::vector<float> partial(static_cast<size_t>(parts) * width, 0.0f);
  const float* X = x.f32();
  float* P = partial.data();
  parallel_for(rows, width, [=](int part, int64_t begin, int64_t end) {
    float* own = P + part * width;
    for (int64_t r = begin; r < end; ++r)
      for (int64_t c = 0; c < width; ++c) own[c] += X[r * width + c];
  });
  for (int64_t c = 0; c < width; ++c) {
    float sum = 0;
    for (int part = 0; part < parts; ++part) sum += P[part * width + c];
    y.f32()[c] = sum;
  }
}

// Sum of squares of a - b (b may be a single zero), in double precision -> (1).
void squared_distance(Call& call) {
  Tensor a = call.input(0), b = call.input(1);
  Tensor y = call.output(0, {1});
  const bool alone = b.size() != a.size();
  const float *A = a.f32(), *B = b.f32();
  call.require(!alone || (b.size() == 1 && B[0] == 0), "squared distance: the values differ in size");
  const int parts = Pool::get().threads();
  std::vector<double> partial(parts, 0.0);
  double* P = partial.data();
  parallel_for(a.size(), 2, [=](int part, int64_t begin, int64_t end) {
    double total = 0;
    for (int64_t at = begin; at < end; at += 4096) {
      const int64_t stop = std::min(at + 4096, end);
      float lanes[16] = {0};
      int64_t i = at;
      for (; i + 16 <= stop; i += 16)
        for (int l = 0; l < 16; ++l) {
          const float d = alone ? A[i + l] : A[i + l] - B[i + l];
          lanes[l] += d * d;
        }
      for (; i < stop; ++i) {
        const float d = alone ? A[i] : A[i] - B[i];
        lanes[0] += d * d;
      }
      for (float lane : lanes) total += lane;
    }
    P[part] = total;
  });
  double total = 0;
  for (double p : partial) total += p;
  y.f32()[0] = static_cast<float>(total);
}

// (a - b) * factor.
void scaled_difference(Call& call) {
  Tensor a = call.input(0), b = call.input(1), settings = call.input(2);
  call.require(a.size() == b.size(), "difference: the values differ in size");
  Tensor y = call.output(0, a.shape());
  const float factor = settings.f32()[0], *A = a.f32(), *B = b.f32();
  float* Y = y.f32();
  parallel_for(a.size(), 2, [=](int, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) Y[i] = (A[i] - B[i]) * factor;
  });
}

const Registration registration([] {
  register_op<add_to>("TesseraAddTo", {"sum: float", "value: float"}, {"nothing: float"});
  register_op<add_bias>("TesseraAddBias", {"rows: float", "bias: float"}, {"nothing: float"});
  register_op<column_sum>("TesseraColumnSum", {"x: float"}, {"y: float"});
  register_op<squared_distance>("TesseraSquaredDistance", {"a: float", "b: float"}, {"y: float"});
  register_op<scaled_difference>("TesseraScaledDifference", {"a: float", "b: float", "settings: float"}, {"y: float"});
});

}  // namespace
}  // namespace tessera
