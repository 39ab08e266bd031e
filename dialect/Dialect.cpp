//===- Dialect.cpp - registration of the tenon dialect --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/Element.h"
#include "dialect/Evaluator.h"
#include "dialect/HostTensor.h"
#include "dialect/Stream.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialect/TenonDialect.cpp.inc"
#include "dialect/TenonEnums.cpp.inc"
#include "dialect/TenonInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/TenonAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/TenonTypes.cpp.inc"

/// Whether every dim of a tensor is a constant or an expression.
static bool hasKnownDims(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && llvm::all_of(tenon::getDims(tensor),
                                [](tenon::DimAttr dim) { return bool(dim); });
}

#define GET_OP_CLASSES
#include "dialect/TenonOps.cpp.inc"

void tenon::TenonDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/TenonAttributes.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/TenonTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/TenonOps.cpp.inc"
      >();
}

Operation *tenon::TenonDialect::materializeConstant(OpBuilder &builder,
                                                    Attribute value, Type type,
                                                    Location loc) {
  if (isa<TensorType>(type))
    return ConstantOp::create(builder, loc, type, cast<ElementsAttr>(value));
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

LogicalResult
tenon::StateType::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                         StateKind kind, RankedTensorType contents,
                         int64_t axis) {
  if (axis < 0 || axis >= contents.getRank())
    return emitError() << "axis " << axis << " is outside 0 .. "
                       << contents.getRank() - 1;
  if (!hasKnownDims(contents))
    return emitError() << "a dim of " << contents << " isn't known";
  return success();
}
