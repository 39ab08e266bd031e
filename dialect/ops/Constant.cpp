//===- Constant.cpp - small tensors given by their elements ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *,
                                           std::optional<Location>,
                                           ConstantOp::Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getValue().getType());
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

/// Element `i` of the attribute as a number.
static void setElement(HostTensor &result, int64_t to, ElementsAttr value,
                       int64_t from) {
  if (result.isFloat()) {
    result.set(to, value.getValues<APFloat>()[from].convertToDouble());
    return;
  }
  APInt integer = value.getValues<APInt>()[from];
  result.setInteger(to, integer.getBitWidth() == 1 ? integer.getZExtValue()
                                                   : integer.getSExtValue());
}

LogicalResult ConstantOp::evaluate(ArrayRef<HostTensor>,
                                   MutableArrayRef<HostTensor> results,
                                   EvaluateContext &) {
  for (int64_t i = 0; i < results[0].numElements(); ++i)
    setElement(results[0], i, getValue(), i);
  return success();
}

FusionKind ConstantOp::getFusionKind() { return FusionKind::Source; }
int64_t ConstantOp::getElementCost() { return 1; }

FailureOr<Value> ConstantOp::emitElement(ElementBuilder &builder,
                                         ArrayRef<Index>) {
  // Other constants become globals, which live in memory, before code is
  // generated.
  if (!getValue().isSplat())
    return emitOpError("isn't a splat, so it has no element without memory");
  HostTensor element(getElementType(getType()), {});
  setElement(element, 0, getValue(), 0);
  return builder.constant(element.elementType(), element.number(0));
}

LogicalResult ConstantOp::streamTile(const Tile &tile, void *out,
                                     StreamContext &) {
  HostTensor whole(getElementType(getType()), staticShape(getResult()));
  for (int64_t i = 0; i < whole.numElements(); ++i)
    setElement(whole, i, getValue(), i);
  std::vector<char> bytes = whole.toBytes();
  copyTile(bytes.data(), whole.shape(), byteWidth(whole.elementType()), tile,
           static_cast<char *>(out));
  return success();
}
