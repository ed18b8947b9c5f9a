// Soft-max Dice plus cross-entropy (method 9.1) straight from logits: the probabilities are never stored.
// logits (B, V, K), labels int32 (B, V); one that is no class (negative: unlabelled) is left out. Dice terms are averaged over B and K, cross-entropy over labelled voxels.
#include <cmath>
#include "Eigen/Core"
#include "op.h"
#include "parallel.h"

namespace tessera {
namespace {

constexpr int64_t kRows = 64;
// Eigen takes single values at the unaligned ends of an array, whose exp differs in the last bit from that of packets: memory that is not
// always aligned alike would give other results from run to run.
using Aligned = Eigen::Array<float, Eigen::Dynamic, 1>;
struct Settings {
  bool squared;
  float smooth_top, smooth_bottom;
  int64_t first;  // 0: background counts in the Dice part, 1: it does not
  explicit Settings(const Tensor& t)
      : squared(t.f32()[0] != 0), smooth_top(t.f32()[1]), smooth_bottom(t.f32()[2]), first(t.f32()[3] != 0 ? 0 : 1) {}
};

// The backends without this operation see labels beyond the classes as unlabelled; here they would also be out of bounds.
inline bool is_class(int32_t label, int64_t classes) { return label >= 0 && label < classes; }

// Soft-max of n rows of K logits into p; returns nothing else. lse, if given, receives log-sum-exp of each row.
void softmax_rows(const float* logits, int64_t n, int64_t K, float* p, float* lse) {
  for (int64_t v = 0; v < n; ++v) {
    float highest = logits[v * K];
    for (int64_t c = 1; c < K; ++c) highest = std::max(highest, logits[v * K + c]);
    for (int64_t c = 0; c < K; ++c) p[v * K + c] = logits[v * K + c] - highest;
    if (lse) lse[v] = highest;
  }
  Eigen::Map<Aligned> all(p, n * K);
  all = all.exp();
  for (int64_t v = 0; v < n; ++v) {
    float sum = 0;
    for (int64_t c = 0; c < K; ++c) sum += p[v * K + c];
    const float inverse = 1.0f / sum;
    for (int64_t c = 0; c < K; ++c) p[v * K + c] *= inverse;
    if (lse) lse[v] += std::log(sum);
  }
}

// sums (B, K, 2): true positives and denominator of each sample and class. losses: [dice, cross-entropy, labelled voxels].
void forward(Call& call) {
  Tensor logits = call.input(0), labels = call.input(1), settings = call.input(2);
  const Settings s(settings);
  const int64_t B = logits.dim(0), K = logits.dim(-1), V = logits.size() / (B * K);
  call.require(labels.size() == B * V, "dice: there must be one label a voxel");
  Tensor losses = call.output(0, {3}), sums = call.output(1, {B, K, 2});
  const int parts = Pool::get().threads();
  double dice = 0, cross = 0, counted = 0;
  for (int64_t b = 0; b < B; ++b) {
    const float* X = logits.f32() + b * V * K;
    const int32_t* Y = labels.i32() + b * V;
    const int64_t own_size = 2 * K + 2;
    std::vector<double> partial(static_cast<size_t>(parts) * own_size, 0.0);
    parallel_for(V, K * 4, [&](int part, int64_t begin, int64_t end) {
      double* own = &partial[part * own_size];
      Aligned p(kRows * K);
      std::vector<float> lse(kRows), block(2 * K);
      for (int64_t at = begin; at < end; at += kRows) {
        const int64_t n = std::min(kRows, end - at);
        softmax_rows(X + at * K, n, K, p.data(), lse.data());
        std::fill(block.begin(), block.end(), 0.0f);
        for (int64_t v = 0; v < n; ++v) {
          const int32_t y = Y[at + v];
          if (!is_class(y, K)) continue;
          for (int64_t c = 0; c < K; ++c) {
            const float q = p[v * K + c];
            block[K + c] += s.squared ? q * q : q;
          }
          block[y] += p[v * K + y];
          block[K + y] += 1;
          own[2 * K] += lse[v] - X[(at + v) * K + y];
          own[2 * K + 1] += 1;
        }
        for (int64_t k = 0; k < 2 * K; ++k) own[k] += block[k];
      }
    });
    for (int64_t c = 0; c < K; ++c) {
      double tp = 0, den = 0;
      for (int part = 0; part < parts; ++part) tp += partial[part * own_size + c], den += partial[part * own_size + K + c];
      sums.f32()[(b * K + c) * 2] = static_cast<float>(tp);
      sums.f32()[(b * K + c) * 2 + 1] = static_cast<float>(den);
      if (c >= s.first) dice += 1.0 - (2 * tp + s.smooth_top) / (den + s.smooth_bottom);
    }
    for (int part = 0; part < parts; ++part) cross += partial[part * own_size + 2 * K], counted += partial[part * own_size + 2 * K + 1];
  }
  losses.f32()[0] = static_cast<float>(dice / (B * (K - s.first)));
  losses.f32()[1] = static_cast<float>(cross / std::max(1.0, counted));
  losses.f32()[2] = static_cast<float>(counted);
}

// weights: [gradient of the Dice part, gradient of the cross-entropy part].
void backward(Call& call) {
  Tensor weights = call.input(0), logits = call.input(1), labels = call.input(2), losses = call.input(3), sums = call.input(4), settings = call.input(5);
  const Settings s(settings);
  const int64_t B = logits.dim(0), K = logits.dim(-1), V = logits.size() / (B * K);
  Tensor dlogits = call.output(0, logits.shape());
  const float dice_weight = weights.f32()[0] / (B * (K - s.first)), cross_weight = weights.f32()[1] / std::max(1.0f, losses.f32()[2]);
  for (int64_t b = 0; b < B; ++b) {
    const float* X = logits.f32() + b * V * K;
    const int32_t* Y = labels.i32() + b * V;
    float* D = dlogits.f32() + b * V * K;
    std::vector<float> hit(K, 0.0f), fall(K, 0.0f);  // d Dice / d p = fall * (2p or 1) - hit * g
    for (int64_t c = s.first; c < K; ++c) {
      const double tp = sums.f32()[(b * K + c) * 2], den = sums.f32()[(b * K + c) * 2 + 1] + s.smooth_bottom;
      hit[c] = static_cast<float>(2.0 / den) * dice_weight;
      fall[c] = static_cast<float>((2 * tp + s.smooth_top) / (den * den)) * dice_weight * (s.squared ? 2.0f : 1.0f);
    }
    parallel_for(V, K * 4, [&](int, int64_t begin, int64_t end) {
      Aligned p(kRows * K);
      std::vector<float> u(K);
      for (int64_t at = begin; at < end; at += kRows) {
        const int64_t n = std::min(kRows, end - at);
        softmax_rows(X + at * K, n, K, p.data(), nullptr);
        for (int64_t v = 0; v < n; ++v) {
          const int32_t y = Y[at + v];
          const float* q = p.data() + v * K;
          float* out = D + (at + v) * K;
          if (!is_class(y, K)) {
            std::memset(out, 0, K * sizeof(float));
            continue;
          }
          float inner = 0;
          for (int64_t c = 0; c < K; ++c) {
            u[c] = fall[c] * (s.squared ? q[c] : 1.0f) - (c == y ? hit[c] : 0.0f);
            inner += u[c] * q[c];
          }
          for (int64_t c = 0; c < K; ++c) out[c] = q[c] * (u[c] - inner + cross_weight) - (c == y ? cross_weight : 0.0f);
        }
      }
    });
  }
}

const Registration registration([] {
  register_op<forward>("TesseraDiceCe", {"logits: float", "labels: int32", "settings: float"}, {"losses: float", "sums: float"});
  register_op<backward>("TesseraDiceCeGrad",
                        {"weights: float", "logits: float", "labels: int32", "losses: float", "sums: float", "settings: float"},
                        {"dlogits: float"});
});

}  // namespace
}  // namespace tessera
