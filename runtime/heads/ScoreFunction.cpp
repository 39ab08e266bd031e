//===- ScoreFunction.cpp - what makes scores of logits --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ScoreFunction.h"

#include "runtime/heads/Parameters.h"
#include "runtime/heads/Scores.h"

#include "support/Text.h"

namespace tenon::heads {

Result<ScoreFunction> scoreFunction(const Json &parameters,
                                    ScoreFunction ifMissing) {
  static constexpr Choice<ScoreFunction> functions[] = {
      {"softmax", ScoreFunction::Softmax},
      {"sigmoid", ScoreFunction::Sigmoid},
      {"none", ScoreFunction::None}};
  const Json *name = findParameter(parameters, "function_to_apply");
  if (!name)
    return ifMissing;
  return choose<ScoreFunction>(
      "function_to_apply", asciiLowerCase(name->get_ref<const std::string &>()),
      functions);
}

void applyFunction(ScoreFunction function, std::span<float> logits) {
  if (function == ScoreFunction::Sigmoid)
    for (float &value : logits)
      value = 1.0f / (1.0f + std::exp(-value));
  if (function == ScoreFunction::Softmax)
    softmax(logits);
}

} // namespace tenon::heads
