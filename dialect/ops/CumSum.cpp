//===- CumSum.cpp - running sums ------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult CumSumOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         CumSumOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (failed(rules.axis(adaptor.getAxis(), rules.dims(0).size())))
    return failure();
  if (rules.element(0).isInteger(1))
    return rules.fail("doesn't add bool elements: convert them with cast");
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult CumSumOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &x = operands[0];
  AxisView view(x.shape(), getAxis());
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.inner; ++k) {
      double sum = 0;
      uint64_t integer = 0;
      for (int64_t i = 0; i < view.size; ++i) {
        int64_t at = view.offset(o, i, k);
        if (x.isFloat())
          results[0].set(at, sum += x.number(at));
        else
          results[0].setInteger(at, integer += x.integer(at));
      }
    }
  return success();
}

// Each element sums its own prefix: quadratic in the axis, but free of any
// order between elements. The axes that models sum along are short.

SmallVector<DimAttr> CumSumOp::getReductionDims() {
  return {getDims(getX())[getAxis()]};
}

ReduceKind CumSumOp::getCombiner() { return ReduceKind::sum; }

FailureOr<Value> CumSumOp::emitTerm(ElementBuilder &builder,
                                    ArrayRef<Index> index,
                                    ArrayRef<Index> reduction) {
  SmallVector<Index> source = llvm::to_vector(index);
  source[getAxis()] = reduction[0];
  auto element = builder.read(getX(), source);
  if (failed(element))
    return failure();
  Value counts = builder.compare(arith::CmpIPredicate::sle, reduction[0],
                                 index[getAxis()]);
  return builder.selectElement(counts, *element,
                               builder.constant(getElementType(getType()), 0));
}
