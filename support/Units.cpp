//===- Units.cpp - sizes and times for people -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Units.h"

#include <cmath>
#include <cstdio>
#include <span>

namespace tenon {

std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%.*f", digits, value);
  return buffer;
}

/// Three significant digits with the first unit that leaves less than 1000.
static std::string scaled(double value, std::span<const char *const> units) {
  size_t unit = 0;
  // 999.5 prints as 1000: the next unit then.
  while (unit + 1 < units.size() && std::fabs(value) >= 999.5) {
    value /= 1000;
    ++unit;
  }
  double size = std::fabs(value);
  int digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return fixed(value, digits) + " " + units[unit];
}

std::string humanSize(uint64_t bytes) {
  if (bytes < 1000)
    return std::to_string(bytes) + " B";
  constexpr const char *units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  return scaled(static_cast<double>(bytes) / 1000, units);
}

std::string humanTime(double seconds) {
  constexpr const char *units[] = {"ns", "µs", "ms", "s"};
  return scaled(seconds * 1e9, units);
}

std::string grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

} // namespace tenon
