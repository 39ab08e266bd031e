//===- Types.h - tensor types with dims, shape rules ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the ops' type inference is written with. Errors go to an optional
// location, as InferTypeOpInterface wants it; where two dims disagree, a note
// for each says which operand and axis it is. A note's location carries
// [operand, axis] as metadata (see dimReference), from which the front end
// tells where that dim came from.
//
// Two dims may be equal, different, or neither provably. A verifier rejects
// only what is provably wrong, because facts known where a module was written
// are gone where a kernel was outlined from it. Whoever builds a module from
// text wants proof: it infers at a strict location (see getStrictLoc).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TYPES_H
#define TENON_DIALECT_TYPES_H

#include "dialect/Dims.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/ValueRange.h"

namespace tenon {

/// The tensor type of `dims` and `elementType`; no encoding if all dims are
/// constant.
mlir::RankedTensorType getTensorType(mlir::MLIRContext *context,
                                     llvm::ArrayRef<DimAttr> dims,
                                     mlir::Type elementType);

/// The dims of a ranked tensor type. A dynamic axis without an encoding gives
/// a null dim.
llvm::SmallVector<DimAttr> getDims(mlir::Type type);
llvm::SmallVector<DimAttr> getDims(mlir::Value value);

/// The element type of a tensor, or a scalar's own type.
mlir::Type getElementType(mlir::Type type);

/// The type without its encoding.
mlir::RankedTensorType stripDims(mlir::RankedTensorType type);

/// The facts about dims (`tenon.require`) that hold where `values` live.
DimFacts getDimFacts(mlir::ValueRange values);

/// Operand and axis that a note about a dim speaks of, if it carries them.
std::optional<std::pair<unsigned, unsigned>> dimReference(mlir::Location loc);

/// A location at which inference demands proof that dims agree.
mlir::Location getStrictLoc(mlir::Location loc);

/// One axis of an operand, for messages.
struct AxisRef {
  unsigned operand;
  unsigned axis;
};

/// Checks of one op's operand types.
class ShapeRules {
public:
  ShapeRules(mlir::MLIRContext *context, std::optional<mlir::Location> loc,
             mlir::ValueRange operands)
      : context(context), loc(loc), operands(operands) {}

  /// Fails with `message`, which speaks of the operands by name.
  mlir::LogicalResult fail(const llvm::Twine &message) const;

  /// Fails if `a` and `b` are different dims, and at a strict location unless
  /// they are provably equal; says so as `what: a is not b`.
  mlir::LogicalResult same(const llvm::Twine &what, AxisRef a, AxisRef b) const;
  /// Same, against a dim that isn't an operand's.
  mlir::LogicalResult same(const llvm::Twine &what, AxisRef a,
                           DimAttr expected) const;
  /// Whether two dims are known to be equal here.
  DimEquality compare(DimAttr a, DimAttr b) const;
  /// Whether two dims may be taken as equal here.
  bool agree(DimAttr a, DimAttr b) const;

  /// Makes `axis` count from the front of `rank` axes; fails if outside.
  mlir::FailureOr<int64_t> axis(int64_t axis, int64_t rank,
                                llvm::StringRef name = "axis") const;

  /// The rank of an operand that must have at least `least` axes.
  mlir::FailureOr<int64_t> rank(unsigned operand, int64_t least,
                                llvm::StringRef name) const;

  /// The numpy broadcast of the operands' shapes, scalars included.
  mlir::FailureOr<llvm::SmallVector<DimAttr>>
  broadcast(llvm::ArrayRef<unsigned> which) const;

  /// A tensor of `dims`, or the scalar type if no operand is a tensor.
  mlir::Type result(llvm::ArrayRef<DimAttr> dims, mlir::Type elementType) const;

  llvm::SmallVector<DimAttr> dims(unsigned operand) const;
  mlir::Type element(unsigned operand) const;

  mlir::MLIRContext *context;
  std::optional<mlir::Location> loc;
  mlir::ValueRange operands;

private:
  mlir::LogicalResult mismatch(const llvm::Twine &what, AxisRef a, DimAttr dimA,
                               std::optional<AxisRef> b, DimAttr dimB) const;
};

} // namespace tenon

#endif // TENON_DIALECT_TYPES_H
