//===- TenonOps.h - the tenon dialect ---------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TENONOPS_H
#define TENON_DIALECT_TENONOPS_H

#include "dialect/TenonAttributes.h"
#include "dialect/TenonInterfaces.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/TenonDialect.h.inc"

#define GET_OP_CLASSES
#include "dialect/TenonOps.h.inc"

#endif // TENON_DIALECT_TENONOPS_H
