//===- Roofline.cpp - what a machine allows a kernel ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Roofline.h"

#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>

namespace tenon::tool {

const char *typeName(Products products) {
  constexpr const char *names[] = {"f32", "i8", "bf16", "f16"};
  return names[size_t(products)];
}

Roofline::Roofline(double flops, double bytes, const MachinePeak &peak,
                   Products products) {
  double most = peak.of(products).flops;
  double arithmetic = most > 0 ? flops / most : 0;
  double memory = peak.readBytes > 0 ? bytes / peak.readBytes : 0;
  seconds = std::max(arithmetic, memory);
  isArithmetic = arithmetic >= memory;
}

std::string humanCount(double count) {
  static constexpr std::pair<double, const char *> units[] = {
      {1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
  for (auto [size, unit] : units)
    if (count >= size) {
      double value = count / size;
      return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0) + unit;
    }
  return fixed(count, 0);
}

} // namespace tenon::tool
