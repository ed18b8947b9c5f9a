// GELU with the exact error function: y = x (1 + erf(x / sqrt 2)) / 2, and its gradient.
#include "Eigen/Core"
#include "unsupported/Eigen/SpecialFunctions"
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

constexpr int64_t kBlock = 1024;  // small enough for the first-level cache
using Block = Eigen::Map<Eigen::Array<float, Eigen::Dynamic, 1>>;
using ConstBlock = Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, 1>>;
constexpr float kRootHalf = 0.70710678118654752f, kPeak = 0.39894228040143268f;  // 1/sqrt(2), 1/sqrt(2 pi)

void forward(Call& call) {
  Tensor x = call.input(0);
  Tensor y = call.output(0, x.shape());
  const float* X = x.f32();
  float* Y = y.f32();
  parallel_for(x.size(), 8, [=](int, int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += kBlock) {
      const int64_t n = std::min(kBlock, end - at);
      ConstBlock in(X + at, n);
      Block(Y + at, n) = 0.5f * in * (1.0f + (in * kRootHalf).erf());
    }
  });
}

void backward(Call& call) {
  Tensor dy = call.input(0), x = call.input(1);
  call.require(dy.size() == x.size(), "gelu: the gradient has another size than the output");
  Tensor dx = call.output(0, x.shape());
  const float *G = dy.f32(), *X = x.f32();
  float* D = dx.f32();
  parallel_for(x.size(), 16, [=](int, int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += kBlock) {
      const int64_t n = std::min(kBlock, end - at);
      ConstBlock in(X + at, n), g(G + at, n);
      Block(D + at, n) = g * (0.5f + 0.5f * (in * kRootHalf).erf() + in * kPeak * (-0.5f * in * in).exp());
    }
  });
}

const Registration registration([] {
  register_op<forward>("TesseraGelu", {"x: float"}, {"y: float"});
  register_op<backward>("TesseraGeluGrad", {"dy: float", "x: float"}, {"dx: float"});
});

}  // namespace
}  // namespace tessera
