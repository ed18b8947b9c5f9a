// Trilinear up-sampling of channels-last volumes, twice as many voxels along each axis, half-voxel centres, edges continued:
//   along one axis  y[2i] = (3 x[i] + x[i-1]) / 4,  y[2i+1] = (3 x[i] + x[i+1]) / 4.
#include <algorithm>
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

// One step along an axis of n entries of `inner` values: each becomes two.
void grow(const float* __restrict x, int64_t n, int64_t inner, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) {
    const float *here = x + i * inner, *lower = x + std::max<int64_t>(0, i - 1) * inner, *upper = x + std::min(n - 1, i + 1) * inner;
    float *even = y + 2 * i * inner, *odd = even + inner;
    for (int64_t k = 0; k < inner; ++k) {
      even[k] = 0.75f * here[k] + 0.25f * lower[k];
      odd[k] = 0.75f * here[k] + 0.25f * upper[k];
    }
  }
}

// Its transpose.
void shrink(const float* __restrict dy, int64_t n, int64_t inner, float* __restrict dx) {
  for (int64_t i = 0; i < n; ++i) {
    const float *even = dy + 2 * i * inner, *odd = even + inner;
    // What the neighbours took from this entry; at an edge it was its own neighbour.
    const float *above = i + 1 < n ? odd + inner : odd, *below = i > 0 ? even - inner : even;
    float* out = dx + i * inner;
    for (int64_t k = 0; k < inner; ++k) out[k] = 0.75f * (even[k] + odd[k]) + 0.25f * (above[k] + below[k]);
  }
}

struct Grid {
  int64_t b, d, h, w, c;
};

void forward(Call& call) {
  Tensor x = call.input(0);
  const Grid g{x.dim(0), x.dim(1), x.dim(2), x.dim(3), x.dim(4)};
  Tensor out = call.output(0, {g.b, 2 * g.d, 2 * g.h, 2 * g.w, g.c});
  const int64_t plane = g.h * g.w * g.c, line = 2 * g.w * g.c;
  // Each output plane blends two planes of the input, then grows along the other two axes in cache.
  parallel_for(g.b * 2 * g.d, 4 * plane, [&](int, int64_t begin, int64_t end) {
    std::vector<float> blended(plane), wide(2 * plane);
    for (int64_t at = begin; at < end; ++at) {
      const int64_t o = at % (2 * g.d), i = o / 2, b = at / (2 * g.d);
      const int64_t other = o % 2 ? std::min(g.d - 1, i + 1) : std::max<int64_t>(0, i - 1);
      const float *__restrict near = x.f32() + (b * g.d + i) * plane, *__restrict far = x.f32() + (b * g.d + other) * plane;
      for (int64_t k = 0; k < plane; ++k) blended[k] = 0.75f * near[k] + 0.25f * far[k];
      for (int64_t j = 0; j < g.h; ++j) grow(&blended[j * g.w * g.c], g.w, g.c, &wide[j * line]);
      grow(wide.data(), g.h, line, out.f32() + at * 4 * plane);
    }
  });
}

void backward(Call& call) {
  Tensor dy = call.input(0);
  const Grid g{dy.dim(0), dy.dim(1) / 2, dy.dim(2) / 2, dy.dim(3) / 2, dy.dim(4)};
  const int64_t plane = g.h * g.w * g.c, line = 2 * g.w * g.c;
  call.require(dy.size() == g.b * g.d * plane * 8, "upsample: the grid is no multiple of two");
  Tensor dx = call.output(0, {g.b, g.d, g.h, g.w, g.c});
  parallel_for(g.b * g.d, 16 * plane, [&](int, int64_t begin, int64_t end) {
    std::vector<float> blended(4 * plane), high(2 * plane);
    for (int64_t at = begin; at < end; ++at) {
      const int64_t i = at % g.d;
      const float* even = dy.f32() + 2 * at * 4 * plane;
      const float* odd = even + 4 * plane;
      const float *above = i + 1 < g.d ? odd + 4 * plane : odd, *below = i > 0 ? even - 4 * plane : even;
      for (int64_t k = 0; k < 4 * plane; ++k) blended[k] = 0.75f * (even[k] + odd[k]) + 0.25f * (above[k] + below[k]);
      shrink(blended.data(), g.h, line, high.data());
      for (int64_t j = 0; j < g.h; ++j) shrink(&high[j * line], g.w, g.c, dx.f32() + at * plane + j * g.w * g.c);
    }
  });
}

const Registration registration([] {
  register_op<forward>("TesseraUpsample", {"x: float"}, {"y: float"});
  register_op<backward>("TesseraUpsampleGrad", {"dy: float"}, {"dx: float"});
});

}  // namespace
}  // namespace tessera
