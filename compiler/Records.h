//===- Records.h - fusion records for people --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_RECORDS_H
#define TENON_COMPILER_RECORDS_H

#include "support/Status.h"

#include <string>

namespace tenon {

struct RecordsView {
  std::string filter; ///< A glob on op ids; empty: everything.
  /// Layers that were treated alike are shown one by one.
  bool all = false;
};

/// The records of an artifact (JSON, see makeRecords) as a table: each kernel,
/// what is in it and by which rule, what that saves, and why an op that could
/// have joined another kernel didn't.
Result<std::string> renderRecords(const std::string &json,
                                  const RecordsView &view);

} // namespace tenon

#endif // TENON_COMPILER_RECORDS_H
