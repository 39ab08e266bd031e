//===- QuestionAnswering.cpp - answers that stand in a text ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// QuestionAnsweringPipeline of transformers 4.57.6. A long context is taken in
// windows that overlap, each with the question in front; the scores of a window
// are probabilities within it.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/AnswerSpans.h"
#include "runtime/heads/Parameters.h"
#include "runtime/heads/PythonText.h"
#include "runtime/heads/Scores.h"
#include "runtime/heads/TextHead.h"
#include "runtime/heads/TextOptions.h"

#include "support/Hash.h"
#include "support/Text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace tenon::heads {

extern const HeadInfo questionAnsweringHead;

namespace {

struct Question {
  std::string_view question, context;
};

/// The strings of one that may be a list of them.
Result<std::vector<std::string_view>> readStrings(const Json &value,
                                                  const char *key) {
  std::vector<std::string_view> strings;
  auto add = [&](const Json &item) -> Status {
    if (!item.is_string())
      return Status::invalid(
          "inputs",
          concat("'", key, "' must be a string or a list of strings"));
    strings.push_back(item.get_ref<const std::string &>());
    if (strings.back().empty())
      return Status::invalid("inputs", concat("'", key, "' can't be empty"));
    return Status::ok();
  };
  if (!value.is_array())
    TENON_RETURN_IF_ERROR(add(value));
  for (size_t i = 0; value.is_array() && i < value.size(); ++i)
    TENON_RETURN_IF_ERROR(add(value[i]));
  return strings;
}

/// Adds the questions of `{"question": ..., "context": ...}`: one about one
/// context, several about one, or as many as there are contexts.
Status addQuestions(const Json &item, std::vector<Question> &questions) {
  bool valid = item.is_object() && item.size() == 2 &&
               item.contains("question") && item.contains("context");
  if (!valid)
    return Status::invalid("inputs", "must be {\"question\": a string, "
                                     "\"context\": a string}, or a list of "
                                     "those");
  TENON_ASSIGN_OR_RETURN(auto asked, readStrings(item["question"], "question"));
  TENON_ASSIGN_OR_RETURN(auto contexts,
                         readStrings(item["context"], "context"));
  bool oneContext = item["context"].is_string();
  if (!oneContext && !item["question"].is_array())
    return Status::invalid("inputs", "one question about several contexts: "
                                     "give as many questions as contexts");
  if (!oneContext && asked.size() != contexts.size())
    return Status::invalid("inputs",
                           concat("has ", plural(asked.size(), "question"),
                                  " but ", plural(contexts.size(), "context")));
  for (size_t i = 0; i < asked.size(); ++i)
    questions.push_back({asked[i], contexts[oneContext ? 0 : i]});
  return Status::ok();
}

Result<std::vector<Question>> readQuestions(const Json &inputs) {
  std::vector<Question> questions;
  TENON_RETURN_IF_ERROR(forEachInput(inputs, [&](const Json &item, size_t) {
    return addQuestions(item, questions);
  }));
  return questions;
}

/// How answers are chosen.
struct AnswerOptions {
  size_t topK, maxTokens;
  bool mayBeImpossible, alignToWords;

  static Result<AnswerOptions> read(const Json &parameters) {
    TENON_ASSIGN_OR_RETURN(int64_t topK,
                           positiveParameter(parameters, "top_k", 1));
    TENON_ASSIGN_OR_RETURN(int64_t maxTokens,
                           positiveParameter(parameters, "max_answer_len", 15));
    return AnswerOptions{
        static_cast<size_t>(topK), static_cast<size_t>(maxTokens),
        booleanParameter(parameters, "handle_impossible_answer", false),
        booleanParameter(parameters, "align_to_words", true)};
  }
  /// How many spans of a window to look at: aligned to words, several may be
  /// one.
  size_t spansOfWindow() const {
    constexpr size_t most = std::numeric_limits<size_t>::max() / 4;
    return alignToWords ? std::min(topK, most) * 2 + 10 : topK;
  }
};

struct Answer {
  double score;
  uint32_t start, end;
  std::string_view text;
};

class QuestionAnswering : public TextHead {
public:
  explicit QuestionAnswering(TextRunner runner)
      : TextHead(questionAnsweringHead, std::move(runner)) {}

protected:
  Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const override;

  /// The logits of starts, then those of ends.
  std::vector<float> keep(const TaskRequest &,
                          const tokenizers::Encoding &encoding,
                          std::span<const RowView> rows) const override {
    std::vector<float> logits;
    for (const RowView &row : rows) {
      auto own = row.ofTokens(encoding.size());
      logits.insert(logits.end(), own.begin(), own.end());
    }
    return logits;
  }

  Status answer(const TaskRequest &request, const TextResults &results,
                JsonWriter &json) const override;

private:
  Result<tokenizers::EncodeOptions> options(const Json &parameters) const;
  /// Where padding is on the left, the context comes first.
  bool isQuestionFirst() const {
    return runner().tokenizer().paddingSide() == tokenizers::Side::Right;
  }
  std::vector<bool> allowedTokens(const tokenizers::Encoding &encoding) const;
  Answer locate(const tokenizers::Encoding &encoding, const AnswerSpan &span,
                bool alignToWords) const;
  std::vector<Answer> findAnswers(const TextResults &windows,
                                  const CodePoints &context,
                                  const AnswerOptions &options) const;
};

Result<tokenizers::EncodeOptions>
QuestionAnswering::options(const Json &parameters) const {
  const tokenizers::Tokenizer &tokenizer = runner().tokenizer();
  constexpr size_t usualLength = 384, usualStride = 128;
  int64_t length = integerParameter(
      parameters, "max_seq_len",
      static_cast<int64_t>(std::min(tokenizer.modelMaxLength(), usualLength)));
  if (length < 0)
    return Status::usage("max_seq_len", "can't be negative");
  int64_t stride = integerParameter(parameters, "doc_stride",
                                    std::min<int64_t>(length / 2, usualStride));
  if (stride < 0 || stride > length)
    return Status::usage("doc_stride",
                         concat("must be 0 to max_seq_len, which is ", length,
                                ", but is ", stride));
  tokenizers::EncodeOptions options;
  TENON_RETURN_IF_ERROR(
      readPadding(parameters, static_cast<size_t>(length), tokenizer, options));
  options.truncation = {
      static_cast<size_t>(length), static_cast<size_t>(stride),
      isQuestionFirst() ? tokenizers::TruncationStrategy::OnlySecond
                        : tokenizers::TruncationStrategy::OnlyFirst,
      tokenizer.truncationSide()};
  options.returnOverflow = true;
  return options;
}

Result<tokenizers::BatchEncoding>
QuestionAnswering::encode(const TaskRequest &request) const {
  TENON_RETURN_IF_ERROR(AnswerOptions::read(request.parameters).takeStatus());
  TENON_ASSIGN_OR_RETURN(auto encodeOptions, options(request.parameters));
  TENON_ASSIGN_OR_RETURN(auto questions, readQuestions(request.inputs));
  tokenizers::BatchEncoding batch;
  for (size_t i = 0; i < questions.size(); ++i) {
    tokenizers::TextInput question(questions[i].question),
        context(questions[i].context);
    tokenizers::EncodeInput pair =
        isQuestionFirst() ? tokenizers::EncodeInput(question, context)
                          : tokenizers::EncodeInput(context, question);
    Status status = runner().encode(pair, encodeOptions, i, batch);
    if (status.where() == "truncation")
      return Status::invalid(
                 "question",
                 concat("leaves no room for the context in windows of ",
                        encodeOptions.truncation->maxLength, " tokens"))
          .help("give a larger --max-seq-len, or a shorter question");
    if (status.where() == "stride")
      return std::move(status).help("give a smaller --doc-stride");
    TENON_RETURN_IF_ERROR(status);
  }
  return batch;
}

/// The tokens of the context and [CLS], which stands for no answer. With the
/// context in front, the reference masks nothing.
std::vector<bool>
QuestionAnswering::allowedTokens(const tokenizers::Encoding &encoding) const {
  auto cls = runner().tokenizer().specialTokenId(tokenizers::SpecialToken::Cls);
  std::vector<bool> allowed(encoding.size());
  for (size_t i = 0; i < encoding.size(); ++i)
    allowed[i] = encoding.attentionMask[i] &&
                 (!isQuestionFirst() || encoding.sequenceIds[i] == 1 ||
                  encoding.ids[i] == cls);
  return allowed;
}

/// Where in the context a span of tokens is: from the begin of a word to the
/// end of one, or as the tokens are if they belong to no words.
Answer QuestionAnswering::locate(const tokenizers::Encoding &encoding,
                                 const AnswerSpan &span,
                                 bool alignToWords) const {
  // The reference looks tokens up as if there were no padding before them, and
  // takes negative positions from the end.
  size_t shift = 0;
  if (!isQuestionFirst())
    if (auto pad =
            runner().tokenizer().specialTokenId(tokenizers::SpecialToken::Pad))
      shift = std::count(encoding.ids.begin(), encoding.ids.end(), *pad);
  auto place = [&](size_t token) {
    return token >= shift ? token - shift : token + encoding.size() - shift;
  };
  size_t first = place(span.start), last = place(span.end);
  Answer answer{span.score,
                encoding.offsets[first].begin,
                encoding.offsets[last].end,
                {}};
  bool hasWords = encoding.wordIds[first] >= 0 && encoding.wordIds[last] >= 0;
  if (!alignToWords || !hasWords || span.start < shift || span.end < shift)
    return answer;
  int8_t sequence = isQuestionFirst() ? 1 : 0;
  auto begin = encoding.wordToChars(encoding.wordIds[first], sequence);
  auto end = encoding.wordToChars(encoding.wordIds[last], sequence);
  if (begin && end) {
    answer.start = begin->begin;
    answer.end = end->end;
  }
  return answer;
}

/// The answers in the windows of one context, best first.
std::vector<Answer>
QuestionAnswering::findAnswers(const TextResults &windows,
                               const CodePoints &context,
                               const AnswerOptions &options) const {
  std::vector<Answer> answers;
  std::map<std::string, size_t> byText; // hashes of texts in lower case
  constexpr double certain = 1'000'000; // as the reference begins
  double noAnswer = certain;
  for (size_t w = 0; w < windows.size(); ++w) {
    const tokenizers::Encoding &encoding = windows.encodings[w];
    std::span<const float> logits = windows.kept[w];
    AnswerSpans spans = findAnswerSpans(
        logits.first(encoding.size()), logits.subspan(encoding.size()),
        allowedTokens(encoding), options.spansOfWindow(), options.maxTokens);
    noAnswer = std::min(noAnswer, double(spans.noAnswer));
    for (const AnswerSpan &span : spans.best) {
      Answer answer = locate(encoding, span, options.alignToWords);
      answer.text = context.slice(answer.start, answer.end);
      Hasher hasher;
      hasher.updateText(pythonLower(answer.text));
      auto [known, isNew] =
          byText.try_emplace(hasher.finish().toString(), answers.size());
      if (isNew)
        answers.push_back(answer);
      else
        answers[known->second].score += span.score;
    }
  }
  if (options.mayBeImpossible)
    answers.push_back({noAnswer, 0, 0, {}});
  // Scores that are no numbers come last: sorting needs an order.
  sortStably(answers, [](const Answer &a, const Answer &b) {
    return std::isnan(b.score) ? !std::isnan(a.score) : a.score > b.score;
  });
  answers.resize(std::min(answers.size(), options.topK));
  return answers;
}

void writeAnswer(const Answer &answer, JsonWriter &json) {
  json.beginObject().key("score").number(answer.score);
  json.key("start").integer(answer.start).key("end").integer(answer.end);
  json.key("answer").string(answer.text).endObject();
}

Status QuestionAnswering::answer(const TaskRequest &request,
                                 const TextResults &results,
                                 JsonWriter &json) const {
  TENON_ASSIGN_OR_RETURN(auto options, AnswerOptions::read(request.parameters));
  TENON_ASSIGN_OR_RETURN(auto questions, readQuestions(request.inputs));
  // One question is answered without a list, as is one answer.
  bool isList = questions.size() != 1;
  if (isList)
    json.beginArray();
  for (size_t i = 0; i < questions.size(); ++i) {
    CodePoints context(questions[i].context);
    auto answers = findAnswers(results.ofItem(i), context, options);
    if (answers.size() != 1)
      json.beginArray();
    for (const Answer &answer : answers)
      writeAnswer(answer, json);
    if (answers.size() != 1)
      json.endArray();
  }
  if (isList)
    json.endArray();
  return Status::ok();
}

Result<std::unique_ptr<Head>> createQuestionAnswering(ModelFiles &files) {
  const OutputSpec outputs[] = {{{"start_logits"}, 2, true},
                                {{"end_logits"}, 2, true}};
  TENON_ASSIGN_OR_RETURN(TextRunner runner, TextRunner::create(files, outputs));
  return std::unique_ptr<Head>(
      std::make_unique<QuestionAnswering>(std::move(runner)));
}

Result<Json> readQuestionAnswering(const CommandLineInputs &inputs,
                                   const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "question-answering"));
  std::vector<std::string> questions = inputs.questions;
  std::vector<std::string> contexts = inputs.contexts;
  // As the pipeline's two positional arguments.
  if (questions.empty() && contexts.empty() && inputs.positional.size() == 2) {
    questions = {inputs.positional[0]};
    contexts = {inputs.positional[1]};
  } else if (!inputs.positional.empty()) {
    return Status::usage("question-answering",
                         "takes a question and a context, but no other texts");
  }
  if (questions.empty() || contexts.empty())
    return Status::usage("question-answering",
                         "needs --question and --context");
  return Json{{"question", textsOfCommandLine(questions)},
              {"context", textsOfCommandLine(contexts)}};
}

constexpr ParameterSpec questionAnsweringParameters[] = {
    {"top_k", ParameterKind::Integer, "how many answers to list, best first"},
    {"doc_stride", ParameterKind::Integer,
     "tokens that windows of a long context share"},
    {"max_answer_len", ParameterKind::Integer, "the most tokens of an answer"},
    {"max_seq_len", ParameterKind::Integer,
     "the tokens of a window, the question included"},
    {"max_question_len", ParameterKind::Integer,
     "accepted, but without meaning for these tokenizers"},
    {"handle_impossible_answer", ParameterKind::Boolean,
     "allow no answer, an empty one"},
    {"align_to_words", ParameterKind::Boolean,
     "let answers begin and end with words (the default)"},
    paddingParameter,
    batchSizeParameter,
};

} // namespace

const HeadInfo questionAnsweringHead = {"question-answering",
                                        {},
                                        "where a text answers a question",
                                        questionAnsweringParameters,
                                        createQuestionAnswering,
                                        readQuestionAnswering};

} // namespace tenon::heads
