//===- Roofline.h - what a machine allows a kernel --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_ROOFLINE_H
#define TENON_TOOLS_TENON_ROOFLINE_H

#include <array>
#include <string>

namespace tenon::tool {

/// What a kernel's products are of, as different units may make them.
enum class Products { Floats, Bytes, BFloats };
inline constexpr Products allProducts[] = {Products::Floats, Products::Bytes,
                                           Products::BFloats};

/// `f32`, `i8` or `bf16`.
const char *typeName(Products products);

/// Those of a kernel that reads a constant of this type: panels with four axes
/// hold what is side by side along k together, for products whose sums are
/// wider.
constexpr Products productsOfPanels(bool isByte, bool isBFloat, size_t rank) {
  return rank != 4  ? Products::Floats
         : isByte   ? Products::Bytes
         : isBFloat ? Products::BFloats
                    : Products::Floats;
}

/// What a machine reaches at best.
struct MachinePeak {
  struct Arithmetic {
    std::string isa;  ///< The extension that counts.
    double flops = 0; ///< Multiplications and additions a second.
  };
  /// By Products; nothing for those that are made as those of floats.
  std::array<Arithmetic, std::size(allProducts)> arithmetic;
  double readBytes = 0; ///< A second, from memory.

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
