//===- Dims.h - arithmetic on symbolic dims ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Dims are integers that may depend on named symbols (batch, length, ...). All
// operators return the normal form that DimAttr describes, so `==` on the
// attributes compares expressions.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_DIMS_H
#define TENON_DIALECT_DIMS_H

#include "dialect/TenonAttributes.h"

#include <functional>
#include <optional>

namespace tenon {

/// `value` as a dim.
DimAttr getConstantDim(mlir::MLIRContext *context, int64_t value);
/// The dim named `name`.
DimAttr getSymbolDim(mlir::MLIRContext *context, llvm::StringRef name);

DimAttr operator+(DimAttr a, DimAttr b);
DimAttr operator-(DimAttr a, DimAttr b);
DimAttr operator*(DimAttr a, DimAttr b);
DimAttr operator+(DimAttr a, int64_t b);
DimAttr operator-(DimAttr a, int64_t b);
DimAttr operator*(DimAttr a, int64_t b);
/// Division rounding down, up, and its remainder. The divisor must be positive.
DimAttr floorDiv(DimAttr a, DimAttr b);
DimAttr ceilDiv(DimAttr a, DimAttr b);
DimAttr floorMod(DimAttr a, DimAttr b);
DimAttr minDim(DimAttr a, DimAttr b);
DimAttr maxDim(DimAttr a, DimAttr b);

/// The product of `dims`; 1 for none.
DimAttr productOf(mlir::MLIRContext *context, llvm::ArrayRef<DimAttr> dims);

/// `a / b` when the division is exact for every value of the symbols.
std::optional<DimAttr> exactDiv(DimAttr a, DimAttr b);

/// A total order on dims that depends on their text only, never on pointers.
int compareDims(DimAttr a, DimAttr b);

/// Replaces symbols: `map` returns the replacement, or null to keep one.
DimAttr substituteDims(DimAttr dim,
                       llvm::function_ref<DimAttr(DimAttr symbol)> map);

/// Calls `visit` for each distinct symbol of `dim`, in order of appearance.
void visitSymbols(DimAttr dim, llvm::function_ref<void(DimAttr)> visit);

/// The value of `dim` when `value` gives each symbol's; nothing when a symbol
/// is unknown, a divisor isn't positive or the value overflows 64 bits.
std::optional<int64_t>
evaluateDim(DimAttr dim,
            llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> value);

/// A closed interval that contains every value of a dim.
struct DimRange {
  int64_t min, max;
};
/// The range of `dim` when `range` gives each symbol's (all of int64 if not).
DimRange
rangeOf(DimAttr dim,
        llvm::function_ref<std::optional<DimRange>(llvm::StringRef)> range);

/// Facts that `require` states about dims: each expression is zero.
using DimFacts = llvm::SmallVector<DimAttr>;
/// What is known of `a == b`, using `facts`.
enum class DimEquality { Equal, Different, Unknown };
DimEquality compareDims(DimAttr a, DimAttr b, llvm::ArrayRef<DimAttr> facts);

} // namespace tenon

#endif // TENON_DIALECT_DIMS_H
