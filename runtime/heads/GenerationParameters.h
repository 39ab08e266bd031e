//===- GenerationParameters.h - keywords of generation ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_GENERATIONPARAMETERS_H
#define TENON_RUNTIME_HEADS_GENERATIONPARAMETERS_H

#include "runtime/heads/Head.h"
#include "runtime/tokenizers/Tokenizer.h"

namespace tenon::heads {

/// The parameters of a text-generation call: the pipeline's and generate()'s.
std::span<const ParameterSpec> generationParameters();

enum class AnswerShape { Tensors, NewText, FullText };

/// What to answer with; fails for parameters that exclude each other.
Result<AnswerShape> readAnswerShape(const Json &parameters);

/// How prompts are encoded: the call's options, and over them those of
/// `tokenizer_encode_kwargs`.
Result<tokenizers::EncodeOptions>
readPromptEncoding(const Json &parameters,
                   const tokenizers::Tokenizer &tokenizer);

/// How answers are decoded.
tokenizers::DecodeOptions readAnswerDecoding(const Json &parameters);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_GENERATIONPARAMETERS_H
