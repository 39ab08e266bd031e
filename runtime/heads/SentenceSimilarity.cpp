//===- SentenceSimilarity.cpp - how near texts are to one -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The task of the Hugging Face inference API: the cosines between the vectors
// of a sentence and of others, in their order.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/SentenceModel.h"
#include "runtime/heads/TextHead.h"
#include "runtime/heads/TextOptions.h"

#include "support/Text.h"

namespace tenon::heads {

extern const HeadInfo sentenceSimilarityHead;

namespace {

class SentenceSimilarity : public TextHead {
public:
  explicit SentenceSimilarity(SentenceModel model)
      : TextHead(sentenceSimilarityHead, model.runner()),
        model_(std::move(model)) {}

protected:
  /// The source sentence first, then the others.
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override {
    const Json &inputs = request.inputs;
    bool valid = inputs.is_object() && inputs.size() == 2 &&
                 inputs.contains("source_sentence") &&
                 inputs["source_sentence"].is_string() &&
                 inputs.contains("sentences") && inputs["sentences"].is_array();
    if (!valid)
      return Status::invalid("inputs",
                             "must be {\"source_sentence\": a string, "
                             "\"sentences\": a list of strings}");
    TENON_ASSIGN_OR_RETURN(std::string prompt,
                           model_.prompt(request.parameters));
    std::vector<const Json *> texts = {&inputs["source_sentence"]};
    for (const Json &text : inputs["sentences"])
      texts.push_back(&text);
    tokenizers::BatchEncoding batch;
    auto add = [&](size_t i) -> Status {
      TENON_ASSIGN_OR_RETURN(std::string_view text, textOf(*texts[i]));
      return model_.encode(text, prompt, i, batch);
    };
    TENON_RETURN_IF_ERROR(add(0));
    for (size_t i = 1; i < texts.size(); ++i)
      TENON_RETURN_IF_ERROR(inList(add(i), "sentences", i - 1));
    return batch;
  }

  std::vector<float> keep(const TaskRequest &,
                          const tokenizers::Encoding &encoding,
                          std::span<const RowView> rows) const override {
    std::vector<float> vector = model_.pool(encoding, rows[0]);
    normalize(vector);
    return vector;
  }

  Status answer(const TaskRequest &, const TextResults &results,
                JsonWriter &json) const override {
    auto kept = results.kept;
    json.beginArray();
    for (const std::vector<float> &vector : kept.subspan(1)) {
      double product = 0;
      for (size_t i = 0; i < vector.size(); ++i)
        product += double(kept[0][i]) * vector[i];
      json.number(static_cast<float>(product));
    }
    json.endArray();
    return Status::ok();
  }

private:
  SentenceModel model_;
};

Result<std::unique_ptr<Head>> createSentenceSimilarity(ModelFiles &files) {
  TENON_ASSIGN_OR_RETURN(SentenceModel model, SentenceModel::create(files));
  return std::unique_ptr<Head>(
      std::make_unique<SentenceSimilarity>(std::move(model)));
}

Result<Json> readSentenceSimilarity(const CommandLineInputs &inputs,
                                    const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "sentence-similarity"));
  if (inputs.positional.size() < 2)
    return Status::usage("sentence-similarity",
                         "needs a sentence and others to compare it with");
  return Json{
      {"source_sentence", inputs.positional[0]},
      {"sentences", std::vector<std::string>(inputs.positional.begin() + 1,
                                             inputs.positional.end())}};
}

constexpr ParameterSpec sentenceSimilarityParameters[] = {
    {"prompt", ParameterKind::String, "text to put before each text"},
    {"prompt_name", ParameterKind::String, "one of the model's prompts"},
    batchSizeParameter,
};

} // namespace

const HeadInfo sentenceSimilarityHead = {
    "sentence-similarity",
    {},
    "how near sentences are to one, as cosines",
    sentenceSimilarityParameters,
    createSentenceSimilarity,
    readSentenceSimilarity};

} // namespace tenon::heads
