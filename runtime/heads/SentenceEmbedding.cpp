//===- SentenceEmbedding.cpp - one vector for a text ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// SentenceTransformer.encode of sentence-transformers 5.1.2: a string gives a
// vector, a list a list of vectors.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Parameters.h"
#include "runtime/heads/SentenceModel.h"
#include "runtime/heads/TextHead.h"
#include "runtime/heads/TextOptions.h"

namespace tenon::heads {

extern const HeadInfo sentenceEmbeddingHead;

namespace {

class SentenceEmbedding : public TextHead {
public:
  explicit SentenceEmbedding(SentenceModel model)
      : TextHead(sentenceEmbeddingHead, model.runner()),
        model_(std::move(model)) {}

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override {
    TENON_ASSIGN_OR_RETURN(std::string prompt,
                           model_.prompt(request.parameters));
    tokenizers::BatchEncoding batch;
    auto add = [&](const Json &item, size_t index) -> Status {
      TENON_ASSIGN_OR_RETURN(std::string_view text, textOf(item));
      return model_.encode(text, prompt, index, batch);
    };
    TENON_RETURN_IF_ERROR(forEachInput(request.inputs, add));
    return batch;
  }

  std::vector<float> keep(const TaskRequest &,
                          const tokenizers::Encoding &encoding,
                          std::span<const RowView> rows) const override {
    return model_.pool(encoding, rows[0]);
  }

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override {
    bool normalized =
        booleanParameter(request.parameters, "normalize_embeddings", false);
    if (request.inputs.is_array())
      json.beginArray();
    for (std::vector<float> vector : results.kept) {
      if (normalized)
        normalize(vector);
      json.beginArray();
      for (float value : vector)
        json.number(value);
      json.endArray();
    }
    if (request.inputs.is_array())
      json.endArray();
    return Status::ok();
  }

private:
  SentenceModel model_;
};

Result<std::unique_ptr<Head>> createSentenceEmbedding(ModelFiles &files) {
  TENON_ASSIGN_OR_RETURN(SentenceModel model, SentenceModel::create(files));
  return std::unique_ptr<Head>(
      std::make_unique<SentenceEmbedding>(std::move(model)));
}

Result<Json> readSentenceEmbedding(const CommandLineInputs &inputs,
                                   const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "sentence-embedding"));
  return textsOfCommandLine(inputs.positional);
}

constexpr ParameterSpec sentenceEmbeddingParameters[] = {
    {"prompt", ParameterKind::String, "text to put before each text"},
    {"prompt_name", ParameterKind::String, "one of the model's prompts"},
    {"normalize_embeddings", ParameterKind::Boolean,
     "make every vector's length 1"},
    batchSizeParameter,
};

} // namespace

const HeadInfo sentenceEmbeddingHead = {
    "sentence-embedding",    {},
    "a vector for a text",   sentenceEmbeddingParameters,
    createSentenceEmbedding, readSentenceEmbedding};

} // namespace tenon::heads
