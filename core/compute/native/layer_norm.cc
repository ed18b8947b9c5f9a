// Layer normalisation over the last axis: y = (x - mean) / sqrt(var + eps) * weight + bias, one pass over memory each way.
#include <cmath>
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

void forward(Call& call) {
  Tensor x = call.input(0), weight = call.input(1), bias = call.input(2), settings = call.input(3);
  const int64_t width = x.dim(-1), rows = x.size() / width;
  call.require(weight.size() == width && bias.size() == width, "layer norm: weight and bias must be as wide as the input");
  Tensor y = call.output(0, x.shape()), stats = call.output(1, {rows, 2});
  const float *X = x.f32(), *W = weight.f32(), *B = bias.f32();
  const float eps = settings.f32()[0];
  float *Y = y.f32(), *S = stats.f32();
  parallel_for(rows, width, [=](int, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* in = X + r * width;
      float* out = Y + r * width;
      float sum = 0;
#pragma GCC ivdep
      for (int64_t k = 0; k < width; ++k) sum += in[k];
      const float mean = sum / width;
      float square = 0;
      for (int64_t k = 0; k < width; ++k) square += (in[k] - mean) * (in[k] - mean);
      const float scale = 1.0f / std::sqrt(square / width + eps);
      for (int64_t k = 0; k < width; ++k) out[k] = (in[k] - mean) * scale * W[k] + B[k];
      S[2 * r] = mean;
      S[2 * r + 1] = scale;
    }
  });
}

// -> the gradient of x; those of weight and bias are added to what is there.
void backward_into(Call& call, const Tensor& dweight, const Tensor& dbias) {
  Tensor dy = call.input(0), x = call.input(1), weight = call.input(2), stats = call.input(3);
  const int64_t width = x.dim(-1), rows = x.size() / width;
  call.require(dy.size() == x.size(), "layer norm: the gradient has another size than the output");
  call.require(dweight.size() == width && dbias.size() == width, "layer norm: weight and bias must be as wide as the input");
  Tensor dx = call.output(0, x.shape());
  const float *G = dy.f32(), *X = x.f32(), *W = weight.f32(), *S = stats.f32();
  float* D = dx.f32();
  const int parts = Pool::get().threads();
  std::vector<float> partial(static_cast<size_t>(parts) * 2 * width, 0.0f);
  float* P = partial.data();
  parallel_for(rows, width, [=](int part, int64_t begin, int64_t end) {
    float *dw = P + part * 2 * width, *db = dw + width;
    for (int64_t r = begin; r < end; ++r) {
      const float *g = G + r * width, *in = X + r * width;
      float* out = D + r * width;
      const float mean = S[2 * r], scale = S[2 * r + 1];
      float sum = 0, dot = 0;
      for (int64_t k = 0; k < width; ++k) {
        const float normal = (in[k] - mean) * scale, gw = g[k] * W[k];
        sum += gw;
        dot += gw * normal;
        dw[k] += g[k] * normal;
        db[k] += g[k];
      }
      sum /= width;
      dot /= width;
      for (int64_t k = 0; k < width; ++k) out[k] = scale * (g[k] * W[k] - sum - (in[k] - mean) * scale * dot);
    }
  });
  for (int part = 0; part < parts; ++part)
    for (int64_t k = 0; k < width; ++k) {
      dweight.f32()[k] += P[part * 2 * width + k];
      dbias.f32()[k] += P[(part * 2 + 1) * width + k];
    }
}

void backward(Call& call) {
  const int64_t width = call.input(2).size();
  Tensor dweight = call.output(1, {width}), dbias = call.output(2, {width});
  std::fill_n(dweight.f32(), width, 0.0f);
  std::fill_n(dbias.f32(), width, 0.0f);
  backward_into(call, dweight, dbias);
}

void add_backward(Call& call) {
  Tensor dweight = call.input(4), dbias = call.input(5);
  backward_into(call, dweight, dbias);
}

const Registration registration([] {
  register_op<forward>("TesseraLayerNorm", {"x: float", "weight: float", "bias: float", "settings: float"}, {"y: float", "stats: float"});
  register_op<backward>("TesseraLayerNormGrad", {"dy: float", "x: float", "weight: float", "stats: float"},
                        {"dx: float", "dweight: float", "dbias: float"});
  register_op<add_backward>("TesseraAddLayerNormGrad",
                            {"dy: float", "x: float", "weight: float", "stats: float", "dweight: float", "dbias: float"}, {"dx: float"});
});

}  // namespace
}  // namespace tessera
