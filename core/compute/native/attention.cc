// Multi-head self-attention without ever storing the N x N matrix (Dao et al., 2022): softmax(Q K^T / sqrt(w)) V in blocks of queries
// and keys that stay in the cache. qkv is (batch, tokens, 3, heads, w) as the linear layer leaves it; every token is a key, and those
// from `from` on, `queries` of them, ask. The log-sum-exp of each row is kept, and the gradient computes the probabilities again from it.
//
// A block of queries lies crosswise, one query a lane: S^T = K Q^T, and all of softmax runs along lanes without a sum across them.
#include <cmath>
#include "op.h"
#include "parallel.h"
#include "small_product.h"

namespace tessera {
namespace {

constexpr int64_t kQueries = 64, kKeys = 128;  // a block of S^T takes 32 KB
constexpr int64_t kVectors = kQueries / kLanes;
constexpr float kLog2e = 1.44269504f;  // e^x = 2^(x log2 e): the queries carry the factor

// settings: [heads, from, queries].
struct Sizes {
  int64_t heads, batch, from, queries, tokens, width, blocks;
  Sizes(Call& call, const Tensor& qkv, const Tensor& settings) {
    call.require(settings.size() == 3 && qkv.rank() == 3, "attention: three settings and three axes are needed");
    const auto setting = [&](int index) { return static_cast<int64_t>(settings.f32()[index]); };
    heads = setting(0), from = setting(1), queries = setting(2);
    batch = qkv.dim(0), tokens = qkv.dim(1);
    call.require(heads > 0, "attention: no heads");
    width = qkv.dim(2) / (3 * heads);
    blocks = (queries + kQueries - 1) / kQueries;
    call.require(qkv.dim(2) == row(), "attention: the width is no multiple of three times the heads");
    call.require(from >= 0 && queries > 0 && from + queries <= tokens, "attention: the queries lie outside the tokens");
  }
  int64_t row() const { return 3 * heads * width; }
  int64_t out_row() const { return heads * width; }
  int64_t padded() const { return (width + kLanes - 1) / kLanes * kLanes; }
  int64_t tasks() const { return batch * heads * blocks; }
  int64_t cost() const { return 4 * kQueries * tokens * width; }
  float scale() const { return 1.0f / std::sqrt(static_cast<float>(width)); }
};

// One block of queries of one head.
struct Block {
  int64_t pair, b, h, first, count;
  Block(const Sizes& s, int64_t task)
      : pair(task / s.blocks), b(pair / s.heads), h(pair % s.heads), first(task % s.blocks * kQueries),
        count(std::min(kQueries, s.queries - first)) {}
  // Lanes in use: the last block of a head may be shorter.
  int64_t lanes() const { return (count + kLanes - 1) / kLanes * kLanes; }
  // Row `token` of q, k or v (part 0, 1, 2).
  int64_t input(const Sizes& s, int part, int64_t token) const { return (b * s.tokens + token) * s.row() + (part * s.heads + h) * s.width; }
  // Row `query` of the output, counted from the first that asks; its own q lies at token from + query.
  int64_t output(const Sizes& s, int64_t query) const { return (b * s.queries + query) * s.out_row() + h * s.width; }
  int64_t own(const Sizes& s) const { return input(s, 0, s.from + first); }
};

using Floats = std::vector<float>;

// (count, w) times factor -> (w, kQueries); lanes without a query are zero.
void crosswise(const float* rows, int64_t stride, int64_t count, int64_t width, float factor, Floats& to) {
  std::fill(to.begin(), to.end(), 0.0f);
  for (int64_t q = 0; q < count; ++q)
    for (int64_t c = 0; c < width; ++c) to[c * kQueries + q] = rows[q * stride + c] * factor;
}

// (w, kQueries) times a factor for each query -> (count, w).
void lengthwise(const Floats& from, const float* factors, int64_t count, int64_t width, float* rows, int64_t stride) {
  for (int64_t q = 0; q < count; ++q)
    for (int64_t c = 0; c < width; ++c) rows[q * stride + c] = from[c * kQueries + q] * factors[q];
}

// (count, w) times factor -> (kQueries, padded w), the rest zero.
void padded(const float* rows, int64_t stride, int64_t count, const Sizes& s, float factor, Floats& to) {
  std::fill(to.begin(), to.end(), 0.0f);
  for (int64_t q = 0; q < count; ++q)
    for (int64_t c = 0; c < s.width; ++c) to[q * s.padded() + c] = rows[q * stride + c] * factor;
}

void forward(Call& call) {
  Tensor qkv = call.input(0), settings = call.input(1);
  const Sizes s(call, qkv, settings);
  Tensor out = call.output(0, {s.batch, s.queries, s.out_row()}), lse = call.output(1, {s.batch, s.heads, s.queries});
  const float* QKV = qkv.f32();
  float *O = out.f32(), *L = lse.f32();
  parallel_for(s.tasks(), s.cost(), [&, QKV, O, L](int, int64_t begin, int64_t end) {
    Floats Q(s.width * kQueries), S(kKeys * kQueries), sum(s.width * kQueries);
    for (int64_t task = begin; task < end; ++task) {
      const Block block(s, task);
      crosswise(QKV + block.own(s), s.row(), block.count, s.width, s.scale() * kLog2e, Q);
      std::fill(sum.begin(), sum.end(), 0.0f);
      // Highest score so far and sum of exponentials relative to it, for each query.
      Vector highest[kVectors], total[kVectors] = {};
      for (auto& lane : highest) lane = Vector{} - INFINITY;
      for (int64_t key = 0; key < s.tokens; key += kKeys) {
        const int64_t keys = std::min(kKeys, s.tokens - key);
        product({QKV + block.input(s, 1, key), s.row(), 1}, Q.data(), kQueries, S.data(), kQueries, keys, s.width, block.lanes(), false);
        Vector top[kVectors];
        for (int64_t v = 0; v < kVectors; ++v) top[v] = highest[v];
        for (int64_t j = 0; j < keys; ++j)
          for (int64_t v = 0; v < kVectors; ++v) top[v] = larger(top[v], load(S.data() + j * kQueries + v * kLanes));
        for (int64_t v = 0; v < kVectors; ++v) {
          float* column = S.data() + v * kLanes;
          const Vector fade = exponential2(highest[v] - top[v]);
          highest[v] = top[v];
          Vector here = {};
          for (int64_t j = 0; j < keys; ++j) {
            const Vector p = exponential2(load(column + j * kQueries) - highest[v]);
            here += p;
            store(column + j * kQueries, p);
          }
          total[v] = total[v] * fade + here;
          if (key > 0)
            for (int64_t c = 0; c < s.width; ++c) {
              float* at = sum.data() + c * kQueries + v * kLanes;
              store(at, load(at) * fade);
            }
        }
        product({QKV + block.input(s, 2, key), 1, s.row()}, S.data(), kQueries, sum.data(), kQueries, s.width, keys, block.lanes(), true);
      }
      float factors[kQueries];
      for (int64_t q = 0; q < kQueries; ++q) {
        const float t = total[q / kLanes][q % kLanes];
        factors[q] = 1.0f / t;
        if (q < block.count) L[block.pair * s.queries + block.first + q] = highest[q / kLanes][q % kLanes] / kLog2e + std::log(t);
      }
      lengthwise(sum, factors, block.count, s.width, O + block.output(s, block.first), s.out_row());
    }
  });
}

// dK and dV of the heads that one thread works on; the first and the last of them it may share with its neighbours.
struct Partial {
  int64_t first = 0;
  Floats values;
};

void backward(Call& call) {
  Tensor dout = call.input(0), qkv = call.input(1), out = call.input(2), lse = call.input(3), settings = call.input(4);
  const Sizes s(call, qkv, settings);
  call.require(dout.size() == s.batch * s.queries * s.out_row(), "attention: the gradient has another size than the output");
  Tensor dqkv = call.output(0, qkv.shape());
  const float *G = dout.f32(), *QKV = qkv.f32(), *O = out.f32(), *L = lse.f32();
  float* D = dqkv.f32();
  const int64_t wide = s.padded(), half = s.tokens * wide;  // of one head: dK, then dV
  std::vector<Partial> partials(Pool::get().threads());
  parallel_for(s.tasks(), 2 * s.cost(), [&, G, QKV, O, L, D](int part, int64_t begin, int64_t end) {
    Partial& own = partials[part];
    own.first = begin / s.blocks;
    own.values.assign(((end - 1) / s.blocks - own.first + 1) * 2 * half, 0.0f);
    Floats Q(s.width * kQueries), dO(s.width * kQueries), dQ(s.width * kQueries), P(kKeys * kQueries), dS(kKeys * kQueries);
    Floats rowsQ(kQueries * wide), rowsG(kQueries * wide);
    for (int64_t task = begin; task < end; ++task) {
      const Block block(s, task);
      const float *q0 = QKV + block.own(s), *g0 = G + block.output(s, block.first), *o0 = O + block.output(s, block.first);
      crosswise(q0, s.row(), block.count, s.width, s.scale() * kLog2e, Q);
      crosswise(g0, s.out_row(), block.count, s.width, 1.0f, dO);
      padded(q0, s.row(), block.count, s, s.scale(), rowsQ);
      padded(g0, s.out_row(), block.count, s, 1.0f, rowsG);
      std::fill(dQ.begin(), dQ.end(), 0.0f);
      // A lane without a query gets probabilities of about zero, and gradients of zero.
      float level[kQueries], dot[kQueries] = {0};
      for (int64_t q = 0; q < kQueries; ++q) {
        level[q] = q < block.count ? L[block.pair * s.queries + block.first + q] * kLog2e : INFINITY;
        if (q < block.count)
          for (int64_t c = 0; c < s.width; ++c) dot[q] += g0[q * s.out_row() + c] * o0[q * s.out_row() + c];
      }
      float* dK = own.values.data() + (block.pair - own.first) * 2 * half;
      float* dV = dK + half;
      for (int64_t key = 0; key < s.tokens; key += kKeys) {
        const int64_t keys = std::min(kKeys, s.tokens - key);
        const float *k0 = QKV + block.input(s, 1, key), *v0 = QKV + block.input(s, 2, key);
        product({k0, s.row(), 1}, Q.data(), kQueries, P.data(), kQueries, keys, s.width, block.lanes(), false);
        product({v0, s.row(), 1}, dO.data(), kQueries, dS.data(), kQueries, keys, s.width, block.lanes(), false);
        for (int64_t j = 0; j < keys; ++j)
          for (int64_t v = 0; v < block.lanes(); v += kLanes) {
            float *p = P.data() + j * kQueries + v, *ds = dS.data() + j * kQueries + v;
            const Vector probability = exponential2(load(p) - load(level + v));
            store(p, probability);
            store(ds, probability * (load(ds) - load(dot + v)));
          }
        product({P.data(), kQueries, 1}, rowsG.data(), wide, dV + key * wide, wide, keys, block.count, wide, true);
        product({dS.data(), kQueries, 1}, rowsQ.data(), wide, dK + key * wide, wide, keys, block.count, wide, true);
        product({k0, 1, s.row()}, dS.data(), kQueries, dQ.data(), kQueries, s.width, keys, block.lanes(), true);
      }
      float factors[kQueries];
      std::fill(factors, factors + kQueries, s.scale());
      lengthwise(dQ, factors, block.count, s.width, D + block.own(s), s.row());
    }
  });
  if (s.queries < s.tokens)
    for (int64_t row = 0; row < s.batch * s.tokens; ++row) {
      const int64_t token = row % s.tokens;
      if (token < s.from || token >= s.from + s.queries) std::fill_n(D + row * s.row(), s.out_row(), 0.0f);
    }
  parallel_for(s.batch * s.heads, s.tokens * s.width * 8, [&, D](int, int64_t begin, int64_t end) {
    for (int64_t pair = begin; pair < end; ++pair)
      for (int which = 0; which < 2; ++which)
        for (int64_t token = 0; token < s.tokens; ++token) {
          float* to = D + Block(s, pair * s.blocks).input(s, which + 1, token);
          std::fill(to, to + s.width, 0.0f);
          for (const Partial& one : partials) {
            const int64_t at = ((pair - one.first) * 2 + which) * half + token * wide;
            if (pair < one.first || at >= static_cast<int64_t>(one.values.size())) continue;
            for (int64_t c = 0; c < s.width; ++c) to[c] += one.values[at + c];
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
