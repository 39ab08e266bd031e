//===- TextOptions.h - how a request wants its texts tokenized --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTOPTIONS_H
#define TENON_RUNTIME_HEADS_TEXTOPTIONS_H

#include "runtime/heads/Head.h"
#include "runtime/tokenizers/Tokenizer.h"

namespace tenon::heads {

// The specifications of the parameters that textOptions() reads.
inline constexpr ParameterSpec truncationParameter = {
    "truncation", ParameterKind::BooleanOrString,
    "cut texts that are too long: true, longest_first, only_first, "
    "only_second"};
inline constexpr ParameterSpec maxLengthParameter = {
    "max_length", ParameterKind::Integer, "cut to this many tokens"};
inline constexpr ParameterSpec paddingParameter = {
    "padding", ParameterKind::BooleanOrString,
    "pad texts: true, longest, max_length"};
inline constexpr ParameterSpec specialTokensParameter = {
    "add_special_tokens", ParameterKind::Boolean,
    "add the model's special tokens (the default)"};
inline constexpr ParameterSpec batchSizeParameter = {
    "batch_size", ParameterKind::Integer, "the most texts to run at once"};

/// The tokenizer's options for keyword arguments, as transformers derives them.
Result<tokenizers::EncodeOptions>
textOptions(const Json &parameters, const tokenizers::Tokenizer &tokenizer);

/// The same for a task that takes them in an object, its parameter `name`, with
/// `truncation` beside it.
Result<tokenizers::EncodeOptions>
tokenizerOptions(const Json &parameters, std::string_view name,
                 const tokenizers::Tokenizer &tokenizer);

/// Reads `padding`; `maxLength` is what a text is padded to if that is asked
/// for, SIZE_MAX if there is no such length.
Status readPadding(const Json &parameters, size_t maxLength,
                   const tokenizers::Tokenizer &tokenizer,
                   tokenizers::EncodeOptions &options);

/// `batch_size`, 0 if it isn't given; at least 1 otherwise.
Result<size_t> batchSize(const Json &parameters);

/// `inputs` of a command line: one text alone, several as a list.
Json textsOfCommandLine(const std::vector<std::string> &texts);

/// Fails if the command line has a second text, for tasks of one.
Status refusePair(const CommandLineInputs &inputs, std::string_view task);

/// An error about one element of a list, `inputs[2]: ...`.
Status inList(Status status, std::string_view list, size_t index);

/// Calls `visit` on each of the inputs of a request, one alone or a list, and
/// its index. Errors say which of a list it was.
template <typename Visit> Status forEachInput(const Json &inputs, Visit visit) {
  if (!inputs.is_array())
    return visit(inputs, 0);
  for (size_t i = 0; i < inputs.size(); ++i)
    TENON_RETURN_IF_ERROR(inList(visit(inputs[i], i), "inputs", i));
  return Status::ok();
}

/// An input that must be a string.
Result<std::string_view> textOf(const Json &input);
/// The same for the tokenizer.
Result<tokenizers::EncodeInput> readText(const Json &input);

/// What the tokenizer is given for one text or two. An empty second text is
/// none, as for transformers.
tokenizers::EncodeInput textOrPair(std::string_view first,
                                   std::string_view second = {});

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTOPTIONS_H
