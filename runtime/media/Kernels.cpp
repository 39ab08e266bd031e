//===- Kernels.cpp - generated loops for this processor -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Kernels.h"

#include "runtime/CpuFeatures.h"

#include <HalideRuntime.h>

namespace tenon::media {

// One line for each set of CPU features, made by CMake: MEDIA_KERNELS(suffix,
// level, features).
#define MEDIA_KERNELS(suffix, level, needs)                                    \
  extern "C" {                                                                 \
  int tenon_media_rows_##suffix(int, halide_buffer_t *, halide_buffer_t *,     \
                                halide_buffer_t *, halide_buffer_t *,          \
                                halide_buffer_t *, halide_buffer_t *);         \
  int tenon_media_coarse_rows_##suffix(int, halide_buffer_t *,                 \
                                       halide_buffer_t *, halide_buffer_t *,   \
                                       halide_buffer_t *, int,                 \
                                       halide_buffer_t *, halide_buffer_t *,   \
                                       halide_buffer_t *);                     \
  int tenon_media_columns_##suffix(halide_buffer_t *, halide_buffer_t *,       \
                                   halide_buffer_t *, halide_buffer_t *,       \
                                   halide_buffer_t *, halide_buffer_t *);      \
  int tenon_media_planes_##suffix(halide_buffer_t *, halide_buffer_t *,        \
                                  halide_buffer_t *, halide_buffer_t *,        \
                                  halide_buffer_t *, halide_buffer_t *,        \
                                  halide_buffer_t *);                          \
  int tenon_media_reduce_##suffix(halide_buffer_t *, int, int, int, uint32_t,  \
                                  halide_buffer_t *);                          \
  int tenon_media_linear_columns_##suffix(halide_buffer_t *,                   \
                                          halide_buffer_t *,                   \
                                          halide_buffer_t *,                   \
                                          halide_buffer_t *);                  \
  int tenon_media_linear_rows_##suffix(halide_buffer_t *, halide_buffer_t *,   \
                                       halide_buffer_t *, halide_buffer_t *);  \
  int tenon_media_cubic_columns_##suffix(halide_buffer_t *, halide_buffer_t *, \
                                         halide_buffer_t *,                    \
                                         halide_buffer_t *);                   \
  int tenon_media_cubic_rows_##suffix(halide_buffer_t *, halide_buffer_t *,    \
                                      halide_buffer_t *, halide_buffer_t *);   \
  }
#include "runtime/media/KernelList.def"
#undef MEDIA_KERNELS

std::span<const Kernels> allKernels() {
#define MEDIA_KERNELS(suffix, level, needs)                                    \
  {level,                                                                      \
   needs,                                                                      \
   tenon_media_rows_##suffix,                                                  \
   tenon_media_coarse_rows_##suffix,                                           \
   tenon_media_columns_##suffix,                                               \
   tenon_media_planes_##suffix,                                                \
   tenon_media_reduce_##suffix,                                                \
   tenon_media_linear_columns_##suffix,                                        \
   tenon_media_linear_rows_##suffix,                                           \
   tenon_media_cubic_columns_##suffix,                                         \
   tenon_media_cubic_rows_##suffix},
  static const Kernels all[] = {
#include "runtime/media/KernelList.def"
  };
#undef MEDIA_KERNELS
  return all;
}

const Kernels &kernels() {
  static const Kernels &best = []() -> const Kernels & {
    std::span<const Kernels> all = allKernels();
    size_t i = all.size() - 1;
    while (i && !runtime::missingFeatures(all[i].needs).empty())
      --i;
    return all[i];
  }();
  return best;
}

} // namespace tenon::media
