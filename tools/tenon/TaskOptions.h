//===- TaskOptions.h - options that are parameters of tasks -----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_TASKOPTIONS_H
#define TENON_TOOLS_TENON_TASKOPTIONS_H

#include "runtime/heads/Head.h"

#include <deque>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace tenon::tool {

/// Options for the parameters of all heads: `top_k` is `--top-k`. What a value
/// must be is known from the heads, so a new head needs nothing here.
class TaskOptions {
public:
  void addTo(CLI::App &app);

  /// The parameters that the command line gives to a head. Usage errors for
  /// values of the wrong type and for options of other tasks.
  Result<Json> parameters(const heads::HeadInfo &head) const;
  /// The first option that is given, if any.
  std::optional<std::string> firstGiven() const;

private:
  struct Item {
    const heads::ParameterSpec *spec;
    std::string option; ///< With dashes.
    /// What is given; the last one counts, except where it makes a list.
    std::vector<std::string> values;
    CLI::Option *parsed = nullptr;
  };
  std::deque<Item> items_; ///< Stays in place: CLI11 writes into it.
};

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_TASKOPTIONS_H
