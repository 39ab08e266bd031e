//===- ModelCheck.h - whether a model's files fit it ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_MODELCHECK_H
#define TENON_RUNTIME_HEADS_MODELCHECK_H

#include "runtime/Artifact.h"

namespace tenon::heads {

/// What will be an error once texts or images are run through the model, or may
/// be: its tokenizer can't be read, or has ids that the model takes none of;
/// the settings of its images can't be read or don't fit it; the names of its
/// classes can't be read either. Loads no code.
std::vector<Status> checkModelFiles(const runtime::Artifact &artifact);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_MODELCHECK_H
