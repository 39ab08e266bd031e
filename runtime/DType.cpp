//===- DType.cpp - element types ------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/DType.h"

namespace tenon::runtime {

namespace {
struct TypeInfo {
  DType type;
  std::string_view name;
  uint64_t size;
  bool isInteger;
  SafetensorsType safetensors;
};
} // namespace

static constexpr TypeInfo typeTable[] = {
    {DType::F32, "f32", 4, false, SafetensorsType::F32},
    {DType::F16, "f16", 2, false, SafetensorsType::F16},
    {DType::BF16, "bf16", 2, false, SafetensorsType::BF16},
    {DType::I64, "i64", 8, true, SafetensorsType::I64},
    {DType::I32, "i32", 4, true, SafetensorsType::I32},
    {DType::I8, "i8", 1, true, SafetensorsType::I8},
    {DType::Bool, "bool", 1, true, SafetensorsType::Bool},
};

static const TypeInfo &infoOf(DType type) {
  return typeTable[static_cast<size_t>(type)];
}

std::string_view dtypeName(DType type) { return infoOf(type).name; }
uint64_t dtypeSize(DType type) { return infoOf(type).size; }
bool isInteger(DType type) { return infoOf(type).isInteger; }

std::optional<uint64_t> tensorBytes(DType type,
                                    std::span<const int64_t> shape) {
  uint64_t bytes = dtypeSize(type);
  for (int64_t size : shape)
    if (size < 0 ||
        __builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
      return std::nullopt;
  return bytes;
}

SafetensorsType toSafetensors(DType type) { return infoOf(type).safetensors; }

std::optional<DType> fromSafetensors(SafetensorsType type) {
  for (const TypeInfo &info : typeTable)
    if (info.safetensors == type)
      return info.type;
  return std::nullopt;
}

} // namespace tenon::runtime
