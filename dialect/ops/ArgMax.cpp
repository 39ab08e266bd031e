//===- ArgMax.cpp - the place of the largest element ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult ArgMaxOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         ArgMaxOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  auto axis = rules.axis(adaptor.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  dims.erase(dims.begin() + *axis);
  types.push_back(getTensorType(context, dims, IntegerType::get(context, 64)));
  return success();
}

LogicalResult ArgMaxOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &x = operands[0];
  AxisView view(x.shape(), getAxis());
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.inner; ++k) {
      int64_t best = 0;
      for (int64_t i = 1; i < view.size; ++i) {
        double value = x.number(view.offset(o, i, k));
        double top = x.number(view.offset(o, best, k));
        // A NaN counts as largest, as torch has it.
        if (value > top || (std::isnan(value) && !std::isnan(top)))
          best = i;
      }
      results[0].setInteger(o * view.inner + k, best);
    }
  return success();
}

FailureOr<Value> ArgMaxOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  SmallVector<DimAttr> dims = getDims(getX());
  int64_t axis = getAxis();
  Type i64 = builder.getI64Type();
  Value top = ReduceOp::create(builder, loc, ReduceKind::max, getX(),
                               ArrayRef<int64_t>{axis}, true);
  Value isTop = CompareOp::create(builder, loc, CompareKind::eq, getX(), top);
  if (isa<FloatType>(getElementType(getX().getType()))) {
    Value isNan =
        CompareOp::create(builder, loc, CompareKind::ne, getX(), getX());
    isTop = BinaryOp::create(builder, loc, BinaryKind::or_, isTop, isNan);
  }
  Value place = IotaOp::create(builder, loc, DimsAttr::get(getContext(), dims),
                               axis, i64);
  Value none = FillOp::create(builder, loc,
                              cast<TypedAttr>(builder.getI64IntegerAttr(
                                  std::numeric_limits<int64_t>::max())),
                              DimsAttr::get(getContext(), {}));
  Value places = SelectOp::create(builder, loc, isTop, place, none);
  return ReduceOp::create(builder, loc, ReduceKind::min, places,
                          ArrayRef<int64_t>{axis}, false)
      .getResult();
}
