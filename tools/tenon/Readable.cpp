//===- Readable.cpp - answers for people ----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Readable.h"

#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace tenon::tool {

static bool isNumbers(const Json &value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(),
                     [](const Json &v) { return v.is_number(); });
}

static std::string score(const Json &value) {
  return value.is_number() ? fixed(value.get<double>(), 4) : "nan";
}

static std::string text(const Json &value) {
  return value.is_string() ? printable(value.get_ref<const std::string &>())
                           : value.dump();
}

static std::string inputText(const Json &input) {
  if (input.is_string())
    return printable(input.get_ref<const std::string &>(), 70);
  if (input.is_object() && input.contains("text") && input["text"].is_string())
    return inputText(input["text"]) + " | " +
           inputText(input.value("text_pair", Json("")));
  if (input.is_object() && input.contains("question"))
    return inputText(input["question"]);
  return printable(input.dump(), 70);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

using Row = std::vector<std::string>;

static size_t width(const std::string &text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  });
}

static std::string table(const std::vector<Row> &rows,
                         const std::string &indent) {
  std::vector<size_t> widths;
  for (const Row &row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], width(row[i]));
    }
  std::string out;
  for (const Row &row : rows) {
    out += indent;
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size())
        out.append(widths[i] - width(row[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

/// `start..end` of an answer.
static std::string place(const Json &value) {
  return value["start"].dump() + ".." + value["end"].dump();
}

/// The columns of an answer that is one object, by the keys that it has; none
/// for a kind that there is no form for.
static Row columns(const Json &value) {
  auto has = [&](auto... keys) {
    return value.is_object() && (value.contains(keys) && ...);
  };
  if (has("label", "score"))
    return {text(value["label"]), score(value["score"])};
  if (has("score", "word", "start", "end"))
    return {text(value[value.contains("entity") ? "entity" : "entity_group"]),
            score(value["score"]), text(value["word"]), place(value)};
  if (has("score", "answer", "start", "end")) {
    std::string answer = text(value["answer"]);
    return {score(value["score"]), answer.empty() ? "(no answer)" : answer,
            place(value)};
  }
  if (has("score", "token_str", "sequence"))
    return {score(value["score"]), text(value["token_str"]),
            text(value["sequence"])};
  return {};
}

/// The rows of an answer for one input; no value if it is of another kind.
static std::optional<std::vector<Row>> rowsOf(const Json &answer) {
  std::vector<Row> rows;
  if (answer.is_object() && answer.contains("labels") &&
      answer.contains("scores")) {
    for (size_t i = 0; i < answer["labels"].size(); ++i)
      rows.push_back({text(answer["labels"][i]), score(answer["scores"][i])});
    return rows;
  }
  if (answer.is_object())
    rows.push_back(columns(answer));
  else if (answer.is_array())
    for (const Json &value : answer)
      rows.push_back(columns(value));
  bool isKnown = answer.is_structured() &&
                 std::none_of(rows.begin(), rows.end(),
                              [](const Row &row) { return row.empty(); });
  return isKnown ? std::optional(rows) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

/// Whether a value is numbers, in lists of any depth.
static bool isTensor(const Json &value) {
  const Json *inner = &value;
  while (inner->is_array() && !inner->empty() && (*inner)[0].is_array())
    inner = &(*inner)[0];
  return isNumbers(*inner);
}

/// The shape of nested lists and the first numbers in them.
static std::string vectorLine(const Json &value) {
  std::string shape;
  const Json *inner = &value;
  for (; inner->is_array() && !inner->empty(); inner = &(*inner)[0])
    shape += concat(shape.empty() ? "" : " x ", inner->size());
  const Json *row = &value;
  while ((*row)[0].is_array() && !(*row)[0].empty())
    row = &(*row)[0];
  std::string out = shape + ":";
  for (size_t i = 0; i < row->size() && i < 8; ++i)
    out += " " + score((*row)[i]);
  return out + (row->size() > 8 ? " …\n" : "\n");
}

/// Sentences, most similar first.
static std::string similarities(const Json &sentences, const Json &scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    double x = scores[a].get<double>(), y = scores[b].get<double>();
    return x != y ? x > y : a < b;
  });
  std::string out;
  for (size_t i : order)
    out += score(scores[i]) + "  " + inputText(sentences[i]) + "\n";
  return out;
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

/// The answer for one input.
static std::string one(const Json &answer, const std::string &indent) {
  if (answer.is_array() && answer.empty())
    return indent + "(none)\n";
  if (auto rows = rowsOf(answer))
    return table(*rows, indent);
  if (isTensor(answer))
    return indent + vectorLine(answer);
  // A text may have lines of its own: it stands as it is.
  if (answer.is_object() && answer.contains("generated_text") &&
      answer["generated_text"].is_string())
    return answer["generated_text"].get<std::string>() + "\n";
  if (!answer.is_array())
    return answer.dump(2) + "\n";
  // Parts of one: a table for each mask, say.
  std::string out;
  for (const Json &part : answer)
    out += (out.empty() ? "" : "\n") + one(part, indent);
  return out;
}

/// What a list of answers is for, an element each; null if the answer is for
/// one input.
static const Json *inputsOf(const Json &inputs, const Json &answer) {
  const Json *list = &inputs;
  if (inputs.is_object() && inputs.contains("question"))
    list = &inputs["question"];
  bool matches =
      list->is_array() && answer.is_array() && list->size() == answer.size();
  return matches && list->size() > 1 ? list : nullptr;
}

std::string readableAnswer(const Json &inputs, const Json &answer) {
  if (inputs.is_object() && inputs.contains("sentences") && isNumbers(answer))
    return similarities(inputs["sentences"], answer);
  const Json *list = inputsOf(inputs, answer);
  if (!list)
    return one(answer, "");
  std::string out;
  for (size_t i = 0; i < answer.size(); ++i)
    out += inputText((*list)[i]) + "\n" + one(answer[i], "  ");
  return out;
}

} // namespace tenon::tool
