//===- Roofline.h - what a machine allows a kernel --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_ROOFLINE_H
#define TENON_TOOLS_TENON_ROOFLINE_H

#include <string>

namespace tenon::tool {

/// What a machine reaches at best.
struct MachinePeak {
  std::string isa;      ///< The extension whose arithmetic counts.
  double flops = 0;     ///< A second.
  double readBytes = 0; ///< A second, from memory.
  std::string byteIsa;  ///< The extension that multiplies bytes,
  double byteOps = 0;   ///< and its multiplications and additions a second.
};

/// The time that a piece of work takes at least (Williams, Waterman and
/// Patterson, doi:10.1145/1498765.1498785): that of its arithmetic or that of
/// its traffic. What lies in a cache comes faster than `readBytes`, so little
/// work may take less time than the second.
struct Roofline {
  double seconds = 0;
  bool isArithmetic = true; ///< Which of the two takes longer.

  Roofline() = default;
  /// `ofBytes`: the arithmetic is products of bytes.
  Roofline(double flops, double bytes, const MachinePeak &peak,
           bool ofBytes = false);
  /// `arithmetic` or `memory`.
  const char *bound() const { return isArithmetic ? "arithmetic" : "memory"; }
};

/// `1.21 G`, `340 k`, `12`.
std::string humanCount(double count);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_ROOFLINE_H
