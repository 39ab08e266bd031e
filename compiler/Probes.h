//===- Probes.h - artifacts that measure a device ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_PROBES_H
#define TENON_COMPILER_PROBES_H

#include "support/Status.h"

#include <string>

namespace tenon {

/// See tenon_compiler_probes.
Status writeProbes(const std::string &target, const std::string &variant,
                   const std::string &path);

} // namespace tenon

#endif // TENON_COMPILER_PROBES_H
