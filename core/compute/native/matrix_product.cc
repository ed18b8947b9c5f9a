// Products of matrices, for the layers of a transformer: TensorFlow's own reach two thirds of their speed at these sizes. A tensor of more
// than two axes is a matrix whose rows are all but the last.
#include "matrix_product.h"
#include "op.h"

namespace tessera {
namespace {

int64_t rows_of(const Tensor& x) { return x.size() / std::max<int64_t>(x.dim(-1), 1); }

void multiply_checked(Call& call, const MatrixProduct& p, int64_t b_terms) {
  call.require(p.terms == b_terms, "matrix product: the factors do not fit together");
  call.require(p.terms > 0 && p.columns % kLanes == 0, "matrix product: no terms, or a width that is no multiple of the vectors'");
  multiply(p);
}

// (..., K) x (K, N) -> (..., N), or with B given as (N, K); C starts as the bias where there is one.
template <bool transposed_b, bool with_bias>
void by_rows(Call& call) {
  Tensor a = call.input(0), b = call.input(1);
  const int64_t terms = a.dim(-1), columns = transposed_b ? rows_of(b) : b.dim(-1);
  std::vector<int64_t> shape = a.shape();
  shape.back() = columns;
  Tensor c = call.output(0, shape);
  const Factor factor = transposed_b ? Factor{b.f32(), 1, terms} : Factor{b.f32(), columns, 1};
  MatrixProduct p{{a.f32(), terms, 1}, factor, c.f32(), rows_of(a), terms, columns};
  if constexpr (with_bias) {
    Tensor bias = call.input(2);
    call.require(bias.size() == columns, "matrix product: the bias has another width");
    p.bias = bias.f32();
    multiply_checked(call, p, b.dim(-1));
  } else {
    multiply_checked(call, p, transposed_b ? b.dim(-1) : rows_of(b));
  }
}

// (K..., M)^T x (K..., N) -> (M, N), or added to it.
MatrixProduct over_rows(Call& call, const Tensor& a, const Tensor& b, float* C, int64_t size) {
  call.require(size == a.dim(-1) * b.dim(-1), "matrix product: the sum has another size");
  return {{a.f32(), 1, a.dim(-1)}, {b.f32(), b.dim(-1), 1}, C, a.dim(-1), rows_of(a), b.dim(-1)};
}

void transpose_a(Call& call) {
  Tensor a = call.input(0), b = call.input(1), c = call.output(0, {a.dim(-1), b.dim(-1)});
  multiply_checked(call, over_rows(call, a, b, c.f32(), c.size()), rows_of(b));
}

// Of a linear layer, from the gradient of its output and from its input: the gradients of weight and bias.
void linear_grad(Call& call) {
  Tensor dy = call.input(0), x = call.input(1), dweight = call.output(0, {dy.dim(-1), x.dim(-1)}), dbias = call.output(1, {dy.dim(-1)});
  MatrixProduct p = over_rows(call, dy, x, dweight.f32(), dweight.size());
  p.row_sums = dbias.f32();
  std::fill_n(p.row_sums, dbias.size(), 0.0f);
  multiply_checked(call, p, rows_of(x));
}

// The same, added in place to what is there.
void add_linear_grad(Call& call) {
  Tensor dy = call.input(0), x = call.input(1), dweight = call.input(2), dbias = call.input(3);
  MatrixProduct p = over_rows(call, dy, x, dweight.f32(), dweight.size());
  call.require(dbias.size() == dy.dim(-1), "matrix product: the bias has another width");
  p.row_sums = dbias.f32();
  p.add = true;
  multiply_checked(call, p, rows_of(x));
  call.output(0, {0});
}

const Registration registration([] {
  register_op<by_rows<false, false>>("TesseraMatMul", {"a: float", "b: float"}, {"c: float"});
  register_op<by_rows<true, false>>("TesseraMatMulTransposeB", {"a: float", "b: float"}, {"c: float"});
  register_op<transpose_a>("TesseraMatMulTransposeA", {"a: float", "b: float"}, {"c: float"});
  register_op<by_rows<true, true>>("TesseraLinear", {"x: float", "weight: float", "bias: float"}, {"y: float"});
  register_op<linear_grad>("TesseraLinearGrad", {"dy: float", "x: float"}, {"dweight: float", "dbias: float"});
  register_op<add_linear_grad>("TesseraAddLinearGrad", {"dy: float", "x: float", "dweight: float", "dbias: float"}, {"nothing: float"});
});

}  // namespace
}  // namespace tessera
