//===- FuzzSupport.h - what fuzz targets share ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_FUZZ_FUZZSUPPORT_H
#define TENON_TEST_FUZZ_FUZZSUPPORT_H

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace tenon::fuzz {

/// Ends the process if a condition doesn't hold, which counts as a find.
inline void require(bool condition) {
  if (!condition)
    std::abort();
}

/// The part of an input before a zero byte, taken away from it together with
/// that byte.
inline std::string_view take(std::string_view &rest) {
  size_t end = std::min(rest.find('\0'), rest.size());
  std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

} // namespace tenon::fuzz

#endif // TENON_TEST_FUZZ_FUZZSUPPORT_H
