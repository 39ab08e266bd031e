//===- ScoreFunction.h - what makes scores of logits ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_SCOREFUNCTION_H
#define TENON_RUNTIME_HEADS_SCOREFUNCTION_H

#include "runtime/heads/Head.h"

namespace tenon::heads {

enum class ScoreFunction { Softmax, Sigmoid, None };

inline constexpr ParameterSpec scoreFunctionParameter = {
    "function_to_apply", ParameterKind::String,
    "what makes scores of logits: softmax, sigmoid or none"};

/// What the parameter names; `ifMissing` if it isn't given.
Result<ScoreFunction> scoreFunction(const Json &parameters,
                                    ScoreFunction ifMissing);

/// Replaces at least one logit by scores.
void applyFunction(ScoreFunction function, std::span<float> logits);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_SCOREFUNCTION_H
