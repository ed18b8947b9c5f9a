// Multi-head self-attention without ever storing the N x N matrix (Dao et al., 2022): softmax(Q K^T / sqrt(w)) V in blocks of queries.
// qkv is (batch, tokens, 3, heads, w) as the linear layer leaves it; nothing is transposed. The log-sum-exp of each row is kept, and
// the gradient computes the probabilities again from it.
#include <cmath>
#include "Eigen/Core"
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::Map<Matrix, 0, Eigen::OuterStride<>>;
using ConstStrided = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
constexpr int64_t kQueries = 128;  // rows of one block

struct Sizes {
  int64_t batch, tokens, heads, width, blocks;
  Sizes(const Tensor& qkv, const Tensor& settings)
      : batch(qkv.dim(0)), tokens(qkv.dim(1)), heads(static_cast<int64_t>(settings.f32()[0])), width(qkv.dim(2) / (3 * heads)),
        blocks((tokens + kQueries - 1) / kQueries) {}
  int64_t row() const { return 3 * heads * width; }
  int64_t tasks() const { return batch * heads * blocks; }
  float scale() const { return 1.0f / std::sqrt(static_cast<float>(width)); }
};

// The part (0 = q, 1 = k, 2 = v) of one head, rows first..first+count.
ConstStrided part_of(const float* qkv, const Sizes& s, int64_t b, int64_t h, int part, int64_t first, int64_t count) {
  return ConstStrided(qkv + (b * s.tokens + first) * s.row() + (part * s.heads + h) * s.width, count, s.width, Eigen::OuterStride<>(s.row()));
}
ConstStrided head_of(const float* out, const Sizes& s, int64_t b, int64_t h, int64_t first, int64_t count) {
  const int64_t row = s.heads * s.width;
  return ConstStrided(out + (b * s.tokens + first) * row + h * s.width, count, s.width, Eigen::OuterStride<>(row));
}

void forward(Call& call) {
  Tensor qkv = call.input(0), settings = call.input(1);
  const Sizes s(qkv, settings);
  call.require(qkv.dim(2) == s.row(), "attention: the width is no multiple of three times the heads");
  Tensor out = call.output(0, {s.batch, s.tokens, s.heads * s.width}), lse = call.output(1, {s.batch, s.heads, s.tokens});
  const float* QKV = qkv.f32();
  float *O = out.f32(), *L = lse.f32();
  parallel_for(s.tasks(), 1 << 20, [&, QKV, O, L](int, int64_t begin, int64_t end) {
    Matrix P;
    for (int64_t task = begin; task < end; ++task) {
      const int64_t block = task % s.blocks, h = task / s.blocks % s.heads, b = task / s.blocks / s.heads;
      const int64_t first = block * kQueries, count = std::min(kQueries, s.tokens - first);
      P.noalias() = (part_of(QKV, s, b, h, 0, first, count) * s.scale()) * part_of(QKV, s, b, h, 1, 0, s.tokens).transpose();
      for (int64_t r = 0; r < count; ++r) {
        auto row = P.row(r).array();
        const float highest = row.maxCoeff();
        row = (row - highest).exp();
        const float sum = row.sum();
        row *= 1.0f / sum;
        L[(b * s.heads + h) * s.tokens + first + r] = highest + std::log(sum);
      }
      const int64_t stride = s.heads * s.width;
      Strided(O + (b * s.tokens + first) * stride + h * s.width, count, s.width, Eigen::OuterStride<>(stride)).noalias() =
          P * part_of(QKV, s, b, h, 2, 0, s.tokens);
    }
  });
}

void backward(Call& call) {
  Tensor dout = call.input(0), qkv = call.input(1), out = call.input(2), lse = call.input(3), settings = call.input(4);
  const Sizes s(qkv, settings);
  call.require(dout.size() * 3 == qkv.size(), "attention: the gradient has another size than the output");
  Tensor dqkv = call.output(0, qkv.shape());
  const float *G = dout.f32(), *QKV = qkv.f32(), *O = out.f32(), *L = lse.f32();
  float* D = dqkv.f32();
  // Each thread adds into its own dK and dV (the first straight into the result); queries belong to one thread only.
  const int64_t pair = s.batch * s.heads, kv = s.tokens * s.width * 2;
  const int parts = Pool::get().threads();
  // Eigen's memory: aligned alike in every run, and so are its sums.
  Eigen::Array<float, Eigen::Dynamic, 1> partial = Eigen::Array<float, Eigen::Dynamic, 1>::Zero(static_cast<int64_t>(parts) * pair * kv);
  parallel_for(s.tasks(), 1 << 20, [&, G, QKV, O, L, D](int part, int64_t begin, int64_t end) {
    Matrix P, dP, Q;
    for (int64_t task = begin; task < end; ++task) {
      const int64_t block = task % s.blocks, h = task / s.blocks % s.heads, b = task / s.blocks / s.heads;
      const int64_t first = block * kQueries, count = std::min(kQueries, s.tokens - first);
      const auto K = part_of(QKV, s, b, h, 1, 0, s.tokens), V = part_of(QKV, s, b, h, 2, 0, s.tokens);
      const auto dO = head_of(G, s, b, h, first, count);
      Q = part_of(QKV, s, b, h, 0, first, count) * s.scale();
      P.noalias() = Q * K.transpose();
      dP.noalias() = dO * V.transpose();
      const auto Oh = head_of(O, s, b, h, first, count);
      for (int64_t r = 0; r < count; ++r) {
        P.row(r).array() = (P.row(r).array() - L[(b * s.heads + h) * s.tokens + first + r]).exp();
        const float dot = dO.row(r).dot(Oh.row(r));
        dP.row(r).array() = P.row(r).array() * (dP.row(r).array() - dot);
      }
      float* own = partial.data() + (static_cast<int64_t>(part) * pair + b * s.heads + h) * kv;
      Eigen::Map<Matrix> dK(own, s.tokens, s.width), dV(own + kv / 2, s.tokens, s.width);
      dV.noalias() += P.transpose() * dO;
      dK.noalias() += dP.transpose() * Q;
      Strided(D + (b * s.tokens + first) * s.row() + h * s.width, count, s.width, Eigen::OuterStride<>(s.row())).noalias() =
          (dP * s.scale()) * K;
    }
  });
  parallel_for(pair, s.tokens * s.width * 8, [&, D](int, int64_t begin, int64_t end) {
    for (int64_t bh = begin; bh < end; ++bh) {
      const int64_t b = bh / s.heads, h = bh % s.heads;
      for (int which = 0; which < 2; ++which) {
        Strided target(D + b * s.tokens * s.row() + ((which + 1) * s.heads + h) * s.width, s.tokens, s.width, Eigen::OuterStride<>(s.row()));
        for (int part = 0; part < parts; ++part) {
          Eigen::Map<const Matrix> own(partial.data() + (static_cast<int64_t>(part) * pair + bh) * kv + which * (kv / 2), s.tokens, s.width);
          if (part == 0) target = own;
          else target += own;
        }
      }
    }
  });
}

const Registration registration([] {
  register_op<forward>("TesseraAttention", {"qkv: float", "settings: float"}, {"out: float", "lse: float"});
  register_op<backward>("TesseraAttentionGrad", {"dout: float", "qkv: float", "out: float", "lse: float", "settings: float"}, {"dqkv: float"});
});

}  // namespace
}  // namespace tessera
