//===- NextSentencePrediction.cpp - whether a text follows another --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// There is no such pipeline in transformers: the answer is both labels with the
// softmax of the logits (0: the second text follows the first), the better
// first, in the form of text-classification with all classes.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Parameters.h"
#include "runtime/heads/Scores.h"
#include "runtime/heads/TextHead.h"

#include "support/Text.h"

namespace tenon::heads {

extern const HeadInfo nextSentencePredictionHead;

namespace {

/// The two texts of an input.
Result<tokenizers::EncodeInput> readPair(const Json &item) {
  bool valid = item.is_object() && item.size() == 2 && item.contains("text") &&
               item["text"].is_string() && item.contains("text_pair") &&
               item["text_pair"].is_string();
  if (!valid)
    return Status::invalid("inputs", "must be {\"text\": a string, "
                                     "\"text_pair\": a string}, or a list of "
                                     "those");
  return textOrPair(item["text"].get_ref<const std::string &>(),
                    item["text_pair"].get_ref<const std::string &>());
}

class NextSentencePrediction : public TextHead {
public:
  explicit NextSentencePrediction(TextRunner runner)
      : TextHead(nextSentencePredictionHead, std::move(runner)) {}

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override {
    TENON_ASSIGN_OR_RETURN(
        auto options, textOptions(request.parameters, runner().tokenizer()));
    return encodeInputs(request.inputs, options, readPair);
  }

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override {
    constexpr std::string_view labels[] = {"isNext", "notNext"};
    if (request.inputs.is_array())
      json.beginArray();
    for (std::vector<float> scores : results.kept) {
      softmax(scores);
      std::vector<size_t> order = {0, 1};
      sortBestFirst(order, scores);
      json.beginArray();
      for (size_t label : order)
        json.beginObject()
            .key("label")
            .string(labels[label])
            .key("score")
            .number(scores[label])
            .endObject();
      json.endArray();
    }
    if (request.inputs.is_array())
      json.endArray();
    return Status::ok();
  }
};

Result<std::unique_ptr<Head>> createNextSentencePrediction(ModelFiles &files) {
  // The second name is that of a model with a masked language model beside it.
  const OutputSpec outputs[] = {{{"logits", "seq_relationship_logits"}, 2}};
  TENON_ASSIGN_OR_RETURN(TextRunner runner, TextRunner::create(files, outputs));
  if (runner.width(0) != 2)
    return Status::invalid(files.model().artifact().path(),
                           concat("can't do next-sentence-prediction: it has ",
                                  runner.width(0), " outputs, not 2"));
  return std::unique_ptr<Head>(
      std::make_unique<NextSentencePrediction>(std::move(runner)));
}

Result<Json> readNextSentencePrediction(const CommandLineInputs &inputs,
                                        const Json &) {
  if (inputs.positional.size() != 1 || !inputs.pair)
    return Status::usage("next-sentence-prediction",
                         "needs a text and, with --pair, the one that may "
                         "follow it");
  return Json{{"text", inputs.positional[0]}, {"text_pair", *inputs.pair}};
}

constexpr ParameterSpec nextSentencePredictionParameters[] = {
    truncationParameter,
    maxLengthParameter,
    paddingParameter,
    batchSizeParameter,
};

} // namespace

const HeadInfo nextSentencePredictionHead = {
    "next-sentence-prediction",       {},
    "whether a text follows another", nextSentencePredictionParameters,
    createNextSentencePrediction,     readNextSentencePrediction};

} // namespace tenon::heads
