//===- SourceText.h - errors that show the line -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_SOURCETEXT_H
#define TENON_SUPPORT_SOURCETEXT_H

#include "support/Status.h"

#include <cstddef>
#include <string_view>

namespace tenon {

/// A place in a text: line and column from 1, columns and length in code
/// points.
struct SourcePlace {
  size_t line = 1, column = 1, length = 1;
};

/// `name:LINE:COLUMN: what`, with the source line and a caret below.
Status sourceError(std::string_view name, std::string_view text,
                   SourcePlace place, std::string what);

} // namespace tenon

#endif // TENON_SUPPORT_SOURCETEXT_H
