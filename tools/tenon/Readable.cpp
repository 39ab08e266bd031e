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

namespace tenon::tool {

static bool isScored(const Json &value) {
  return value.is_object() && value.size() == 2 && value.contains("label") &&
         value.contains("score") && value["label"].is_string();
}

static bool isNumbers(const Json &value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(),
                     [](const Json &v) { return v.is_number(); });
}

static std::string score(const Json &value) {
  return value.is_number() ? fixed(value.get<double>(), 4) : "nan";
}

static std::string pad(std::string text, size_t width) {
  size_t points = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  });
  if (points < width)
    text.append(width - points, ' ');
  return text;
}

static std::string scoredLine(const Json &value, size_t width) {
  return pad(printable(value["label"].get_ref<const std::string &>()), width) +
         "  " + score(value["score"]) + "\n";
}

/// A list of labels with scores, one a line.
static std::string scoredLines(const Json &list, const std::string &indent) {
  size_t width = 0;
  for (const Json &value : list)
    width =
        std::max(width, value["label"].get_ref<const std::string &>().size());
  std::string out;
  for (const Json &value : list)
    out += indent + scoredLine(value, width);
  return out;
}

static std::string inputText(const Json &input) {
  if (input.is_string())
    return printable(input.get_ref<const std::string &>(), 70);
  if (input.is_object() && input.contains("text") && input["text"].is_string())
    return inputText(input["text"]) + " | " +
           inputText(input.value("text_pair", Json("")));
  return printable(input.dump(), 70);
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

std::string readableAnswer(const Json &inputs, const Json &answer) {
  if (isScored(answer))
    return scoredLine(answer, 0);
  if (inputs.is_object() && inputs.contains("sentences") && isNumbers(answer))
    return similarities(inputs["sentences"], answer);
  if (isNumbers(answer))
    return vectorLine(answer);
  if (!answer.is_array() || answer.empty())
    return answer.dump(2) + "\n";

  bool perInput = inputs.is_array() && inputs.size() == answer.size();
  if (!perInput && std::all_of(answer.begin(), answer.end(), isScored))
    return scoredLines(answer, "");
  const Json *inner = &answer[0];
  while (inner->is_array() && !inner->empty() && (*inner)[0].is_array())
    inner = &(*inner)[0];
  if (!perInput)
    return isNumbers(*inner) ? vectorLine(answer) : answer.dump(2) + "\n";
  std::string out;
  for (size_t i = 0; i < answer.size(); ++i) {
    const Json &one = answer[i];
    out += inputText(inputs[i]) + "\n";
    bool isList = one.is_array() && !one.empty() &&
                  std::all_of(one.begin(), one.end(), isScored);
    if (isScored(one))
      out += "  " + scoredLine(one, 0);
    else if (isList)
      out += scoredLines(one, "  ");
    else if (isNumbers(one) || isNumbers(*inner))
      out += "  " + vectorLine(one);
    else
      out += one.dump(2) + "\n";
  }
  return out;
}

} // namespace tenon::tool
