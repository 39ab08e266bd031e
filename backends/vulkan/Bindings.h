//===- Bindings.h - where kernels find their buffers ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What both halves of the backend know of the bindings of descriptor set 0.
// With n buffers, those of the kernel's arguments and results in their order:
//
//   0 .. n - 1                buffers, or the first pieces of those that are
//                             larger than what can be bound at once
//   n + i                     buffer i as texels, all of it, where it is read
//   so (p + 1) * n + i           the p-th piece of buffer i, counted from 0
//
// Pieces are as large as the variant's features let a range be.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_BINDINGS_H
#define TENON_BACKENDS_VULKAN_BINDINGS_H

#include <cstdint>

namespace tenon::vulkan {

/// What every device can bind at once, in bytes.
inline constexpr uint32_t guaranteedRange = 1U << 27;

/// The feature of a variant that says more, or less.
inline constexpr char rangeFeature[] = "maxStorageBufferRange>=";

/// Bytes of a texel: four floats.
inline constexpr uint64_t texelSize = 16;

constexpr uint32_t texelsBinding(uint32_t buffers, uint32_t buffer) {
  return buffers + buffer;
}

constexpr uint32_t pieceBinding(uint32_t buffers, uint32_t buffer,
                                uint32_t piece) {
  return (piece ? piece + 1 : 0) * buffers + buffer;
}

/// The piece that a binding is, if it isn't texels.
constexpr uint32_t pieceOf(uint32_t buffers, uint32_t binding) {
  return binding < buffers ? 0 : binding / buffers - 1;
}

/// Specialization constants of kernels whose workgroups have as many threads as
/// the device's subgroups: how many these are (32 bits), and whether a
/// workgroup may be several subgroups all the same (bool).
inline constexpr uint32_t threadsConstant = 0, severalConstant = 1;

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_BINDINGS_H
