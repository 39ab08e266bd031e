//===- EditDistance.h - "did you mean" --------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_EDITDISTANCE_H
#define TENON_SUPPORT_EDITDISTANCE_H

#include "support/Status.h"

#include <span>
#include <string_view>

namespace tenon {

/// The fewest insertions, deletions, replacements and swaps of neighbours that
/// make `b` of `a`, counted in bytes.
size_t editDistance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, if it is near enough to be what was meant:
/// at most a third of its length away. Of equally near ones the first.
std::optional<std::string> closest(std::string_view name,
                                   std::span<const std::string> candidates);

/// Adds `help: did you mean 'x'?` where there is something near, else `help:
/// KNOWN: a, b, c` for at most ten candidates.
Status withSuggestion(Status status, std::string_view name,
                      std::span<const std::string> candidates,
                      std::string_view known);

} // namespace tenon

#endif // TENON_SUPPORT_EDITDISTANCE_H
