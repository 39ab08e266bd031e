//===- ImageClassification.cpp - which class an image is of ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// ImageClassificationPipeline of transformers 4.57.6: the best five classes.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ImageHead.h"
#include "runtime/heads/Parameters.h"
#include "runtime/heads/ScoreFunction.h"
#include "runtime/heads/Scores.h"

namespace tenon::heads {

extern const HeadInfo imageClassificationHead;

namespace {

class ImageClassification : public ImageHead {
public:
  ImageClassification(ImageRunner runner, Labels labels, ScoreFunction function)
      : ImageHead(imageClassificationHead, std::move(runner)),
        labels_(std::move(labels)), function_(function) {}

protected:
  Status check(const Json &parameters) const override {
    return scoreFunction(parameters, function_).status();
  }

  void answer(const Json &parameters, ImageResult result,
              JsonWriter &json) const override {
    std::vector<float> &scores = result.values;
    applyFunction(*scoreFunction(parameters, function_), scores);
    std::vector<size_t> order(scores.size());
    std::iota(order.begin(), order.end(), size_t(0));
    sortBestFirst(order, scores);
    order.resize(
        firstOf(order.size(), integerParameter(parameters, "top_k", 5)));
    json.beginArray();
    for (size_t label : order) {
      json.beginObject().key("label").string(labels_.names[label]);
      json.key("score").number(scores[label]).endObject();
    }
    json.endArray();
  }

private:
  Labels labels_;
  ScoreFunction function_;
};

Result<std::unique_ptr<Head>> createImageClassification(ModelFiles &files) {
  TENON_ASSIGN_OR_RETURN(const Json *config, files.config());
  TENON_ASSIGN_OR_RETURN(Labels labels, Labels::parse(*config));
  const OutputSpec outputs[] = {{{"logits"}, 2}};
  TENON_ASSIGN_OR_RETURN(ImageRunner runner,
                         ImageRunner::create(files, outputs));
  TENON_RETURN_IF_ERROR(runner.outputs().checkLabels(0, labels));
  TENON_ASSIGN_OR_RETURN(
      std::string problem,
      JsonMembers(*config, "config.json").string("problem_type", ""));
  // Regression is no exception here, other than for texts.
  bool isSigmoid =
      problem == "multi_label_classification" || labels.names.size() == 1;
  return std::unique_ptr<Head>(std::make_unique<ImageClassification>(
      std::move(runner), std::move(labels),
      isSigmoid ? ScoreFunction::Sigmoid : ScoreFunction::Softmax));
}

Result<Json> readImageClassification(const CommandLineInputs &inputs,
                                     const Json &) {
  return imagesOfCommandLine(inputs, "image-classification");
}

constexpr ParameterSpec imageClassificationParameters[] = {
    {"top_k", ParameterKind::IntegerOrNull,
     "how many answers to list, best first"},
    scoreFunctionParameter,
    imageBatchParameter,
};

} // namespace

const HeadInfo imageClassificationHead = {
    "image-classification",    {},
    "the class of an image",   imageClassificationParameters,
    createImageClassification, readImageClassification,
    InputKind::Image};

} // namespace tenon::heads
