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

namespace tenon {

/// The most features of a query and a key whose codes 32 bits hold the sum of
/// products of, one side's moved to 0 .. 255.
inline constexpr int64_t mostCodedFeatures = (int64_t(1) << 31) / (255 * 127);

/// What query, key and value are rounded to; null if they aren't.
mlir::FloatType roundedTypeOf(AttentionOp op);

} // namespace tenon

#endif // TENON_DIALECT_TENONOPS_H
