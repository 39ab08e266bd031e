//===- NestedLists.h - tensors in answers -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_NESTEDLISTS_H
#define TENON_RUNTIME_HEADS_NESTEDLISTS_H

#include "support/JsonWriter.h"

#include <cstdint>
#include <span>

namespace tenon::heads {

/// A dense tensor as Python's tolist() gives it.
inline void writeNestedLists(std::span<const int64_t> shape,
                             std::span<const float> data, JsonWriter &json) {
  if (shape.empty()) {
    json.number(data[0]);
    return;
  }
  json.beginArray();
  size_t size = shape[0] ? data.size() / static_cast<size_t>(shape[0]) : 0;
  for (int64_t i = 0; i < shape[0]; ++i)
    writeNestedLists(shape.subspan(1),
                     data.subspan(static_cast<size_t>(i) * size, size), json);
  json.endArray();
}

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_NESTEDLISTS_H
