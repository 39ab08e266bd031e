//===- FixedSizes.h - models for one size -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_FIXEDSIZES_H
#define TENON_COMPILER_FIXEDSIZES_H

#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <string>

namespace tenon {

/// Gives dims of a module at phase `graph` values, in all types and attributes.
/// Errors are at `--static`.
Status fixSizes(mlir::ModuleOp module,
                const std::map<std::string, int64_t> &sizes);

} // namespace tenon

#endif // TENON_COMPILER_FIXEDSIZES_H
