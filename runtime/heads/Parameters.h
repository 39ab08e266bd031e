//===- Parameters.h - keyword arguments of a request ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_PARAMETERS_H
#define TENON_RUNTIME_HEADS_PARAMETERS_H

#include "runtime/heads/Head.h"

namespace tenon::heads {

/// Fails unless `parameters` is an object (or null, for none) whose keys and
/// types are as a head's specification says: a usage error with the parameter's
/// name as `where`.
Status checkParameters(const Json &parameters, const HeadInfo &head);

/// The parameter; nullptr if it isn't given or is null.
const Json *findParameter(const Json &parameters, std::string_view name);
/// Whether the parameter is given as null, where that says something.
bool isNullParameter(const Json &parameters, std::string_view name);

/// The parameter, or `ifMissing` if it isn't given or is null; its type has
/// been checked.
int64_t integerParameter(const Json &parameters, std::string_view name,
                         int64_t ifMissing);
bool booleanParameter(const Json &parameters, std::string_view name,
                      bool ifMissing);
/// One string or a list of them; none if it isn't given.
std::vector<std::string> stringsParameter(const Json &parameters,
                                          std::string_view name);

/// An integer that must be at least 1.
Result<int64_t> positiveParameter(const Json &parameters, std::string_view name,
                                  int64_t ifMissing);

/// One of the words that a parameter may be, and what it means.
template <typename T> using Choice = std::pair<std::string_view, T>;

/// The failure of a parameter that was given as `word`.
Status isNoChoice(std::string_view name, std::string_view word,
                  std::vector<std::string> words);

/// What `word`, which parameter `name` was given as, means.
template <typename T>
Result<T> choose(std::string_view name, std::string_view word,
                 std::type_identity_t<std::span<const Choice<T>>> choices) {
  std::vector<std::string> words;
  for (const auto &[known, meaning] : choices) {
    if (word == known)
      return meaning;
    words.emplace_back(known);
  }
  return isNoChoice(name, word, std::move(words));
}

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_PARAMETERS_H
