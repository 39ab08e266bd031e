//===- Manifest.h - what an artifact says of itself -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MANIFEST_H
#define TENON_RUNTIME_MANIFEST_H

#include "support/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace tenon::runtime {

/// The manifest section, a JSON object with these keys. Others are kept for
/// people and newer readers.
struct Manifest {
  std::string target; ///< The device that runs it: `cpu`. Required.
  /// Further devices that it has code for, those to prefer first. All names of
  /// targets differ.
  std::vector<std::string> otherTargets;
  std::string compiler;     ///< Version of the compiler: `tenon 0.1.0`.
  std::string family;       ///< Model family, `bert`; empty for plain networks.
  std::string architecture; ///< `BertForSequenceClassification`, or empty.
  std::string task;         ///< Default task; empty: raw tensors only.
  std::string entry;        ///< The entry of raw calls; `forward` if not said.

  /// Errors are at `path`.
  static Result<Manifest> parse(std::string_view json, const std::string &path);
  std::string toJson() const;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_MANIFEST_H
