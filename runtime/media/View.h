//===- View.h - memory for generated functions ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_VIEW_H
#define TENON_RUNTIME_MEDIA_VIEW_H

#include <HalideRuntime.h>

#include <cstdint>

namespace tenon::media {

/// Memory as the generated functions see it, the innermost dimension first.
template <typename T, int rank> class View {
public:
  struct Dim {
    int64_t extent, stride;
  };

  View(const T *data, const Dim (&dims)[rank]) {
    for (int i = 0; i < rank; ++i) {
      dims_[i].extent = static_cast<int32_t>(dims[i].extent);
      dims_[i].stride = static_cast<int32_t>(dims[i].stride);
    }
    start_ = reinterpret_cast<uint8_t *>(const_cast<T *>(data));
    buffer_.host = start_;
    buffer_.type = halide_type_of<T>();
    buffer_.dimensions = rank;
    buffer_.dim = dims_;
  }
  View(const View &) = delete;

  /// Makes what the function sees of a dimension `count` places from `begin`
  /// on, of which the first lies `at` places behind the start of the memory.
  void select(int dim, int64_t begin, int64_t count, int64_t at) {
    dims_[dim].min = static_cast<int32_t>(begin);
    dims_[dim].extent = static_cast<int32_t>(count);
    buffer_.host = start_ + at * dims_[dim].stride * int64_t(sizeof(T));
  }

  operator halide_buffer_t *() { return &buffer_; }

private:
  uint8_t *start_;
  halide_dimension_t dims_[rank] = {};
  halide_buffer_t buffer_ = {};
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_VIEW_H
