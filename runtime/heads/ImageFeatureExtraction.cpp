//===- ImageFeatureExtraction.cpp - the hidden states of an image ---------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// ImageFeatureExtractionPipeline of transformers 4.57.6: the model's first
// output, or the pooled one, as nested lists with a batch axis of one.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ImageHead.h"
#include "runtime/heads/NestedLists.h"
#include "runtime/heads/Parameters.h"

namespace tenon::heads {

extern const HeadInfo imageFeatureExtractionHead;

namespace {

class ImageFeatureExtraction : public ImageHead {
public:
  explicit ImageFeatureExtraction(ImageRunner runner)
      : ImageHead(imageFeatureExtractionHead, std::move(runner)) {}

protected:
  Status check(const Json &parameters) const override {
    if (output(parameters) == 0 || runnerOutputs() > 1)
      return Status::ok();
    return Status::usage("pool", "needs a model with the output "
                                 "'pooler_output', and this has none");
  }
  size_t output(const Json &parameters) const override {
    return booleanParameter(parameters, "pool", false) ? 1 : 0;
  }

  void answer(const Json &, ImageResult result,
              JsonWriter &json) const override {
    result.shape.insert(result.shape.begin(), 1);
    writeNestedLists(result.shape, result.values, json);
  }
};

Result<std::unique_ptr<Head>> createImageFeatureExtraction(ModelFiles &files) {
  const OutputSpec both[] = {{}, {{"pooler_output"}}};
  Result<ImageRunner> runner = ImageRunner::create(files, both);
  if (!runner) {
    TENON_ASSIGN_OR_RETURN(runner, ImageRunner::create(files, {both, 1}));
  }
  return std::unique_ptr<Head>(
      std::make_unique<ImageFeatureExtraction>(std::move(*runner)));
}

Result<Json> readImageFeatureExtraction(const CommandLineInputs &inputs,
                                        const Json &) {
  return imagesOfCommandLine(inputs, "image-feature-extraction");
}

constexpr ParameterSpec imageFeatureExtractionParameters[] = {
    {"pool", ParameterKind::Boolean,
     "the pooled output in the place of the hidden states"},
    imageBatchParameter,
};

} // namespace

const HeadInfo imageFeatureExtractionHead = {"image-feature-extraction",
                                             {},
                                             "the hidden states of an image",
                                             imageFeatureExtractionParameters,
                                             createImageFeatureExtraction,
                                             readImageFeatureExtraction,
                                             InputKind::Image};

} // namespace tenon::heads
