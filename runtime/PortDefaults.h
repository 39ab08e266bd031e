//===- PortDefaults.h - inputs that the caller omits ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_PORTDEFAULTS_H
#define TENON_RUNTIME_PORTDEFAULTS_H

#include "runtime/PlanInstance.h"

namespace tenon::runtime {

/// Writes the default of an input that has one; `memory` has room for
/// `shape`.
void writeDefault(const format::Port &port, std::span<const int64_t> shape,
                  void *memory);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PORTDEFAULTS_H
