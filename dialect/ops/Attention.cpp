//===- Attention.cpp - attention with a score region ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            AttentionOp::Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  static constexpr StringLiteral names[] = {"query", "key", "value"};
  for (unsigned operand = 0; operand < 3; ++operand) {
    size_t rank = rules.dims(operand).size();
    if (rank != 4)
      return rules.fail(Twine(names[operand]) +
                        " needs 4 axes [batch, head, position, feature], has " +
                        Twine(rank));
    if (rules.element(operand) != rules.element(0))
      return rules.fail("element types differ: convert with cast");
  }
  for (unsigned operand = 1; operand < 3; ++operand)
    if (failed(rules.same("batch", {operand, 0}, AxisRef{0, 0})) ||
        failed(rules.same("heads", {operand, 1}, AxisRef{0, 1})))
      return failure();
  if (failed(rules.same("features of query and key", {0, 3}, AxisRef{1, 3})) ||
      failed(rules.same("positions of key and value", {1, 2}, AxisRef{2, 2})))
    return failure();
  SmallVector<DimAttr> query = rules.dims(0), value = rules.dims(2);
  types.push_back(getTensorType(
      context, {query[0], query[1], query[2], value[3]}, rules.element(0)));
  return success();
}

LogicalResult AttentionOp::getRegionSignature(unsigned, ValueRange operands,
                                              SmallVectorImpl<Type> &arguments,
                                              SmallVectorImpl<Type> &yields) {
  Type element = getElementType(operands[0].getType());
  Type index = IndexType::get(element.getContext());
  arguments.assign({element, index, index, index, index});
  yields.assign({element});
  return success();
}

LogicalResult AttentionOp::verifyRegions() {
  SmallVector<Type> arguments, yields;
  (void)getRegionSignature(0, getOperands(), arguments, yields);
  llvm::append_range(arguments, getCaptures().getTypes());
  if (getScore().getArgumentTypes() != TypeRange(arguments))
    return emitOpError("score takes the arguments (")
           << arguments << "), not (" << getScore().getArgumentTypes() << ")";
  auto yield = dyn_cast<YieldOp>(getScore().front().getTerminator());
  if (!yield || TypeRange(yield.getOperands()) != TypeRange(yields))
    return emitOpError("score must yield one ") << yields.front();
  return success();
}

LogicalResult AttentionOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results,
                                    EvaluateContext &context) {
  const HostTensor &query = operands[0], &key = operands[1],
                   &value = operands[2];
  int64_t heads = query.size(1), queries = query.size(2), depth = query.size(3);
  int64_t keys = key.size(2), features = value.size(3);
  double scale = getScale().convertToDouble();
  Type element = query.elementType();
  Type indexType = IndexType::get(getContext());
  // The region runs once for all pairs of positions of a head: query indices
  // as a column, key indices as a row.
  HostTensor column(indexType, {queries, 1}), row(indexType, {1, keys});
  for (int64_t i = 0; i < queries; ++i)
    column.setInteger(i, i);
  for (int64_t j = 0; j < keys; ++j)
    row.setInteger(j, j);

  int64_t to = 0;
  std::vector<double> weights(keys);
  for (int64_t head = 0; head < query.size(0) * heads; ++head) {
    HostTensor scores(element, {queries, keys});
    for (int64_t i = 0; i < queries; ++i)
      for (int64_t j = 0; j < keys; ++j) {
        double sum = 0;
        for (int64_t d = 0; d < depth; ++d)
          sum += query.number((head * queries + i) * depth + d) *
                 key.number((head * keys + j) * depth + d);
        scores.set(i * keys + j, scale * sum);
      }
    std::vector<HostTensor> arguments{
        scores, HostTensor::scalar(indexType, head / heads),
        HostTensor::scalar(indexType, head % heads), column, row};
    llvm::append_range(arguments, operands.drop_front(3));
    auto yielded = context.runBlock(getScore().front(), arguments);
    if (failed(yielded))
      return failure();
    const HostTensor &shaped = yielded->front();
    // A score that depends on fewer indices is broadcast.
    HostTensor full(element, {queries, keys});
    forEachBroadcast(full.shape(), {shaped},
                     [&](int64_t i, ArrayRef<int64_t> at) {
                       full.copyElement(i, shaped, at[0]);
                     });
    for (int64_t i = 0; i < queries; ++i) {
      double top = -INFINITY, sum = 0;
      for (int64_t j = 0; j < keys; ++j)
        top = std::max(top, full.number(i * keys + j));
      for (int64_t j = 0; j < keys; ++j)
        sum += weights[j] = std::exp(full.number(i * keys + j) - top);
      for (int64_t e = 0; e < features; ++e) {
        double mixed = 0;
        for (int64_t j = 0; j < keys; ++j)
          mixed +=
              weights[j] / sum * value.number((head * keys + j) * features + e);
        results[0].set(to++, mixed);
      }
    }
  }
  return success();
}
