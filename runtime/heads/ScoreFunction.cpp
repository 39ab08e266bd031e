//===- ScoreFunction.cpp - what makes scores of logits --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ScoreFunction.h"

#include "runtime/heads/Parameters.h"
#include "runtime/heads/Scores.h"

#include "support/EditDistance.h"
#include "support/Text.h"

namespace tenon::heads {

static std::optional<ScoreFunction> parseFunction(std::string name) {
  for (char &c : name)
    c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  if (name == "softmax")
    return ScoreFunction::Softmax;
  if (name == "sigmoid")
    return ScoreFunction::Sigmoid;
  if (name == "none")
    return ScoreFunction::None;
  return std::nullopt;
}

Status checkScoreFunction(const Json &parameters) {
  const Json *name = findParameter(parameters, "function_to_apply");
  if (!name || parseFunction(name->get_ref<const std::string &>()))
    return Status::ok();
  std::vector<std::string> known = {"softmax", "sigmoid", "none"};
  return withSuggestion(
      Status::usage(
          "function_to_apply",
          concat("can't be ", quote(name->get_ref<const std::string &>()))),
      name->get_ref<const std::string &>(), known, "it may be");
}

ScoreFunction scoreFunction(const Json &parameters, ScoreFunction ifMissing) {
  const Json *name = findParameter(parameters, "function_to_apply");
  return name ? *parseFunction(name->get<std::string>()) : ifMissing;
}

void applyFunction(ScoreFunction function, std::span<float> logits) {
  if (function == ScoreFunction::Sigmoid)
    for (float &value : logits)
      value = 1.0f / (1.0f + std::exp(-value));
  if (function == ScoreFunction::Softmax)
    softmax(logits);
}

} // namespace tenon::heads
