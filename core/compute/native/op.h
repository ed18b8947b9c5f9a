// A thin, safe-enough wrapper over TensorFlow's C interface for kernels (tensorflow/c/kernels.h, tensorflow/c/ops.h).
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <string>
#include <vector>
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace tessera {

class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor) {}
  Tensor(Tensor&& other) noexcept : tensor_(other.tensor_) { other.tensor_ = nullptr; }
  Tensor(const Tensor&) = delete;
  ~Tensor() {
    if (tensor_) TF_DeleteTensor(tensor_);
  }
  float* f32() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  int32_t* i32() const { return static_cast<int32_t*>(TF_TensorData(tensor_)); }
  int64_t size() const { return TF_TensorElementCount(tensor_); }
  int rank() const { return TF_NumDims(tensor_); }
  int64_t dim(int axis) const { return TF_Dim(tensor_, axis < 0 ? axis + rank() : axis); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> dims;
    for (int axis = 0; axis < rank(); ++axis) dims.push_back(dim(axis));
    return dims;
  }

 private:
  TF_Tensor* tensor_;
};

// Thrown after TensorFlow was told that the call has failed; it becomes an exception in JavaScript.
struct Failed {};

// What one call of an operation sees.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() { TF_DeleteStatus(status_); }
  Tensor input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    if (TF_GetCode(status_) != TF_OK) fail();
    return Tensor(tensor);
  }
  int inputs() const { return TF_NumInputs(context_); }
  Tensor output(int index, const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (int64_t d : shape) count *= d;
    Tensor tensor(TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                    static_cast<size_t>(count) * sizeof(float), status_));
    if (TF_GetCode(status_) != TF_OK) fail();
    return tensor;
  }
  // Sizes that would lead out of a tensor's memory are refused.
  void require(bool fits, const char* message) {
    if (!fits) fail(TF_INVALID_ARGUMENT, message);
  }
  [[noreturn]] void fail(TF_Code code, const char* message) {
    TF_SetStatus(status_, code, message);
    fail();
  }

 private:
  [[noreturn]] void fail() {
    TF_OpKernelContext_Failure(context_, status_);
    throw Failed();
  }
  TF_OpKernelContext* context_;
  TF_Status* status_;
};

using Compute = void (*)(Call&);

// An input "values: N * float" is a list; all lists of an operation are equally long.
template <Compute compute>
void register_op(const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  const auto is_list = [](const char* input) { return std::strstr(input, "N *") != nullptr; };
  if (std::any_of(inputs.begin(), inputs.end(), is_list)) TF_OpDefinitionBuilderAddAttr(definition, "N: int >= 1");
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_OpDefinitionBuilderSetIsStateful(definition, true);  // some operations update a tensor in place: never merge or fold them
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(definition, status);
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(
      name, "CPU", nullptr,
      [](void*, TF_OpKernelContext* context) {
        Call call(context);
        try {
          try {
            compute(call);
          } catch (const std::bad_alloc&) {
            call.fail(TF_RESOURCE_EXHAUSTED, "out of memory");
          }
        } catch (const Failed&) {
        }
      },
      nullptr);
  TF_RegisterKernelBuilder(name, kernel, status);
  TF_DeleteStatus(status);
}

struct Registration {
  template <typename F>
  explicit Registration(F register_all) {
    register_all();
  }
};

}  // namespace tessera
