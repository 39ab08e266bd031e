//===- ImageHead.h - heads of images one by one -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_IMAGEHEAD_H
#define TENON_RUNTIME_HEADS_IMAGEHEAD_H

#include "runtime/heads/ImageRunner.h"

#include "support/JsonWriter.h"

namespace tenon::heads {

/// What the model gave for an image: the row of one output.
struct ImageResult {
  std::vector<float> values;
  std::vector<int64_t> shape;
};

/// A head whose requests are images, each of which the model sees once. The
/// images of all requests are batched together here. An answer is that of one
/// image, or a list of them if the inputs are a list.
class ImageHead : public Head {
public:
  std::vector<Result<TaskAnswer>> run(runtime::Session &session,
                                      std::span<const TaskRequest> requests,
                                      const Listener &listener) const override;

protected:
  ImageHead(const HeadInfo &info, ImageRunner runner)
      : info_(info), runner_(std::move(runner)) {}

  /// Fails if the parameters, which are of the right types, make no sense.
  virtual Status check(const Json &parameters) const = 0;
  /// Which of the outputs an answer needs.
  virtual size_t output(const Json &parameters) const { return 0; }
  /// Writes the answer for an image.
  virtual void answer(const Json &parameters, ImageResult result,
                      JsonWriter &json) const = 0;

  size_t runnerOutputs() const { return runner_.outputs().size(); }

private:
  const HeadInfo &info_;
  ImageRunner runner_;
};

/// `inputs` of a command line: one image alone, several as a list.
Result<Json> imagesOfCommandLine(const CommandLineInputs &inputs,
                                 std::string_view task);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_IMAGEHEAD_H
