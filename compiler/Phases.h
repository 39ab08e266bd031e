//===- Phases.h - the named steps of a compilation --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_PHASES_H
#define TENON_COMPILER_PHASES_H

#include "support/Status.h"

#include <string>
#include <string_view>

namespace tenon {

/// What a module is after each step; docs/Architecture.md describes the forms.
enum class Phase { Graph, Folded, Fused, Kernels, Scheduled, Loops, Machine };

inline constexpr Phase lastPhase = Phase::Machine;

std::string_view nameOf(Phase phase);
/// The phase of a name, or a usage error (for `option`) that lists them.
Result<Phase> parsePhase(const std::string &name, const std::string &option);

} // namespace tenon

#endif // TENON_COMPILER_PHASES_H
