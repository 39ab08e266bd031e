//===- Registry.h - the tasks of this build ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_REGISTRY_H
#define TENON_RUNTIME_HEADS_REGISTRY_H

#include "runtime/heads/Head.h"

namespace tenon::heads {

/// All heads, sorted by task.
std::span<const HeadInfo *const> allHeads();

/// The head for a task or one of its aliases; an error lists what there is.
Result<const HeadInfo *> findHead(std::string_view task);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_REGISTRY_H
