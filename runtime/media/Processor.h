//===- Processor.h - from images to a model's input -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What an image processor of transformers 4.57.6 does (use_fast=False), as a
// list of general steps. Which steps a processor class takes, and what its
// settings are if a file doesn't say, is data: see
// models/image_processors.json.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_PROCESSOR_H
#define TENON_RUNTIME_MEDIA_PROCESSOR_H

#include "runtime/media/Resample.h"

#include <string_view>
#include <vector>

namespace tenon::media {

struct Size {
  int64_t height = 0, width = 0;

  bool operator==(const Size &) const = default;
};

/// How large images are made, before any crop.
struct ResizeStep {
  /// The size itself; no value: the shorter side becomes `edge`, and the other
  /// keeps the ratio.
  std::optional<Size> exact;
  int64_t edge = 0;
  Filter filter = Filter::Bilinear;
};

/// What the files of a checkpoint say of its processor.
struct ProcessorFiles {
  std::string_view settings;     ///< preprocessor_config.json
  std::string_view descriptions; ///< image_processors.json
  std::string_view modelType;    ///< `model_type` of config.json, or empty.
};

/// Immutable; for any number of threads.
class Processor {
public:
  /// Errors are at the files' names.
  static Result<Processor> parse(const ProcessorFiles &files);

  /// The size of every image it makes, if they are all of one.
  std::optional<Size> fixedSize() const;

  /// What is to be done with an image of this size. Errors are at `where`.
  Result<Plan> plan(Size image, const std::string &where) const;

  /// A prepared image's three planes.
  struct Planes {
    Size size;
    std::vector<float> values;
  };
  Result<Planes> prepare(Image image, Scratch &scratch,
                         const std::string &where) const;

private:
  friend class ProcessorReader;

  std::optional<ResizeStep> resize_;
  std::optional<Size> crop_; ///< From the middle.
  ChannelTables tables_;
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_PROCESSOR_H
