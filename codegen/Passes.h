//===- Passes.h - passes on loops, shared by all backends -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_PASSES_H
#define TENON_CODEGEN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace tenon {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "codegen/Passes.h.inc"

} // namespace tenon

#endif // TENON_CODEGEN_PASSES_H
