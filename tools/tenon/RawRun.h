//===- RawRun.h - tensors from a file to a file -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_RAWRUN_H
#define TENON_TOOLS_TENON_RAWRUN_H

#include "runtime/Session.h"

namespace tenon::tool {

/// Runs an entry (empty: the model's own) on the tensors of a safetensors file
/// and writes all outputs to another.
Status runRaw(runtime::Session &session, const std::string &entry,
              const std::string &inputsFrom, const std::string &outputsTo);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_RAWRUN_H
