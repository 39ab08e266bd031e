//===- Passes.h - passes of the CPU backend ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_PASSES_H
#define TENON_BACKENDS_CPU_COMPILE_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon::cpu {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "backends/cpu/compile/Passes.h.inc"

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_PASSES_H
