//===- HostTensor.h - tensors for the evaluator -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_HOSTTENSOR_H
#define TENON_DIALECT_HOSTTENSOR_H

#include "mlir/IR/BuiltinTypes.h"

#include <memory>
#include <vector>

namespace tenon {

/// A dense row-major tensor in host memory. Elements of any float type are held
/// as float, rounded to that type when they are set; elements of any integer
/// type (bool, index) as int64_t. Copies share their elements until one of them
/// is written. A scalar is a tensor of rank 0.
class HostTensor {
public:
  HostTensor() = default;
  /// Zeros.
  HostTensor(mlir::Type elementType, llvm::ArrayRef<int64_t> shape);

  static HostTensor scalar(mlir::Type elementType, double value);
  /// Elements in their storage format: little-endian, bool as one byte.
  static HostTensor fromBytes(mlir::Type elementType,
                              llvm::ArrayRef<int64_t> shape,
                              llvm::ArrayRef<char> bytes);
  std::vector<char> toBytes() const;

  explicit operator bool() const { return static_cast<bool>(type); }
  mlir::Type elementType() const { return type; }
  llvm::ArrayRef<int64_t> shape() const { return sizes; }
  int64_t rank() const { return sizes.size(); }
  int64_t size(int64_t axis) const { return sizes[axis]; }
  int64_t numElements() const { return count; }
  bool isFloat() const { return static_cast<bool>(floatData); }

  llvm::ArrayRef<float> floats() const { return *floatData; }
  llvm::MutableArrayRef<float> floats();
  llvm::ArrayRef<int64_t> integers() const { return *integerData; }
  llvm::MutableArrayRef<int64_t> integers();

  /// An element as a number, whatever the type.
  double number(int64_t i) const {
    return isFloat() ? double((*floatData)[i]) : double((*integerData)[i]);
  }
  int64_t integer(int64_t i) const {
    return isFloat() ? int64_t((*floatData)[i]) : (*integerData)[i];
  }
  /// Sets an element, rounded to the element type.
  void set(int64_t i, double value);
  void setInteger(int64_t i, int64_t value);
  /// Copies element `from` of `other`, which has the same element type.
  void copyElement(int64_t i, const HostTensor &other, int64_t from);

  /// The same elements under another shape of as many.
  HostTensor reshaped(llvm::ArrayRef<int64_t> shape) const;

  /// Row-major strides, in elements.
  llvm::SmallVector<int64_t> strides() const;

private:
  mlir::Type type;
  llvm::SmallVector<int64_t> sizes;
  int64_t count = 0;
  std::shared_ptr<std::vector<float>> floatData;
  std::shared_ptr<std::vector<int64_t>> integerData;
};

/// The bytes of one element in memory and in files; bool takes one.
int64_t byteWidth(mlir::Type elementType);

/// Calls `visit` with each index of `shape` in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

/// The product of sizes.
int64_t countElements(llvm::ArrayRef<int64_t> shape);

/// The offset of an index under strides.
int64_t linearize(llvm::ArrayRef<int64_t> index,
                  llvm::ArrayRef<int64_t> strides);

} // namespace tenon

#endif // TENON_DIALECT_HOSTTENSOR_H
