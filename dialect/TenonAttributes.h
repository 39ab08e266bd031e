//===- TenonAttributes.h - attributes, types and enums ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TENONATTRIBUTES_H
#define TENON_DIALECT_TENONATTRIBUTES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"

#include <optional>
#include <string>

namespace tenon {

/// The node kinds of a dim expression, in the order in which sums list them.
enum class DimKind : int32_t { Symbol, Mul, FloorDiv, Min, Max, Add, Constant };

class DimAttr;

} // namespace tenon

#include "dialect/TenonEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/TenonAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/TenonTypes.h.inc"

#endif // TENON_DIALECT_TENONATTRIBUTES_H
