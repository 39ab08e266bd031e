//===- FeatureExtraction.cpp - the hidden states of a text ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// FeatureExtractionPipeline of transformers 4.57.6: the model's first output,
// as nested lists with a batch axis of one for each text.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/NestedLists.h"
#include "runtime/heads/Parameters.h"
#include "runtime/heads/TextHead.h"
#include "runtime/heads/TextOptions.h"

#include "support/Text.h"

#include <array>

namespace tenon::heads {

extern const HeadInfo featureExtractionHead;

namespace {

class FeatureExtraction : public TextHead {
public:
  /// `perToken`: a text's row has a vector for each token, else just one.
  FeatureExtraction(TextRunner runner, bool perToken)
      : TextHead(featureExtractionHead, runner), perToken_(perToken) {}

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override;

  std::vector<float> keep(const TaskRequest &,
                          const tokenizers::Encoding &encoding,
                          std::span<const RowView> rows) const override {
    auto values = perToken_ ? rows[0].ofTokens(encoding.size()) : rows[0].all();
    return {values.begin(), values.end()};
  }

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override {
    if (request.inputs.is_array())
      json.beginArray();
    for (size_t i = 0; i < results.size(); ++i) {
      std::span<const float> data = results.kept[i];
      int64_t size = static_cast<int64_t>(results.kept[i].size());
      int64_t tokens = static_cast<int64_t>(results.encodings[i].size());
      if (perToken_)
        writeNestedLists(std::array{int64_t(1), tokens, size / tokens}, data,
                         json);
      else
        writeNestedLists(std::array{int64_t(1), size}, data, json);
    }
    if (request.inputs.is_array())
      json.endArray();
    return Status::ok();
  }

private:
  bool perToken_;
};

Result<tokenizers::BatchEncoding>
FeatureExtraction::encode(const TaskRequest &request) const {
  TENON_ASSIGN_OR_RETURN(auto options,
                         tokenizerOptions(request.parameters, "tokenize_kwargs",
                                          runner().tokenizer()));
  return encodeInputs(request.inputs, options, readText);
}

Result<std::unique_ptr<Head>> createFeatureExtraction(ModelFiles &files) {
  const OutputSpec firstOutput[1];
  TENON_ASSIGN_OR_RETURN(TextRunner runner,
                         TextRunner::create(files, firstOutput));
  const runtime::Plan &plan = files.model().plan();
  uint32_t entry = *plan.findEntry(files.model().artifact().manifest().entry);
  const format::Port &output = plan.outputs(plan.entries()[entry])[0];
  // [B, S, H], or [B, H] for models that pool; deeper ones are no features.
  if (output.dims.count > 3)
    return Status::invalid(files.model().artifact().path(),
                           concat("its output ", quote(plan.text(output.name)),
                                  " is no features"));
  return std::unique_ptr<Head>(
      std::make_unique<FeatureExtraction>(runner, output.dims.count == 3));
}

Result<Json> readFeatureExtraction(const CommandLineInputs &inputs,
                                   const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "feature-extraction"));
  return textsOfCommandLine(inputs.positional);
}

constexpr ParameterSpec featureExtractionParameters[] = {
    truncationParameter,
    {"tokenize_kwargs", ParameterKind::Object,
     "further arguments of the tokenizer"},
    batchSizeParameter,
};

} // namespace

const HeadInfo featureExtractionHead = {
    "feature-extraction",
    {},
    "the hidden state of each token of a text",
    featureExtractionParameters,
    createFeatureExtraction,
    readFeatureExtraction};

} // namespace tenon::heads
