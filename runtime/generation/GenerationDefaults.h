//===- GenerationDefaults.h - where options come from -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// From weakest to strongest: the library's own default; the model's
// generation_config.json, or else config.json; what a pipeline has instead of
// the library's default; `task_specific_params` of config.json; the call.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_GENERATIONDEFAULTS_H
#define TENON_RUNTIME_GENERATION_GENERATIONDEFAULTS_H

#include "runtime/generation/GenerationConfig.h"

#include <span>
#include <string_view>

namespace tenon::generation {

enum class OptionType {
  Boolean,
  Integer,
  Number,
  BooleanOrString,
  StringOrStrings,
  Token,        ///< An id.
  Tokens,       ///< A token's id or a list of them.
  TokenLists,   ///< A list of lists of ids.
  Biases,       ///< A list of [list of ids, number].
  DecayPenalty, ///< [integer, number]
  Any           ///< Known, but not supported.
};

/// An option of a generation; null is allowed for each.
struct OptionInfo {
  std::string_view name; ///< As in Python: `top_k`.
  OptionType type;
  std::string_view initial; ///< The library's default, as JSON.
  std::string_view help;
};

std::span<const OptionInfo> generationOptions();

/// Fails if a value isn't of an option's type: `must be WHAT`.
Status checkOption(const OptionInfo &option, const Json &value);

/// What a checkpoint and a pipeline say.
struct DefaultSources {
  const Json *generationConfig = nullptr; ///< generation_config.json
  const Json *config = nullptr;           ///< config.json
  /// The pipeline's defaults, an object.
  Json pipeline = Json::object();
  std::string_view task; ///< Of `task_specific_params`.
  std::optional<int32_t> tokenizerPad;
};

/// The options of a model in a task, before a call. Immutable.
class GenerationDefaults {
public:
  static Result<GenerationDefaults> create(const DefaultSources &sources);

  /// The options of a call with these arguments, an object (or null, for
  /// none) of options.
  Result<GenerationConfig> withArguments(const Json &arguments) const;

  /// What the task puts before each text; empty for nothing.
  const std::string &prefix() const { return prefix_; }
  /// An option before the call.
  const Json &option(std::string_view name) const {
    return *values_.find(name);
  }

private:
  GenerationDefaults() = default;

  Json model_; ///< The options that the model sets.
  bool modelIsOld_ = false;
  Json values_; ///< All options.
  std::string prefix_;
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_GENERATIONDEFAULTS_H
