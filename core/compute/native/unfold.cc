// The rearranging half of a transposed convolution of kernel 2 and stride 2, joined with a skip connection:
//   blocks (B, d, h, w, 8 Cu), the eight outputs of each voxel ordered (dz, dy, dx, Cu), and skip (B, 2d, 2h, 2w, Cs)
//   ->  (B, 2d, 2h, 2w, Cu + Cs).   Without a skip connection, skip is a tensor of one element and Cs = 0.
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

// visit(row of the output, pointer offset into blocks) for every output voxel, in order, in parallel over output lines.
template <typename Visit>
void each_voxel(int64_t B, int64_t d, int64_t h, int64_t w, int64_t up, int64_t cost, const Visit& visit) {
  parallel_for(B * 2 * d * 2 * h, 2 * w * cost, [=](int, int64_t begin, int64_t end) {
    for (int64_t line = begin; line < end; ++line) {
      const int64_t j = line % (2 * h), i = line / (2 * h) % (2 * d), b = line / (2 * h) / (2 * d);
      const int64_t source = (((b * d + i / 2) * h + j / 2) * w) * 8 * up + ((i % 2) * 4 + (j % 2) * 2) * up;
      for (int64_t k = 0; k < 2 * w; ++k) visit(line * 2 * w + k, source + (k / 2) * 8 * up + (k % 2) * up);
    }
  });
}

void forward(Call& call) {
  Tensor blocks = call.input(0), skip = call.input(1);
  const int64_t B = blocks.dim(0), d = blocks.dim(1), h = blocks.dim(2), w = blocks.dim(3), up = blocks.dim(4) / 8;
  const int64_t rest = skip.rank() == 5 ? skip.dim(4) : 0, width = up + rest;
  call.require(!rest || skip.size() == B * d * h * w * 8 * rest, "unfold: the skip connection has another grid");
  Tensor out = call.output(0, {B, 2 * d, 2 * h, 2 * w, width});
  const float *X = blocks.f32(), *S = skip.f32();
  float* Y = out.f32();
  each_voxel(B, d, h, w, up, width, [=](int64_t row, int64_t source) {
    std::memcpy(Y + row * width, X + source, up * sizeof(float));
    if (rest) std::memcpy(Y + row * width + up, S + row * rest, rest * sizeof(float));
  });
}

void backward(Call& call) {
  Tensor dy = call.input(0), settings = call.input(1);
  const int64_t up = static_cast<int64_t>(settings.f32()[0]), width = dy.dim(4), rest = width - up;
  const int64_t B = dy.dim(0), d = dy.dim(1) / 2, h = dy.dim(2) / 2, w = dy.dim(3) / 2;
  call.require(dy.size() == B * d * h * w * 8 * width && rest >= 0, "unfold: the grid is no multiple of two");
  Tensor dblocks = call.output(0, {B, d, h, w, 8 * up});
  Tensor dskip = call.output(1, rest ? std::vector<int64_t>{B, 2 * d, 2 * h, 2 * w, rest} : std::vector<int64_t>{0});
  const float* G = dy.f32();
  float *X = dblocks.f32(), *S = dskip.f32();
  each_voxel(B, d, h, w, up, width, [=](int64_t row, int64_t source) {
    std::memcpy(X + source, G + row * width, up * sizeof(float));
    if (rest) std::memcpy(S + row * rest, G + row * width + up, rest * sizeof(float));
  });
}

const Registration registration([] {
  register_op<forward>("TesseraUnfold", {"blocks: float", "skip: float"}, {"y: float"});
  register_op<backward>("TesseraUnfoldGrad", {"dy: float", "settings: float"}, {"dblocks: float", "dskip: float"});
});

}  // namespace
}  // namespace tessera
