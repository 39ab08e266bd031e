//===- TokenClassification.cpp - the entities in a text -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// TokenClassificationPipeline of transformers 4.57.6. A text is cut to the
// tokenizer's longest; with `stride` it goes through the model in windows that
// overlap. Texts may be split into words already.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Entities.h"
#include "runtime/heads/Parameters.h"
#include "runtime/heads/PythonText.h"
#include "runtime/heads/Scores.h"
#include "runtime/heads/TextHead.h"
#include "runtime/heads/TextOptions.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::heads {

extern const HeadInfo tokenClassificationHead;

namespace {

constexpr Choice<Aggregation> aggregationNames[] = {
    {"none", Aggregation::None},
    {"simple", Aggregation::Simple},
    {"first", Aggregation::First},
    {"average", Aggregation::Average},
    {"max", Aggregation::Max}};

/// `aggregation_strategy`; no value if it isn't given, which is as none.
Result<std::optional<Aggregation>> readAggregation(const Json &parameters) {
  // What it was called before, which goes first.
  if (findParameter(parameters, "grouped_entities") ||
      findParameter(parameters, "ignore_subwords")) {
    if (!booleanParameter(parameters, "grouped_entities", false))
      return std::optional(Aggregation::None);
    return std::optional(booleanParameter(parameters, "ignore_subwords", false)
                             ? Aggregation::First
                             : Aggregation::Simple);
  }
  const Json *given = findParameter(parameters, "aggregation_strategy");
  if (!given)
    return std::optional<Aggregation>();
  std::string name = pythonLower(given->get_ref<const std::string &>());
  TENON_ASSIGN_OR_RETURN(
      Aggregation aggregation,
      choose<Aggregation>("aggregation_strategy", name, aggregationNames));
  return std::optional(aggregation);
}

/// A text as the request has it: a sentence, or the words of one.
struct Sentence {
  std::string text; ///< Words are joined by the delimiter.
  std::vector<std::string_view> words;
  std::vector<uint32_t> wordStarts; ///< In code points of the text.
};

class TokenClassification : public TextHead {
public:
  TokenClassification(TextRunner runner, Labels labels)
      : TextHead(tokenClassificationHead, std::move(runner)),
        labels_(std::move(labels)) {}

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override;

  std::vector<float> keep(const TaskRequest &,
                          const tokenizers::Encoding &encoding,
                          std::span<const RowView> rows) const override {
    auto logits = rows[0].ofTokens(encoding.size());
    return {logits.begin(), logits.end()};
  }

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override;

private:
  Result<tokenizers::EncodeOptions> options(const Json &parameters) const;
  std::vector<TokenScores> readTokens(const tokenizers::Encoding &encoding,
                                      std::span<const float> logits,
                                      const Sentence &sentence,
                                      const CodePoints &points) const;

  Labels labels_;
};

bool isSplit(const Json &parameters) {
  return booleanParameter(parameters, "is_split_into_words", false);
}

bool isWords(const Json &value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(),
                     [](const Json &word) { return word.is_string(); });
}

Result<Sentence> readSentence(const Json &item, const Json &parameters) {
  Sentence sentence;
  if (!isSplit(parameters)) {
    TENON_ASSIGN_OR_RETURN(sentence.text, textOf(item));
    return sentence;
  }
  if (!isWords(item))
    return Status::invalid("inputs", "must be a list of words, or a list of "
                                     "such lists (is_split_into_words)");
  const Json *given = findParameter(parameters, "delimiter");
  std::string delimiter = given ? given->get<std::string>() : " ";
  constexpr size_t longest = size_t(64) << 20;
  size_t start = 0, gap = pythonLength(delimiter);
  for (const Json &word : item) {
    std::string_view text = word.get_ref<const std::string &>();
    if (sentence.text.size() + text.size() + delimiter.size() > longest)
      return Status::invalid("inputs", "words and delimiters together are "
                                       "longer than 64 MB");
    if (!sentence.words.empty())
      sentence.text += delimiter;
    sentence.words.push_back(text);
    sentence.wordStarts.push_back(static_cast<uint32_t>(start));
    sentence.text += text;
    start += pythonLength(text) + gap;
  }
  return sentence;
}

/// Calls `visit` on each sentence. A lone list of words is one sentence, which
/// is answered as a list of one.
template <typename Visit>
Status forEachSentence(const TaskRequest &request, Visit visit) {
  auto read = [&](const Json &item, size_t index) -> Status {
    TENON_ASSIGN_OR_RETURN(Sentence sentence,
                           readSentence(item, request.parameters));
    return visit(sentence, index);
  };
  if (isSplit(request.parameters) && isWords(request.inputs))
    return read(request.inputs, 0);
  return forEachInput(request.inputs, read);
}

Result<tokenizers::EncodeOptions>
TokenClassification::options(const Json &parameters) const {
  const tokenizers::Tokenizer &tokenizer = runner().tokenizer();
  size_t limit = tokenizer.modelMaxLength();
  tokenizers::EncodeOptions options;
  if (limit != SIZE_MAX)
    options.truncation = {limit, 0,
                          tokenizers::TruncationStrategy::LongestFirst,
                          tokenizer.truncationSide()};
  TENON_ASSIGN_OR_RETURN(auto aggregation, readAggregation(parameters));
  const Json *given = findParameter(parameters, "stride");
  if (!given)
    return options;
  int64_t stride = given->get<int64_t>();
  // Where nothing is cut, a stride has no meaning.
  if (stride < 0 && options.truncation)
    return Status::usage("stride", "can't be negative");
  if (stride >= 0 && static_cast<uint64_t>(stride) >= limit)
    return Status::usage("stride", concat("must be less than ", limit,
                                          ", the tokenizer's longest text"));
  if (aggregation == Aggregation::None)
    return Status::usage("stride",
                         "needs an aggregation_strategy other than none");
  if (options.truncation)
    options.truncation->stride = static_cast<size_t>(stride);
  options.returnOverflow = true;
  options.padding.emplace().side = tokenizer.paddingSide();
  return options;
}

Result<tokenizers::BatchEncoding>
TokenClassification::encode(const TaskRequest &request) const {
  TENON_ASSIGN_OR_RETURN(auto encodeOptions, options(request.parameters));
  if (request.inputs.is_array() && request.inputs.empty())
    return Status::invalid("inputs", "must have at least one text");
  tokenizers::BatchEncoding batch;
  TENON_RETURN_IF_ERROR(
      forEachSentence(request, [&](const Sentence &sentence, size_t index) {
        tokenizers::EncodeInput input =
            isSplit(request.parameters)
                ? tokenizers::EncodeInput(
                      std::span<const std::string_view>(sentence.words))
                : textOrPair(sentence.text);
        return runner().encode(input, encodeOptions, index, batch);
      }));
  return batch;
}

/// The tokens of a window that are no special ones.
std::vector<TokenScores> TokenClassification::readTokens(
    const tokenizers::Encoding &encoding, std::span<const float> logits,
    const Sentence &sentence, const CodePoints &points) const {
  const tokenizers::Tokenizer &tokenizer = runner().tokenizer();
  auto unknown = tokenizer.specialTokenId(tokenizers::SpecialToken::Unk);
  bool hasSubwords = !tokenizer.continuingPrefix().empty();
  size_t count = labels_.names.size();
  std::vector<TokenScores> tokens;
  for (size_t i = 0; i < encoding.size(); ++i) {
    if (encoding.specialTokensMask[i])
      continue;
    TokenScores &token = tokens.emplace_back();
    token.index = i;
    uint32_t base = sentence.words.empty() || encoding.wordIds[i] < 0
                        ? 0
                        : sentence.wordStarts[encoding.wordIds[i]];
    token.start = base + encoding.offsets[i].begin;
    token.end = base + encoding.offsets[i].end;
    token.word = tokenizer.idToToken(encoding.ids[i]).value_or("");
    std::string_view source = points.slice(token.start, token.end);
    // A piece is longer than what it stands for, by its prefix. Without such
    // prefixes, a word begins behind a space.
    if (encoding.ids[i] == unknown)
      token.word = source;
    else if (hasSubwords)
      token.isSubword = pythonLength(token.word) != pythonLength(source);
    else
      token.isSubword =
          token.start > 0 &&
          points.slice(token.start - 1, token.start + 1).find(' ') ==
              std::string_view::npos;
    auto own = logits.subspan(i * count, count);
    token.scores.assign(own.begin(), own.end());
    softmax(token.scores);
  }
  return tokens;
}

void writeEntity(const Entity &entity, Aggregation aggregation,
                 JsonWriter &json) {
  bool isToken = aggregation == Aggregation::None;
  json.beginObject();
  json.key(isToken ? "entity" : "entity_group").string(entity.label);
  json.key("score").number(entity.score);
  if (isToken)
    json.key("index").integer(static_cast<int64_t>(entity.index));
  json.key("word").string(entity.word);
  json.key("start").integer(entity.start).key("end").integer(entity.end);
  json.endObject();
}

Status TokenClassification::answer(const TaskRequest &request,
                                   const TextResults &results,
                                   JsonWriter &json) const {
  TENON_ASSIGN_OR_RETURN(auto given, readAggregation(request.parameters));
  Aggregation aggregation = given.value_or(Aggregation::None);
  std::vector<std::string> ignored = {"O"};
  if (findParameter(request.parameters, "ignore_labels"))
    ignored = stringsParameter(request.parameters, "ignore_labels");
  auto isIgnored = [&](const Entity &entity) {
    return std::find(ignored.begin(), ignored.end(), entity.label) !=
           ignored.end();
  };
  if (request.inputs.is_array())
    json.beginArray();
  TENON_RETURN_IF_ERROR(forEachSentence(
      request, [&](const Sentence &sentence, size_t index) -> Status {
        TextResults windows = results.ofItem(index);
        CodePoints points(sentence.text);
        std::vector<Entity> entities;
        for (size_t w = 0; w < windows.size(); ++w) {
          auto tokens = readTokens(windows.encodings[w], windows.kept[w],
                                   sentence, points);
          TENON_ASSIGN_OR_RETURN(
              auto found,
              aggregate(tokens, aggregation, labels_, runner().tokenizer()));
          std::erase_if(found, isIgnored);
          std::move(found.begin(), found.end(), std::back_inserter(entities));
        }
        if (windows.size() > 1)
          entities = resolveOverlaps(std::move(entities));
        json.beginArray();
        for (const Entity &entity : entities)
          writeEntity(entity, aggregation, json);
        json.endArray();
        return Status::ok();
      }));
  if (request.inputs.is_array())
    json.endArray();
  return Status::ok();
}

Result<std::unique_ptr<Head>> createTokenClassification(ModelFiles &files) {
  TENON_ASSIGN_OR_RETURN(const Json *config, files.config());
  TENON_ASSIGN_OR_RETURN(Labels labels, Labels::parse(*config));
  const OutputSpec outputs[] = {{{"logits"}, 3, true}};
  TENON_ASSIGN_OR_RETURN(TextRunner runner, TextRunner::create(files, outputs));
  TENON_RETURN_IF_ERROR(runner.checkLabels(0, labels));
  return std::unique_ptr<Head>(std::make_unique<TokenClassification>(
      std::move(runner), std::move(labels)));
}

Result<Json> readTokenClassification(const CommandLineInputs &inputs,
                                     const Json &parameters) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "token-classification"));
  if (isSplit(parameters))
    return Json(inputs.positional);
  return textsOfCommandLine(inputs.positional);
}

constexpr std::string_view tokenClassificationAliases[] = {"ner"};
constexpr ParameterSpec tokenClassificationParameters[] = {
    {"aggregation_strategy", ParameterKind::String,
     "how tokens become entities: none, simple, first, average, max"},
    {"ignore_labels", ParameterKind::StringList,
     "labels to leave out (O); may be given several times"},
    {"stride", ParameterKind::Integer,
     "take long texts in windows that share this many tokens"},
    {"is_split_into_words", ParameterKind::Boolean,
     "the inputs are the words of a text"},
    {"delimiter", ParameterKind::String, "what stands between words (a space)"},
    {"grouped_entities", ParameterKind::Boolean,
     "the old name of aggregation_strategy simple"},
    {"ignore_subwords", ParameterKind::Boolean,
     "with grouped_entities: aggregation_strategy first"},
    batchSizeParameter,
};

} // namespace

const HeadInfo tokenClassificationHead = {
    "token-classification",    tokenClassificationAliases,
    "the entities in a text",  tokenClassificationParameters,
    createTokenClassification, readTokenClassification};

} // namespace tenon::heads
