//===- InputError.h - errors of what a pass was given -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_INPUTERROR_H
#define TENON_PASSES_INPUTERROR_H

#include "support/Status.h"

#include "mlir/IR/Diagnostics.h"

#include <optional>

namespace tenon {

/// Reports, from a pass, an error in a file that the user gave: a policy, a
/// schedule. A pass that fails otherwise is a defect of the compiler.
void emitInputError(mlir::MLIRContext *context, const Status &status);

/// Reports what a pass makes no use of in such a file.
void emitInputWarning(mlir::MLIRContext *context, const Status &status);

/// The status that one of these was given, if it made this diagnostic.
std::optional<Status> inputErrorOf(mlir::Diagnostic &diagnostic);

} // namespace tenon

#endif // TENON_PASSES_INPUTERROR_H
