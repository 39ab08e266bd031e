//===- DimValues.h - the value of every dim ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_DIMVALUES_H
#define TENON_RUNTIME_DIMVALUES_H

#include "runtime/Format.h"

#include <span>

namespace tenon::runtime {

/// The value of a dim that can't be computed: it overflows, divides by zero or
/// less, or depends on a symbol without a value.
inline constexpr int64_t unknownDim = INT64_MIN;

/// Computes all dims in one pass; symbols may be unknownDim. `values` has a
/// place for each node.
void evaluateDims(std::span<const format::DimNode> nodes,
                  std::span<const int64_t> symbols, std::span<int64_t> values);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DIMVALUES_H
