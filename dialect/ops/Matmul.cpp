//===- Matmul.cpp - matrix products ---------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         MatmulOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  auto lhsRank = rules.rank(0, 2, "lhs"), rhsRank = rules.rank(1, 2, "rhs");
  if (failed(lhsRank) || failed(rhsRank))
    return failure();
  SmallVector<DimAttr> lhs = rules.dims(0), rhs = rules.dims(1);
  if (rules.element(0) != rules.element(1))
    return rules.fail("element types differ: convert one side with cast");
  unsigned inner = *lhsRank - 1;
  Type element = rules.element(0);
  if (element.isInteger(8))
    element = IntegerType::get(context, 32);
  else if (adaptor.getWide())
    element = Float32Type::get(context);
  if (auto columns = adaptor.getColumns()) {
    if (*rhsRank != 3 && *rhsRank != 4)
      return rules.fail("packed rhs has 3 or 4 axes");
    for (DimAttr dim : ArrayRef(rhs).drop_front(2))
      if (!dim.isConstant() || dim.getValue() < 1)
        return rules.fail("width of the panels isn't a positive constant");
    DimAttr n = getConstantDim(context, *columns), depth = lhs.back();
    if (*rhsRank == 4)
      depth = ceilDiv(depth, rhs[3]);
    if (failed(rules.same("inner dims", AxisRef{1, 1}, depth)) ||
        failed(rules.same("number of panels", {1, 0}, ceilDiv(n, rhs[2]))))
      return failure();
    lhs.back() = n;
    types.push_back(getTensorType(context, lhs, element));
    return success();
  }
  bool transposed = adaptor.getTransposeRhs();
  unsigned rhsInner = *rhsRank - (transposed ? 1 : 2);
  unsigned rhsOuter = *rhsRank - (transposed ? 2 : 1);
  if (failed(rules.same("inner dims", {0, inner}, AxisRef{1, rhsInner})))
    return failure();
  // Leading axes broadcast.
  SmallVector<DimAttr> result;
  unsigned lhsLead = *lhsRank - 2, rhsLead = *rhsRank - 2;
  unsigned lead = std::max(lhsLead, rhsLead);
  DimAttr one = getConstantDim(context, 1);
  for (unsigned i = 0; i < lead; ++i) {
    bool inLhs = i + lhsLead >= lead, inRhs = i + rhsLead >= lead;
    unsigned lhsAxis = i + lhsLead - lead, rhsAxis = i + rhsLead - lead;
    DimAttr a = inLhs ? lhs[lhsAxis] : one, b = inRhs ? rhs[rhsAxis] : one;
    if (!a.isConstant(1) && !b.isConstant(1) &&
        failed(rules.same("leading axes don't broadcast", {0, lhsAxis},
                          AxisRef{1, rhsAxis})))
      return failure();
    result.push_back(a.isConstant(1) ? b : a);
  }
  result.push_back(lhs[*lhsRank - 2]);
  result.push_back(rhs[rhsOuter]);
  types.push_back(getTensorType(context, result, element));
  return success();
}

LogicalResult MatmulOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &lhs = operands[0], &rhs = operands[1];
  HostTensor &result = results[0];
  int64_t rank = result.rank();
  int64_t m = result.size(rank - 2), n = result.size(rank - 1);
  int64_t depth = lhs.shape().back();
  // The right side as [K, N] rows of doubles, one matrix at a time.
  auto at = [&](int64_t matrix, int64_t k, int64_t column) -> double {
    if (getColumns()) {
      int64_t width = rhs.size(2), steps = rhs.rank() == 4 ? rhs.size(3) : 1;
      int64_t line = (column / width) * rhs.size(1) + k / steps;
      return rhs.number((line * width + column % width) * steps + k % steps);
    }
    int64_t base = matrix * depth * n;
    return rhs.number(
        base + (getTransposeRhs() ? column * depth + k : k * n + column));
  };
  ArrayRef<int64_t> lead = result.shape().drop_back(2);
  auto leadStrides = [&](const HostTensor &x) {
    SmallVector<int64_t> strides(lead.size(), 0);
    int64_t stride = 1, own = x.rank() - 2;
    for (int64_t axis = own - 1; axis >= 0; --axis) {
      if (x.size(axis) != 1)
        strides[lead.size() - own + axis] = stride;
      stride *= x.size(axis);
    }
    return strides;
  };
  SmallVector<int64_t> lhsStrides = leadStrides(lhs);
  SmallVector<int64_t> rhsStrides =
      getColumns() ? SmallVector<int64_t>(lead.size(), 0) : leadStrides(rhs);
  std::vector<double> columns(depth * n), sums(n);
  int64_t loaded = -1, to = 0;
  forEachIndex(lead, [&](ArrayRef<int64_t> index) {
    int64_t left = linearize(index, lhsStrides);
    int64_t right = linearize(index, rhsStrides);
    if (right != loaded) {
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t j = 0; j < n; ++j)
          columns[k * n + j] = at(right, k, j);
      loaded = right;
    }
    for (int64_t i = 0; i < m; ++i) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int64_t k = 0; k < depth; ++k) {
        double a = lhs.number((left * m + i) * depth + k);
        for (int64_t j = 0; j < n; ++j)
          sums[j] += a * columns[k * n + j];
      }
      for (int64_t j = 0; j < n; ++j)
        result.set(to++, sums[j]);
    }
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Code generation as a plain reduction
//===----------------------------------------------------------------------===//

SmallVector<DimAttr> MatmulOp::getReductionDims() {
  return {getDims(getLhs()).back()};
}

ReduceKind MatmulOp::getCombiner() { return ReduceKind::sum; }

FailureOr<Value> MatmulOp::emitTerm(ElementBuilder &builder,
                                    ArrayRef<Index> index,
                                    ArrayRef<Index> reduction) {
  SmallVector<DimAttr> lhsDims = getDims(getLhs()), rhsDims = getDims(getRhs());
  const Index &k = reduction[0], &column = index.back();
  SmallVector<Index> lead = builder.broadcastIndex(
      index.drop_back(2), ArrayRef<DimAttr>(lhsDims).drop_back(2));
  lead.push_back(index[index.size() - 2]);
  lead.push_back(k);
  auto a = builder.read(getLhs(), lead);
  SmallVector<Index> source;
  if (getColumns()) {
    source = {builder.floorDiv(column, rhsDims[2]), k,
              builder.floorMod(column, rhsDims[2])};
    if (rhsDims.size() == 4) {
      source[1] = builder.floorDiv(k, rhsDims[3]);
      source.push_back(builder.floorMod(k, rhsDims[3]));
    }
  } else {
    source = builder.broadcastIndex(index.drop_back(2),
                                    ArrayRef<DimAttr>(rhsDims).drop_back(2));
    source.push_back(getTransposeRhs() ? column : k);
    source.push_back(getTransposeRhs() ? k : column);
  }
  auto b = builder.read(getRhs(), source);
  if (failed(a) || failed(b))
    return failure();
  auto wide = [&](Value factor) {
    return emitCast(builder.builder, builder.loc, factor,
                    getElementType(getType()));
  };
  return builder.binary(BinaryKind::mul, wide(*a), wide(*b));
}
