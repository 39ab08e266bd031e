//===- Roofline.h - what a machine allows a kernel --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_ROOFLINE_H
#define TENON_TOOLS_TENON_ROOFLINE_H

#include "runtime/Format.h"

#include <array>
#include <string>

namespace tenon::tool {

using format::allProducts, format::Products;

/// `f32`, `i8`, `bf16` or `f16`.
const char *typeName(Products products);

/// What a machine reaches at best.
struct MachinePeak {
  struct Arithmetic {
    std::string isa;  ///< The extension that counts.
    double flops = 0; ///< Multiplications and additions a second.
  };
  /// By Products; nothing for those that are made as those of floats.
  std::array<Arithmetic, std::size(allProducts)> arithmetic;
  double readBytes = 0;     ///< A second, from memory.
  double launchSeconds = 0; ///< Of a launch that does nothing.

  /// Whether it was measured.
  explicit operator bool() const { return launchSeconds > 0; }

  const Arithmetic &of(Products products) const {
    const Arithmetic &own = arithmetic[size_t(products)];
    return own.flops > 0 ? own : arithmetic[size_t(Products::Floats)];
  }
};

/// The time that a piece of work takes at least (Williams, Waterman and
/// Patterson, doi:10.1145/1498765.1498785): that of its arithmetic or that of
/// its traffic. What lies in a cache comes faster than `readBytes`, so little
/// work may take less time than the second.
struct Roofline {
  double seconds = 0;
  bool isArithmetic = true; ///< Which of the two takes longer.

  Roofline() = default;
  Roofline(double flops, double bytes, const MachinePeak &peak,
           Products products);
  /// `arithmetic` or `memory`.
  const char *bound() const { return isArithmetic ? "arithmetic" : "memory"; }
};

/// `1.21 G`, `340 k`, `12`.
std::string humanCount(double count);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_ROOFLINE_H
