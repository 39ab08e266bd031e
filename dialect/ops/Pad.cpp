//===- Pad.cpp - elements added along an axis -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult PadOp::inferReturnTypes(MLIRContext *context,
                                      std::optional<Location> loc,
                                      PadOp::Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  auto axis = rules.axis(adaptor.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  for (DimAttr amount : {adaptor.getLow(), adaptor.getHigh()})
    if (amount.isConstant() && amount.getValue() < 0)
      return rules.fail("can't add " + amount.str() + " elements: use slice");
  dims[*axis] = dims[*axis] + adaptor.getLow() + adaptor.getHigh();
  types.push_back(getTensorType(context, dims, rules.element(0)));
  return success();
}

LogicalResult PadOp::evaluate(ArrayRef<HostTensor> operands,
                              MutableArrayRef<HostTensor> results,
                              EvaluateContext &context) {
  auto low = context.dim(getLoc(), getLow());
  if (failed(low))
    return failure();
  const HostTensor &x = operands[0];
  AxisView from(x.shape(), getAxis()), to(results[0].shape(), getAxis());
  double fill = getValue().convertToDouble();
  for (int64_t o = 0; o < to.outer; ++o)
    for (int64_t i = 0; i < to.size; ++i)
      for (int64_t k = 0; k < to.inner; ++k) {
        int64_t source = i - *low, at = to.offset(o, i, k);
        if (source >= 0 && source < from.size)
          results[0].copyElement(at, x, from.offset(o, source, k));
        else
          results[0].set(at, fill);
      }
  return success();
}

FailureOr<Value> PadOp::emitElement(ElementBuilder &builder,
                                    ArrayRef<Index> index) {
  DimAttr size = getDims(getX())[getAxis()];
  Index place = builder.sub(index[getAxis()], builder.dim(getLow()));
  SmallVector<Index> source = llvm::to_vector(index);
  source[getAxis()] = builder.clamp(place, size);
  auto element = builder.read(getX(), source);
  if (failed(element))
    return failure();
  Value low =
      builder.compare(arith::CmpIPredicate::sge, place, builder.constant(0));
  Value high =
      builder.compare(arith::CmpIPredicate::slt, place, builder.dim(size));
  Value inside = builder.binary(BinaryKind::and_, low, high);
  Value fill =
      builder.constant(getElementType(getType()), getValue().convertToDouble());
  return builder.selectElement(inside, *element, fill);
}
