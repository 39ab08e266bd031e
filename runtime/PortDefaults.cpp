//===- PortDefaults.cpp - inputs that the caller omits --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/PortDefaults.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace tenon::runtime {

template <typename T>
static void write(const format::Port &port, std::span<const int64_t> shape,
                  T *out) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  if (port.defaultKind == format::DefaultKind::Fill) {
    std::fill_n(out, count, static_cast<T>(port.defaultValue));
    return;
  }
  int64_t row = shape.empty() ? 1 : shape.back();
  for (int64_t at = 0; at < count; at += row)
    std::iota(out + at, out + at + row, T(0));
}

void writeDefault(const format::Port &port, std::span<const int64_t> shape,
                  void *memory) {
  switch (port.type) {
  case DType::F32:
    return write(port, shape, static_cast<float *>(memory));
  case DType::I64:
    return write(port, shape, static_cast<int64_t *>(memory));
  case DType::I32:
    return write(port, shape, static_cast<int32_t *>(memory));
  case DType::I8:
  case DType::Bool:
    return write(port, shape, static_cast<int8_t *>(memory));
  case DType::F16:
  case DType::BF16: // Always 0, as the plan's check made sure.
    std::memset(memory, 0, tensorBytes(port.type, shape).value_or(0));
    return;
  }
}

} // namespace tenon::runtime
