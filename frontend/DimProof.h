//===- DimProof.h - proving that dims are not negative ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_DIMPROOF_H
#define TENON_FRONTEND_DIMPROOF_H

#include "dialect/Dims.h"

namespace tenon::arch {

using SymbolRange =
    llvm::function_ref<std::optional<DimRange>(llvm::StringRef symbol)>;

/// Whether `dim` is at least 0 for all values of the symbols, given their
/// ranges and expressions that are known to be at least 0. What is true may be
/// beyond this; it never says yes to what is false.
bool proveNonNegative(DimAttr dim, SymbolRange range,
                      llvm::ArrayRef<DimAttr> known);

/// The number of terms of a sum; products of dims grow with theirs.
size_t countTerms(DimAttr dim);

/// Why an expression is too large to work with; empty if it isn't.
llvm::StringRef checkSize(DimAttr dim);

} // namespace tenon::arch

#endif // TENON_FRONTEND_DIMPROOF_H
