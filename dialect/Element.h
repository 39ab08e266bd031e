//===- Element.h - computing single elements of tensors ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The builder that ElementOpInterface and its kin write to. It computes either
// one element at a time or a vector of `lanes` neighbours, and keeps track of
// what is known of every index, so that reads become plain vector loads where
// the addresses are consecutive, one scalar load where they are equal, and
// gathers otherwise. Values that are equal in all lanes stay scalars.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_ELEMENT_H
#define TENON_DIALECT_ELEMENT_H

#include "dialect/Dims.h"
#include "dialect/TenonAttributes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

#include <memory>

namespace tenon {

/// An index along one axis, for all lanes. Lane l has `base + l * stride`, or
/// `general[l]` if that isn't null.
class Index {
public:
  bool isUniform() const { return !general && stride == 0; }
  bool isGeneral() const { return static_cast<bool>(general); }

  mlir::Value base;    ///< Of type index.
  int64_t stride = 0;  ///< From lane to lane.
  mlir::Value general; ///< vector<lanes x i32>.
  /// `base` is a multiple of this.
  int64_t multiple = 1;
  /// Bounds of all lanes, inclusive, where known.
  DimAttr low, high;

  /// Set on the two results of dividing one index by a dim: `whole floordiv
  /// divisor` and `whole mod divisor`. Reads of adjacent axes put them together
  /// again.
  struct Part {
    std::shared_ptr<const Index> whole;
    DimAttr divisor;
    bool remainder;
  };
  std::optional<Part> part;
};

class ElementBuilder {
public:
  /// Gives the elements of `tensor` at an index.
  using Reader = std::function<mlir::FailureOr<mlir::Value>(
      mlir::Value tensor, llvm::ArrayRef<Index> index)>;
  /// Gives a dim's value as an `index` that dominates the current position.
  using DimReader = std::function<mlir::Value(DimAttr)>;

  ElementBuilder(mlir::OpBuilder &builder, mlir::Location loc, int64_t lanes,
                 DimReader readDim, Reader reader)
      : builder(builder), loc(loc), lanes(lanes), readDim(std::move(readDim)),
        reader(std::move(reader)) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const int64_t lanes;

  //===--------------------------------------------------------------------===//
  // Indices
  //===--------------------------------------------------------------------===//

  Index constant(int64_t value);
  Index dim(DimAttr dim);
  /// An index value equal in all lanes.
  Index uniform(mlir::Value value, int64_t multiple = 1, DimAttr low = {},
                DimAttr high = {});
  /// `start`, start + 1, ... over the lanes.
  Index consecutive(Index start);

  Index add(const Index &a, const Index &b);
  Index sub(const Index &a, const Index &b);
  Index mul(const Index &a, DimAttr factor);
  /// Quotient and remainder of a non-negative index by a positive dim.
  Index floorDiv(const Index &a, DimAttr divisor);
  Index floorMod(const Index &a, DimAttr divisor);
  /// The nearest of 0 .. size - 1; nothing is emitted where that is known.
  Index clamp(const Index &a, DimAttr size);
  Index select(mlir::Value condition, const Index &a, const Index &b);
  /// An i1, or a vector of them.
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, const Index &a,
                      const Index &b);
  /// Whether `0 <= a < size` is known.
  bool isInside(const Index &a, DimAttr size);

  /// Row-major position of `index` in a tensor of `shape`.
  Index linearize(llvm::ArrayRef<Index> index, llvm::ArrayRef<DimAttr> shape);
  /// Position of `index` under `strides`. Quotient and remainder over axes that
  /// lie without a gap are put together again.
  Index linearize(llvm::ArrayRef<Index> index, llvm::ArrayRef<DimAttr> shape,
                  llvm::ArrayRef<DimAttr> strides);
  /// The index in `shape` of a row-major position.
  llvm::SmallVector<Index> delinearize(Index position,
                                       llvm::ArrayRef<DimAttr> shape);

  /// Maps an index in shape `from` to one in shape `to` of as many elements.
  /// Runs of axes whose products agree are mapped by themselves, so that axes
  /// that both have keep their index.
  llvm::SmallVector<Index> reshapeIndex(llvm::ArrayRef<Index> index,
                                        llvm::ArrayRef<DimAttr> from,
                                        llvm::ArrayRef<DimAttr> to);

  /// An index as elements of an integer or float type, and back.
  mlir::Value toElement(const Index &index, mlir::Type type);
  Index fromElement(mlir::Value element);

  //===--------------------------------------------------------------------===//
  // Elements
  //===--------------------------------------------------------------------===//

  mlir::FailureOr<mlir::Value> read(mlir::Value tensor,
                                    llvm::ArrayRef<Index> index) {
    return reader(tensor, index);
  }
  /// `value` (rounded to `type`), as a scalar.
  mlir::Value constant(mlir::Type type, double value);
  /// The position of each lane as a vector<lanes x i32>.
  mlir::Value toGeneral(const Index &index);
  /// Makes all values vectors if one of them is.
  void unify(llvm::MutableArrayRef<mlir::Value> values);
  /// A vector with `value` in all lanes, unless it is one already.
  mlir::Value splat(mlir::Value value);
  mlir::Value selectElement(mlir::Value condition, mlir::Value a,
                            mlir::Value b);
  /// An operator on elements, made vectors where needed.
  mlir::Value binary(BinaryKind kind, mlir::Value a, mlir::Value b);

  /// Indices of an operand that broadcasts to the result indexed by `index`.
  llvm::SmallVector<Index> broadcastIndex(llvm::ArrayRef<Index> index,
                                          llvm::ArrayRef<DimAttr> operandShape);

private:
  mlir::Value indexConstant(int64_t value);
  Index fromGeneral(mlir::Value general);

  DimReader readDim;
  Reader reader;
};

/// The scalar (or vector) form of the elementwise ops. Operands agree in type.
mlir::Value emitUnary(mlir::OpBuilder &builder, mlir::Location loc,
                      UnaryKind kind, mlir::Value x);
mlir::Value emitBinary(mlir::OpBuilder &builder, mlir::Location loc,
                       BinaryKind kind, mlir::Value a, mlir::Value b);
mlir::Value emitCompare(mlir::OpBuilder &builder, mlir::Location loc,
                        CompareKind kind, mlir::Value a, mlir::Value b);
mlir::Value emitCast(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value x, mlir::Type elementType);
/// Floats `x` rounded to what `elementType` holds, in their own type.
mlir::Value emitRounded(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value x, mlir::Type elementType);
/// The combiner of a reduction and its neutral element.
mlir::Value emitCombine(mlir::OpBuilder &builder, mlir::Location loc,
                        ReduceKind kind, mlir::Value a, mlir::Value b);
double neutralElement(ReduceKind kind, mlir::Type elementType);

} // namespace tenon

#endif // TENON_DIALECT_ELEMENT_H
