//===- Head.cpp - what a task's head is -----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/AnswerSteps.h"

namespace tenon::heads {

Result<std::unique_ptr<AnswerSteps>>
Head::begin(runtime::Session &, const TaskRequest &,
            std::span<const int32_t>) const {
  return Status::usage("task", "has no answer that comes step by step");
}

} // namespace tenon::heads
