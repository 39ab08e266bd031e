//===- ImageRunner.h - images through a model -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_IMAGERUNNER_H
#define TENON_RUNTIME_HEADS_IMAGERUNNER_H

#include "runtime/heads/Head.h"
#include "runtime/heads/HeadOutputs.h"
#include "runtime/media/Processor.h"

namespace tenon::heads {

inline constexpr ParameterSpec imageBatchParameter = {
    "batch_size", ParameterKind::Integer, "the most images to run at once"};

/// The sizes of an axis.
struct AxisRange {
  int64_t least = 1, most = INT64_MAX;

  bool contains(int64_t size) const { return size >= least && size <= most; }
};

/// The image input of a model's task.
struct ImageInput {
  uint32_t entry = 0;
  std::string_view name;
  size_t maxBatch = 0;
  /// Heights and widths that the model takes.
  AxisRange height, width;
  int64_t channels = 0; ///< 0 if they vary.

  /// Whether the model takes images of this size.
  bool takes(media::Size given) const {
    return height.contains(given.height) && width.contains(given.width);
  }
};

/// The input of an entry that takes images; no value if it has none.
std::optional<ImageInput> findImageInput(const runtime::Plan &plan,
                                         uint32_t entry);

/// Fails if what a processor makes of any image, which has three channels,
/// doesn't fit a model.
Status checkImageSize(const ImageInput &input,
                      const media::Processor &processor);

/// The bytes of an image, or from where to get them.
struct ImageSource {
  std::string name; ///< For errors.
  /// In the request, which must outlive this; empty if it is a file.
  std::string_view bytes;
  const ReadFile *read = nullptr;
  bool isBase64 = false; ///< Of the bytes.
};

/// The sources that the inputs of a request name, one or a list: attachments,
/// files if the request may name any, or `data:` URLs with base64.
Result<std::vector<ImageSource>> imageSources(const TaskRequest &request);

/// Runs images through an entry that takes `pixel_values`, in batches. Images
/// are read and prepared on a thread of their own while the model runs.
class ImageRunner {
public:
  /// `outputs` are those that results are taken from. Fails if the entry
  /// doesn't take images, or the checkpoint doesn't say how to prepare them.
  static Result<ImageRunner> create(ModelFiles &files,
                                    std::span<const OutputSpec> outputs);

  const HeadOutputs &outputs() const { return outputs_; }

  /// Called with the index of an image and its rows of the outputs.
  using Consume =
      std::function<void(size_t index, std::span<const RowView> rows)>;

  /// Called with the index of an image that can't be read, or that the model
  /// refuses; says whether to go on with the others.
  using Refuse = std::function<bool(size_t index, Status status)>;

  /// Runs all images; `maxBatch` limits those of a batch (0: as seems best).
  /// The rows come in order.
  Status run(runtime::Session &session, std::span<const ImageSource> images,
             size_t maxBatch, const Progress &progress, const Consume &consume,
             const Refuse &refuse) const;

private:
  class Preparer;
  using Planes = media::Processor::Planes;

  Result<Planes> prepare(const ImageSource &source,
                         media::Scratch &scratch) const;

  const media::Processor *processor_ = nullptr;
  ImageInput input_;
  HeadOutputs outputs_;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_IMAGERUNNER_H
