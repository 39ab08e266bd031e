//===- Number.h - arithmetic of SPIR-V, a component at a time ---*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_MACHINE_NUMBER_H
#define TENON_TEST_BACKENDS_VULKAN_MACHINE_NUMBER_H

#include <cstdint>

namespace machine {

/// The components of up to three operands, as bits, zeros above them.
struct Operands {
  uint64_t a, b, c;
  uint32_t from;  ///< Bits of an operand.
  uint32_t width; ///< Bits of the result.
  /// Whether floats are as inexact as Vulkan allows: denormals are zero,
  /// quotients and roots are off by what the specification's table says.
  bool isLoose;
};
using Compute = uint64_t (*)(const Operands &);

/// Null: there is no such arithmetic here.
Compute computeOf(uint16_t opcode, uint16_t external);
/// What subgroups, and atomics, do to two numbers.
Compute combinationOf(uint16_t opcode);

int64_t signExtend(uint64_t bits, uint32_t width);
double toFloat(uint64_t bits, uint32_t width);
uint64_t fromFloat(double value, uint32_t width);

} // namespace machine

#endif // TENON_TEST_BACKENDS_VULKAN_MACHINE_NUMBER_H
