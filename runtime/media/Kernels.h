//===- Kernels.h - generated loops for this processor -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

//
// The functions that runtime/media/kernels makes when Tenon is built, for each
// set of CPU features, and the choice between them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_KERNELS_H
#define TENON_RUNTIME_MEDIA_KERNELS_H

#include "support/Status.h"

#include <cstdint>
#include <span>
#include <string_view>

struct halide_buffer_t;

namespace tenon::media {

/// See the generator of each for what it computes.
struct Kernels {
  std::string_view level; ///< `x86-64-v3`
  std::string_view needs; ///< CPU features, separated by commas.

  /// `packed` has bytes or words, as StripFunctions say.
  int (*rows)(int lastPair, halide_buffer_t *first, halide_buffer_t *lows,
              halide_buffer_t *highs, halide_buffer_t *highBytes,
              halide_buffer_t *packed, halide_buffer_t *output);
  int (*coarseRows)(int lastPair, halide_buffer_t *first,
                    halide_buffer_t *weights, halide_buffer_t *start,
                    halide_buffer_t *slack, int bits, halide_buffer_t *packed,
                    halide_buffer_t *output, halide_buffer_t *unsure);
  int (*columns)(halide_buffer_t *source, halide_buffer_t *first,
                 halide_buffer_t *lows, halide_buffer_t *highs,
                 halide_buffer_t *highBytes, halide_buffer_t *output);
  int (*planes)(halide_buffer_t *source, halide_buffer_t *first,
                halide_buffer_t *lows, halide_buffer_t *highs,
                halide_buffer_t *highBytes, halide_buffer_t *table,
                halide_buffer_t *output);
  int (*reduce)(halide_buffer_t *source, int pitch, int factorX, int factorY,
                uint32_t multiplier, halide_buffer_t *output);
  using Float = int (*)(halide_buffer_t *source, halide_buffer_t *index,
                        halide_buffer_t *weight, halide_buffer_t *output);
  Float linearColumns, linearRows, cubicColumns, cubicRows;
};

/// All sets of this build, the best last.
std::span<const Kernels> allKernels();

/// The best that this processor can run.
const Kernels &kernels();

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_KERNELS_H
