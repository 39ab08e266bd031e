//===- Variants.h - which code suits this processor -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_DEVICE_VARIANTS_H
#define TENON_BACKENDS_CPU_DEVICE_VARIANTS_H

#include "runtime/Artifact.h"

namespace tenon::cpu {

/// The index of the first variant that this processor can run, or of the one
/// that `name` names. Errors say what the processor lacks.
Result<uint32_t> selectVariant(const runtime::Artifact &artifact,
                               const std::string &name);

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_DEVICE_VARIANTS_H
