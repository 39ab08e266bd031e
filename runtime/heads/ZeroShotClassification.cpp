//===- ZeroShotClassification.cpp - classes that the request names --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// ZeroShotClassificationPipeline of transformers 4.57.6, over a model of
// natural language inference: a text entails "This example is LABEL." or not.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Parameters.h"
#include "runtime/heads/PythonText.h"
#include "runtime/heads/Scores.h"
#include "runtime/heads/TextHead.h"

#include "support/Text.h"

#include <numeric>

namespace tenon::heads {

extern const HeadInfo zeroShotClassificationHead;

namespace {

/// `candidate_labels`: a list, or a string with commas between.
std::vector<std::string> readLabels(const Json &parameters) {
  const Json *given = findParameter(parameters, "candidate_labels");
  if (!given || !given->is_string())
    return stringsParameter(parameters, "candidate_labels");
  std::vector<std::string> labels;
  for (std::string_view label :
       split(given->get_ref<const std::string &>(), ','))
    if (std::string_view name = pythonStrip(label); !name.empty())
      labels.emplace_back(name);
  return labels;
}

/// What the model is asked of each label.
Result<std::vector<std::string>>
makeHypotheses(const std::vector<std::string> &labels, const Json &parameters) {
  constexpr const char *where = "hypothesis_template";
  const Json *given = findParameter(parameters, where);
  std::string format =
      given ? given->get<std::string>() : "This example is {}.";
  std::vector<std::string> hypotheses;
  size_t size = 0;
  for (const std::string &label : labels) {
    TENON_ASSIGN_OR_RETURN(std::string text,
                           pythonFormat(format, label, where));
    constexpr size_t most = 256 * 1024 * 1024;
    size += text.size();
    if (size > most)
      return Status::usage(where, "gives more than 256 MB for all labels");
    hypotheses.push_back(std::move(text));
  }
  if (!hypotheses.empty() && hypotheses[0] == format)
    return Status::usage(where,
                         concat(quote(format), " has no place for the label"))
        .help("put {} where the label is to go");
  return hypotheses;
}

class ZeroShotClassification : public TextHead {
public:
  ZeroShotClassification(TextRunner runner, size_t entailment,
                         size_t contradiction)
      : TextHead(zeroShotClassificationHead, std::move(runner)),
        entailment_(entailment), contradiction_(contradiction) {}

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override {
    std::vector<std::string> labels = readLabels(request.parameters);
    TENON_ASSIGN_OR_RETURN(auto hypotheses,
                           makeHypotheses(labels, request.parameters));
    constexpr size_t mostBytes = size_t(64) << 20;
    tokenizers::BatchEncoding batch;
    auto add = [&](const Json &item, size_t index) -> Status {
      TENON_ASSIGN_OR_RETURN(std::string_view text, textOf(item));
      if (labels.empty())
        return Status::usage("candidate_labels", "needs at least one class")
            .help("--candidate-labels \"travel, food\"");
      if (text.empty())
        return Status::invalid("inputs", "a text can't be empty");
      // Every label is asked with all of the text.
      if (hypotheses.size() > mostBytes / text.size())
        return Status::invalid("candidate_labels",
                               concat(plural(hypotheses.size(), "label"),
                                      " are too many for a text of ",
                                      text.size(), " bytes"));
      for (const std::string &hypothesis : hypotheses)
        TENON_RETURN_IF_ERROR(encodePair(text, hypothesis, index, batch));
      return Status::ok();
    };
    TENON_RETURN_IF_ERROR(forEachInput(request.inputs, add));
    return batch;
  }

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override {
    std::vector<std::string> labels = readLabels(request.parameters);
    bool multiLabel =
        labels.size() == 1 ||
        booleanParameter(request.parameters, "multi_label", false);
    if (request.inputs.is_array())
      json.beginArray();
    TENON_RETURN_IF_ERROR(forEachInput(
        request.inputs, [&](const Json &item, size_t index) -> Status {
          writeAnswer(item.get_ref<const std::string &>(), labels,
                      scoresOf(results.ofItem(index), multiLabel), json);
          return Status::ok();
        }));
    if (request.inputs.is_array())
      json.endArray();
    return Status::ok();
  }

private:
  /// Cuts the text, never the hypothesis; not at all if the text is too short
  /// for that.
  Status encodePair(std::string_view text, std::string_view hypothesis,
                    size_t index, tokenizers::BatchEncoding &batch) const {
    const tokenizers::Tokenizer &tokenizer = runner().tokenizer();
    tokenizers::EncodeInput pair{tokenizers::TextInput(text),
                                 tokenizers::TextInput(hypothesis)};
    tokenizers::EncodeOptions options;
    if (size_t limit = tokenizer.modelMaxLength(); limit != SIZE_MAX)
      options.truncation = {limit, 0, tokenizers::TruncationStrategy::OnlyFirst,
                            tokenizer.truncationSide()};
    Status cut = runner().encode(pair, options, index, batch);
    if (cut.isOk() || cut.where() != "truncation")
      return cut;
    return runner().encode(pair, {}, index, batch);
  }

  /// How much each label is entailed.
  std::vector<float> scoresOf(const TextResults &results,
                              bool multiLabel) const {
    std::vector<float> scores;
    for (const std::vector<float> &logits : results.kept) {
      float both[] = {logits[contradiction_], logits[entailment_]};
      if (multiLabel)
        softmax(both);
      scores.push_back(both[1]);
    }
    if (!multiLabel)
      softmax(scores);
    return scores;
  }

  static void writeAnswer(std::string_view text,
                          const std::vector<std::string> &labels,
                          std::span<const float> scores, JsonWriter &json) {
    std::vector<size_t> order(labels.size());
    std::iota(order.begin(), order.end(), size_t(0));
    // As numpy's rising order from its end: of equal scores, the last is first.
    sortStably(order,
               [&](size_t a, size_t b) { return scores[a] < scores[b]; });
    std::reverse(order.begin(), order.end());
    json.beginObject().key("sequence").string(text);
    json.key("labels").beginArray();
    for (size_t label : order)
      json.string(labels[label]);
    json.endArray().key("scores").beginArray();
    for (size_t label : order)
      json.number(scores[label]);
    json.endArray().endObject();
  }

  size_t entailment_, contradiction_;
};

/// The id of the first label that begins with "entail"; the last one if there
/// is none.
Result<size_t> findEntailment(const Json &config, size_t count) {
  auto isEntailment = [](const std::string &label) {
    return pythonLower(label).starts_with("entail");
  };
  JsonMembers members(config, "config.json");
  const Json *ids = members.find("label2id");
  if (!ids || !ids->is_object()) {
    TENON_ASSIGN_OR_RETURN(Labels labels, Labels::parse(config));
    auto found =
        std::find_if(labels.names.begin(), labels.names.end(), isEntailment);
    return found == labels.names.end()
               ? count - 1
               : static_cast<size_t>(found - labels.names.begin());
  }
  for (const auto &[label, id] : ids->items())
    if (isEntailment(label)) {
      if (!id.is_number_integer() || id < -int64_t(count) ||
          id >= int64_t(count))
        return Status::invalid(
            "config.json",
            concat("label2id: ", quote(label), " has id ", printable(id.dump()),
                   ", but the model has ", count, " outputs"));
      int64_t index = id.get<int64_t>();
      return static_cast<size_t>(index < 0 ? index + int64_t(count) : index);
    }
  return count - 1;
}

Result<std::unique_ptr<Head>> createZeroShotClassification(ModelFiles &files) {
  TENON_ASSIGN_OR_RETURN(const Json *config, files.config());
  const OutputSpec outputs[] = {{{"logits"}, 2}};
  TENON_ASSIGN_OR_RETURN(TextRunner runner, TextRunner::create(files, outputs));
  size_t count = runner.width(0);
  if (count == 0)
    return Status::invalid(files.model().artifact().path(),
                           "can't do zero-shot-classification: its model has "
                           "no fixed number of classes");
  TENON_ASSIGN_OR_RETURN(size_t entailment, findEntailment(*config, count));
  size_t contradiction = entailment == 0 ? count - 1 : 0;
  return std::unique_ptr<Head>(std::make_unique<ZeroShotClassification>(
      std::move(runner), entailment, contradiction));
}

Result<Json> readZeroShotClassification(const CommandLineInputs &inputs,
                                        const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "zero-shot-classification"));
  return textsOfCommandLine(inputs.positional);
}

constexpr ParameterSpec zeroShotClassificationParameters[] = {
    {"candidate_labels", ParameterKind::StringOrList,
     "the classes: commas between, or given several times"},
    {"hypothesis_template", ParameterKind::String,
     "the sentence about a label, which {} stands for"},
    {"multi_label", ParameterKind::Boolean,
     "score each label by itself: several may be true"},
    batchSizeParameter,
};

} // namespace

const HeadInfo zeroShotClassificationHead = {
    "zero-shot-classification",
    {},
    "which of some given classes a text is of",
    zeroShotClassificationParameters,
    createZeroShotClassification,
    readZeroShotClassification};

} // namespace tenon::heads
