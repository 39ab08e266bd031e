//===- TrialOutputs.h - whether schedules compute the same ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_TRIALOUTPUTS_H
#define TENON_COMPILER_TRIALOUTPUTS_H

#include "runtime/Session.h"

#include <span>
#include <string>
#include <vector>

namespace tenon {

/// What a call gave, for comparing others with it.
class TrialOutputs {
public:
  explicit TrialOutputs(std::span<const runtime::OutputTensor> outputs);

  /// The output of another call of the same entry that differs by more than the
  /// order of additions explains, and by how much; empty if none does. Where
  /// `isRounded`, something is rounded to few bits on the way, which small
  /// differences make larger.
  std::string whatDiffers(std::span<const runtime::OutputTensor> outputs,
                          bool isRounded) const;

private:
  struct Output {
    std::string name;
    runtime::DType type;
    std::vector<char> bytes;
  };
  std::vector<Output> expected;
};

} // namespace tenon

#endif // TENON_COMPILER_TRIALOUTPUTS_H
