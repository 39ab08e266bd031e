//===- Tensors.cpp - DLPack's fields and ours -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/capi/Tensors.h"

#include "support/Text.h"

namespace tenon::capi {

using runtime::DType;

namespace {
struct TypePair {
  DType type;
  uint8_t code, bits;
};
} // namespace

// The codes of DLDataTypeCode.
static constexpr uint8_t dlInt = 0, dlFloat = 2, dlBfloat = 4, dlBool = 6;
static constexpr int32_t dlCpu = 1;

static constexpr TypePair typeTable[] = {
    {DType::F32, dlFloat, 32},   {DType::F16, dlFloat, 16},
    {DType::BF16, dlBfloat, 16}, {DType::I64, dlInt, 64},
    {DType::I32, dlInt, 32},     {DType::I8, dlInt, 8},
    {DType::Bool, dlBool, 8},
};

tenon_dtype toDlpack(DType type) {
  for (const TypePair &pair : typeTable)
    if (pair.type == type)
      return {pair.code, pair.bits, 1};
  return {};
}

Result<DType> fromDlpack(tenon_dtype type, const std::string &where) {
  for (const TypePair &pair : typeTable)
    if (pair.code == type.code && pair.bits == type.bits && type.lanes == 1)
      return pair.type;
  return Status::invalid(where, concat("has a type that no tensor can have: "
                                       "code ",
                                       type.code, ", ", type.bits, " bits, ",
                                       type.lanes, " lanes"));
}

Status checkTensor(const tenon_tensor &tensor) {
  if (!tensor.name)
    return Status::usage("tensor", "has no name");
  auto wrong = [&](std::string what) {
    return Status::invalid(printable(tensor.name), std::move(what));
  };
  if (tensor.device.type != dlCpu)
    return wrong(concat("lies on a device of type ", tensor.device.type,
                        ", but must be in host memory (1)"));
  if (tensor.ndim < 0 || (tensor.ndim && !tensor.shape))
    return wrong("has no shape");
  int64_t dense = 1;
  for (int32_t axis = tensor.ndim; axis-- > 0;) {
    if (tensor.shape[axis] < 0)
      return wrong(concat("axis ", axis, " is ", tensor.shape[axis]));
    if (tensor.strides && tensor.shape[axis] > 1 &&
        tensor.strides[axis] != dense)
      return wrong("must be dense and row-major");
    if (__builtin_mul_overflow(dense, tensor.shape[axis], &dense))
      return wrong("is too large");
  }
  return Status::ok();
}

} // namespace tenon::capi
