//===- SafetensorsHeader.h - the JSON of a safetensors file -----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_SAFETENSORSHEADER_H
#define TENON_SUPPORT_SAFETENSORSHEADER_H

#include "support/Safetensors.h"

namespace tenon {

struct SafetensorsHeader {
  struct Tensor {
    SafetensorsInfo info; ///< Without offset and size.
    uint64_t begin = 0, end = 0;
  };
  std::vector<Tensor> tensors; ///< In the order of the header.
  std::map<std::string, std::string> metadata;
};

/// Reads the JSON and checks its form: every tensor has a type that is known, a
/// shape and offsets, once each. What the numbers mean is checked elsewhere.
/// Errors are at `path`.
Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view json,
                                                 const std::string &path);

} // namespace tenon

#endif // TENON_SUPPORT_SAFETENSORSHEADER_H
