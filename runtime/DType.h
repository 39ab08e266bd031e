//===- DType.h - element types ----------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_DTYPE_H
#define TENON_RUNTIME_DTYPE_H

#include "runtime/Format.h"

#include "support/Safetensors.h"

#include <optional>
#include <span>

namespace tenon::runtime {

using format::DType;

/// `f32`, `i64`, `bool`.
std::string_view dtypeName(DType type);

/// Bytes of one element; bool takes one.
uint64_t dtypeSize(DType type);

bool isInteger(DType type);

/// Bytes of a dense tensor; no value if that overflows or a size is negative.
std::optional<uint64_t> tensorBytes(DType type, std::span<const int64_t> shape);

SafetensorsType toSafetensors(DType type);
/// No value for types that entries can't have.
std::optional<DType> fromSafetensors(SafetensorsType type);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DTYPE_H
