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
/// and writes all outputs to another. Several entries, with commas between
/// them, run one after the other on one state; the tensors of the first call
/// are named `0.NAME`, those of the next `1.NAME`. Before call i, the state's
/// rows become those that `i.state_reorder` names, and the call is about the
/// rows in `i.state_rows`; without them, all stay and it is about all.
Status runRaw(runtime::Session &session, const std::string &entries,
              const std::string &inputsFrom, const std::string &outputsTo);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_RAWRUN_H
