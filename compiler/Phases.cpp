//===- Phases.cpp - the named steps of a compilation ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Phases.h"

using namespace tenon;

static constexpr std::string_view names[] = {
    "graph", "folded", "fused", "kernels", "scheduled", "loops", "machine"};

std::string_view tenon::nameOf(Phase phase) {
  return names[static_cast<int>(phase)];
}

Result<Phase> tenon::parsePhase(const std::string &name,
                                const std::string &option) {
  std::string known;
  for (int i = 0; i <= static_cast<int>(lastPhase); ++i) {
    if (names[i] == name)
      return static_cast<Phase>(i);
    known += (i ? ", " : "") + std::string(names[i]);
  }
  return Status::usage(option, "there is no phase '" + name + "'")
      .help("phases are " + known);
}
