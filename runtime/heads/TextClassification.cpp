//===- TextClassification.cpp - which class a text is of ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// TextClassificationPipeline of transformers 4.57.6, with its nesting: one
// string gives a list of one answer, one pair the answer itself; with top_k,
// one input gives a flat list, and a list of inputs a list of lists.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Parameters.h"
#include "runtime/heads/ScoreFunction.h"
#include "runtime/heads/Scores.h"
#include "runtime/heads/TextHead.h"

#include "support/Text.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tenon::heads {

extern const HeadInfo textClassificationHead;

namespace {

/// A text or pair; fails as the pipeline does for what is neither.
Result<tokenizers::EncodeInput> readItem(const Json &item) {
  auto text = [](const Json &value) {
    return std::string_view(value.get_ref<const std::string &>());
  };
  if (item.is_string())
    return textOrPair(text(item));
  if (item.is_object()) {
    for (const auto &[key, value] : item.items())
      if ((key != "text" || !value.is_string()) &&
          (key != "text_pair" || !(value.is_string() || value.is_null())))
        return Status::invalid("inputs",
                               concat(quote(key), " can't be in a pair; it has "
                                                  "'text' and 'text_pair', two "
                                                  "strings"));
    if (!item.contains("text"))
      return Status::invalid("inputs", "a pair needs 'text'");
    if (!item.contains("text_pair") || item["text_pair"].is_null())
      return textOrPair(text(item["text"]));
    return textOrPair(text(item["text"]), text(item["text_pair"]));
  }
  // [["a", "b"]], an old form of a pair.
  if (item.is_array() && item.size() == 1 && item[0].is_array() &&
      item[0].size() == 2 && item[0][0].is_string() && item[0][1].is_string())
    return textOrPair(text(item[0][0]), text(item[0][1]));
  return Status::invalid(
      "inputs", "an input must be a string, or for a pair of texts an object "
                "{\"text\": \"My text\", \"text_pair\": \"My pair\"}");
}

class TextClassification : public TextHead {
public:
  TextClassification(TextRunner runner, Labels labels, ScoreFunction function,
                     bool allScores)
      : TextHead(textClassificationHead, std::move(runner)),
        labels_(std::move(labels)), function_(function), allScores_(allScores) {
  }

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override {
    TENON_ASSIGN_OR_RETURN(
        auto options, textOptions(request.parameters, runner().tokenizer()));
    TENON_RETURN_IF_ERROR(
        scoreFunction(request.parameters, function_).status());
    return encodeInputs(request.inputs, options, readItem);
  }

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override {
    const Json &parameters = request.parameters;
    Style style;
    TENON_ASSIGN_OR_RETURN(style.function,
                           scoreFunction(parameters, function_));
    const Json *topK = findParameter(parameters, "top_k");
    bool hasTopK = topK || isNullParameter(parameters, "top_k");
    if (hasTopK) {
      style.list = style.sorted = true;
      if (topK)
        style.topK = topK->get<int64_t>();
    } else {
      style.list =
          booleanParameter(parameters, "return_all_scores", allScores_);
    }
    // The pipeline wraps the answer for a lone string, but not for a pair.
    bool wrap =
        request.inputs.is_array() || (request.inputs.is_string() && !hasTopK);
    if (wrap)
      json.beginArray();
    for (const std::vector<float> &logits : results.kept)
      writeScores(logits, style, json);
    if (wrap)
      json.endArray();
    return Status::ok();
  }

private:
  struct Style {
    ScoreFunction function = ScoreFunction::None;
    bool list = false;   ///< A list, not the best class alone.
    bool sorted = false; ///< By falling score.
    std::optional<int64_t> topK;
  };

  void writeScores(std::vector<float> scores, const Style &style,
                   JsonWriter &json) const {
    applyFunction(style.function, scores);
    auto write = [&](size_t label) {
      json.beginObject().key("label").string(labels_.names[label]);
      json.key("score").number(scores[label]).endObject();
    };
    if (!style.list) {
      write(largest(scores));
      return;
    }
    std::vector<size_t> order(scores.size());
    std::iota(order.begin(), order.end(), size_t(0));
    if (style.sorted)
      sortBestFirst(order, scores);
    if (style.topK)
      order.resize(firstOf(order.size(), *style.topK));
    json.beginArray();
    for (size_t label : order)
      write(label);
    json.endArray();
  }

  Labels labels_;
  ScoreFunction function_;
  bool allScores_;
};

Result<std::unique_ptr<Head>> createTextClassification(ModelFiles &files) {
  TENON_ASSIGN_OR_RETURN(const Json *config, files.config());
  TENON_ASSIGN_OR_RETURN(Labels labels, Labels::parse(*config));
  const OutputSpec outputs[] = {{{"logits"}, 2}};
  TENON_ASSIGN_OR_RETURN(TextRunner runner, TextRunner::create(files, outputs));
  TENON_RETURN_IF_ERROR(runner.checkLabels(0, labels));
  JsonMembers members(*config, "config.json");
  TENON_ASSIGN_OR_RETURN(std::string problem,
                         members.string("problem_type", ""));
  TENON_ASSIGN_OR_RETURN(bool allScores,
                         members.boolean("return_all_scores", false));
  ScoreFunction function = ScoreFunction::Softmax;
  if (problem == "regression")
    function = ScoreFunction::None;
  else if (problem == "multi_label_classification" || labels.names.size() == 1)
    function = ScoreFunction::Sigmoid;
  return std::unique_ptr<Head>(std::make_unique<TextClassification>(
      std::move(runner), std::move(labels), function, allScores));
}

Result<Json> readTextClassification(const CommandLineInputs &inputs,
                                    const Json &) {
  if (!inputs.pair)
    return textsOfCommandLine(inputs.positional);
  if (inputs.positional.size() != 1)
    return Status::usage("--pair", "needs exactly one text beside it");
  return Json{{"text", inputs.positional[0]}, {"text_pair", *inputs.pair}};
}

constexpr std::string_view textClassificationAliases[] = {"sentiment-analysis"};
constexpr ParameterSpec textClassificationParameters[] = {
    {"top_k", ParameterKind::IntegerOrNull,
     "how many answers to list, best first; none: all"},
    scoreFunctionParameter,
    {"return_all_scores", ParameterKind::Boolean,
     "list all classes in the model's order"},
    truncationParameter,
    maxLengthParameter,
    paddingParameter,
    specialTokensParameter,
    batchSizeParameter,
};

} // namespace

const HeadInfo textClassificationHead = {
    "text-classification",
    textClassificationAliases,
    "the class of a text or of a pair of texts",
    textClassificationParameters,
    createTextClassification,
    readTextClassification};

} // namespace tenon::heads
