//===- InputBinding.h - what the caller's tensors say -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_INPUTBINDING_H
#define TENON_RUNTIME_INPUTBINDING_H

#include "runtime/Plan.h"

namespace tenon::runtime {

/// A tensor that the caller gives: dense, row-major, aligned as its elements.
struct InputTensor {
  std::string_view name;
  DType type;
  std::span<const int64_t> shape;
  const void *data;
};

struct BoundInputs {
  /// One for each input of the entry; null: the default.
  std::vector<const InputTensor *> tensors;
  /// Values of the symbols that the entry uses, unknownDim for others.
  std::vector<int64_t> symbols;
};

/// Matches tensors with the inputs of an entry, and derives the symbols from
/// their shapes. Errors name the tensor and the axis. `known` has symbols that
/// something else decides, unknownDim for the others; empty: there are none.
Result<BoundInputs> bindInputs(const Plan &plan, uint32_t entry,
                               std::span<const InputTensor> tensors,
                               std::span<const int64_t> known = {});

/// Fails at the first element that is outside the port's bounds, naming its
/// position and value.
Status checkElements(const Plan &plan, const format::Port &port,
                     const InputTensor &tensor);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_INPUTBINDING_H
