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

#include "runtime/heads/Parameters.h"
#include "runtime/heads/TextHead.h"
#include "runtime/heads/TextOptions.h"

#include "support/Text.h"

#include <array>

namespace tenon::heads {

extern const HeadInfo featureExtractionHead;

namespace {

/// Nested lists of a dense tensor.
void writeNested(std::span<const int64_t> shape, const float *&data,
                 JsonWriter &json) {
  if (shape.empty()) {
    json.number(*data++);
    return;
  }
  json.beginArray();
  for (int64_t i = 0; i < shape[0]; ++i)
    writeNested(shape.subspan(1), data, json);
  json.endArray();
}

/// The arguments for the tokenizer: `truncation`, and what is in
/// `tokenize_kwargs`.
Result<Json> tokenizerParameters(const Json &parameters) {
  Json result = Json::object();
  if (const Json *inner = findParameter(parameters, "tokenize_kwargs"))
    result = *inner;
  if (const Json *truncation = findParameter(parameters, "truncation")) {
    if (result.contains("truncation"))
      return Status::usage("truncation",
                           "is given twice, once in tokenize_kwargs");
    result["truncation"] = *truncation;
  }
  return result;
}

class FeatureExtraction : public TextHead {
public:
  /// `perToken`: a text's row has a vector for each token, else just one.
  FeatureExtraction(TextRunner runner, bool perToken)
      : TextHead(featureExtractionHead, runner), perToken_(perToken) {}

protected:
  Result<std::vector<tokenizers::Encoding>>
  encode(const TaskRequest &request) const override;

  std::vector<float> keep(const tokenizers::Encoding &encoding,
                          const RowView &row) const override {
    if (!perToken_)
      return {row.data, row.data + row.size()};
    int64_t width = row.size() / row.shape[0];
    return {row.data, row.data + int64_t(encoding.size()) * width};
  }

  Status answer(const TaskRequest &request,
                std::span<const tokenizers::Encoding> encodings,
                std::span<const std::vector<float>> kept,
                JsonWriter &json) const override {
    if (request.inputs.is_array())
      json.beginArray();
    for (size_t i = 0; i < kept.size(); ++i) {
      const float *data = kept[i].data();
      int64_t size = static_cast<int64_t>(kept[i].size());
      int64_t tokens = static_cast<int64_t>(encodings[i].size());
      if (perToken_)
        writeNested(std::array{int64_t(1), tokens, size / tokens}, data, json);
      else
        writeNested(std::array{int64_t(1), size}, data, json);
    }
    if (request.inputs.is_array())
      json.endArray();
    return Status::ok();
  }

private:
  bool perToken_;
};

constexpr ParameterSpec tokenizerSpecs[] = {
    truncationParameter, maxLengthParameter, paddingParameter,
    specialTokensParameter};
/// For checking `tokenize_kwargs` alone.
constexpr HeadInfo tokenizerInfo = {"tokenize_kwargs", {},      "",
                                    tokenizerSpecs,    nullptr, nullptr};

Result<std::vector<tokenizers::Encoding>>
FeatureExtraction::encode(const TaskRequest &request) const {
  TENON_ASSIGN_OR_RETURN(Json parameters,
                         tokenizerParameters(request.parameters));
  TENON_RETURN_IF_ERROR(checkParameters(parameters, tokenizerInfo));
  TENON_ASSIGN_OR_RETURN(auto options,
                         textOptions(parameters, runner().tokenizer()));
  std::vector<tokenizers::Encoding> encodings;
  auto add = [&](const Json &item) -> Status {
    if (!item.is_string())
      return Status::invalid("inputs", "must be a string or a list of them");
    TENON_ASSIGN_OR_RETURN(
        auto encoding,
        runner().encode(tokenizers::TextInput(std::string_view(
                            item.get_ref<const std::string &>())),
                        options));
    encodings.push_back(std::move(encoding));
    return Status::ok();
  };
  TENON_RETURN_IF_ERROR(forEachInput(request.inputs, add));
  return encodings;
}

Result<std::unique_ptr<Head>> create(ModelFiles &files) {
  TENON_ASSIGN_OR_RETURN(TextRunner runner, TextRunner::create(files, ""));
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

Result<Json> readCommandLine(const CommandLineInputs &inputs) {
  if (inputs.pair)
    return Status::usage("--pair", "isn't for feature-extraction");
  return textsOfCommandLine(inputs.positional);
}

constexpr ParameterSpec parameters[] = {
    truncationParameter,
    {"tokenize_kwargs", ParameterKind::Object,
     "further arguments of the tokenizer"},
    batchSizeParameter,
};

} // namespace

const HeadInfo featureExtractionHead = {
    "feature-extraction", {},     "the hidden state of each token of a text",
    parameters,           create, readCommandLine};

} // namespace tenon::heads
