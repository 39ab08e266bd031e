//===- JsonLines.h - requests and answers line by line ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_JSONLINES_H
#define TENON_TOOLS_TENON_JSONLINES_H

#include "runtime/heads/TaskModel.h"

namespace tenon::tool {

/// Answers each line of stdin with a line of stdout, in order, until stdin
/// ends. A line is an input, or `{"inputs": ..., "parameters": ..., "task":
/// ...}`, whose parameters go before `parameters`. Lines that are there already
/// share batches. A line that fails is answered with `{"error": ..., "line":
/// N}`, and makes the exit status 1. `timing`: says in the end how fast texts
/// were generated.
Result<int> answerJsonLines(heads::TaskModel &tasks, runtime::Session &session,
                            const std::string &task, const Json &parameters,
                            bool timing);

/// The same for files of images, each an input: line N answers file N.
Result<int> answerFiles(heads::TaskModel &tasks, runtime::Session &session,
                        const std::string &task, const Json &parameters,
                        std::span<const std::string> files);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_JSONLINES_H
