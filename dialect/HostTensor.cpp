//===- HostTensor.cpp - tensors for the evaluator -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/HostTensor.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>

using namespace tenon;
using namespace mlir;

int64_t tenon::byteWidth(Type elementType) {
  if (isa<IndexType>(elementType))
    return 8;
  return (elementType.getIntOrFloatBitWidth() + 7) / 8;
}

int64_t tenon::countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

int64_t tenon::linearize(ArrayRef<int64_t> index, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (auto [i, stride] : llvm::zip(index, strides))
    offset += i * stride;
  return offset;
}

void tenon::forEachIndex(ArrayRef<int64_t> shape,
                         llvm::function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> index(shape.size(), 0);
  int64_t count = countElements(shape);
  for (int64_t n = 0; n < count; ++n) {
    visit(index);
    for (int64_t axis = shape.size() - 1; axis >= 0; --axis) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
  }
}

/// `value` rounded to a float type.
static float roundTo(Type type, double value) {
  if (type.isF32())
    return static_cast<float>(value);
  llvm::APFloat number(value);
  bool lost;
  number.convert(cast<FloatType>(type).getFloatSemantics(),
                 llvm::APFloat::rmNearestTiesToEven, &lost);
  return static_cast<float>(number.convertToDouble());
}

/// `value` wrapped to an integer type, as two's complement.
static int64_t wrapTo(Type type, int64_t value) {
  if (isa<IndexType>(type))
    return value;
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 1)
    return value & 1;
  if (width >= 64)
    return value;
  uint64_t shifted = static_cast<uint64_t>(value) << (64 - width);
  return static_cast<int64_t>(shifted) >> (64 - width);
}

HostTensor::HostTensor(Type elementType, ArrayRef<int64_t> shape)
    : type(elementType), sizes(shape), count(countElements(shape)) {
  if (isa<FloatType>(type))
    floatData = std::make_shared<std::vector<float>>(count);
  else
    integerData = std::make_shared<std::vector<int64_t>>(count);
}

HostTensor HostTensor::scalar(Type elementType, double value) {
  HostTensor result(elementType, {});
  result.set(0, value);
  return result;
}

MutableArrayRef<float> HostTensor::floats() {
  if (floatData.use_count() > 1)
    floatData = std::make_shared<std::vector<float>>(*floatData);
  return *floatData;
}

MutableArrayRef<int64_t> HostTensor::integers() {
  if (integerData.use_count() > 1)
    integerData = std::make_shared<std::vector<int64_t>>(*integerData);
  return *integerData;
}

void HostTensor::set(int64_t i, double value) {
  if (isFloat()) {
    floats()[i] = roundTo(type, value);
    return;
  }
  // Saturate, as the cast op does; NaN becomes 0.
  int64_t integer = 0;
  if (value >= 9223372036854775807.0)
    integer = INT64_MAX;
  else if (value <= -9223372036854775808.0)
    integer = INT64_MIN;
  else if (!std::isnan(value))
    integer = static_cast<int64_t>(value);
  setInteger(i, integer);
}

void HostTensor::setInteger(int64_t i, int64_t value) {
  if (isFloat())
    floats()[i] = roundTo(type, static_cast<double>(value));
  else
    integers()[i] = wrapTo(type, value);
}

void HostTensor::copyElement(int64_t i, const HostTensor &other, int64_t from) {
  if (isFloat())
    floats()[i] = (*other.floatData)[from];
  else
    integers()[i] = (*other.integerData)[from];
}

HostTensor HostTensor::reshaped(ArrayRef<int64_t> shape) const {
  HostTensor result = *this;
  result.sizes.assign(shape.begin(), shape.end());
  return result;
}

SmallVector<int64_t> HostTensor::strides() const {
  SmallVector<int64_t> strides(sizes.size(), 1);
  for (int64_t axis = rank() - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * sizes[axis + 1];
  return strides;
}

HostTensor HostTensor::fromBytes(Type elementType, ArrayRef<int64_t> shape,
                                 ArrayRef<char> bytes) {
  HostTensor result(elementType, shape);
  int64_t width = byteWidth(elementType);
  if (elementType.isF32()) {
    std::memcpy(result.floats().data(), bytes.data(), result.count * 4);
    return result;
  }
  for (int64_t i = 0; i < result.count; ++i) {
    uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + i * width, width);
    if (auto floatType = dyn_cast<FloatType>(elementType)) {
      llvm::APFloat number(floatType.getFloatSemantics(),
                           llvm::APInt(width * 8, bits));
      result.floats()[i] = static_cast<float>(number.convertToDouble());
    } else {
      result.setInteger(i, static_cast<int64_t>(bits));
    }
  }
  return result;
}

std::vector<char> HostTensor::toBytes() const {
  int64_t width = byteWidth(type);
  std::vector<char> bytes(count * width);
  for (int64_t i = 0; i < count; ++i) {
    uint64_t bits;
    if (auto floatType = dyn_cast<FloatType>(type)) {
      llvm::APFloat number((*floatData)[i]);
      bool lost;
      number.convert(floatType.getFloatSemantics(),
                     llvm::APFloat::rmNearestTiesToEven, &lost);
      bits = number.bitcastToAPInt().getZExtValue();
    } else {
      bits = static_cast<uint64_t>((*integerData)[i]);
    }
    std::memcpy(bytes.data() + i * width, &bits, width);
  }
  return bytes;
}
