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

FloatType tenon::roundedTypeOf(AttentionOp op) {
  switch (op.getFactors()) {
  case Factors::bf16:
    return BFloat16Type::get(op.getContext());
  case Factors::fp16:
    return Float16Type::get(op.getContext());
  case Factors::numbers:
  case Factors::codes:
    return {};
  }
  llvm_unreachable("unknown factors");
}

/// Whether the operands are what is rounded, or what codes can be made of.
static LogicalResult checkFactors(const ShapeRules &rules,
                                  AttentionOp::Adaptor adaptor) {
  if (adaptor.getFactors() == Factors::numbers)
    return success();
  bool ofCodes = adaptor.getFactors() == Factors::codes;
  for (Value operand : adaptor.getOperands().take_front(3)) {
    if (!getElementType(operand.getType()).isF32() ||
        (ofCodes && !isa<RankedTensorType>(operand.getType())))
      return rules.fail(ofCodes ? "codes are made of f32 tensors"
                                : "what is rounded is f32");
  }
  std::optional<int64_t> depth = rules.dims(0)[3].asConstant();
  if (ofCodes && (!depth || *depth > mostCodedFeatures))
    return rules.fail("sums of codes need a constant number of features, at "
                      "most " +
                      Twine(mostCodedFeatures));
  return success();
}

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
  if (failed(checkFactors(rules, adaptor)))
    return failure();
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

namespace {
/// The rows of a tensor along its last axis as codes of 8 bits.
struct CodedRows {
  explicit CodedRows(const HostTensor &x) : width(x.size(3)) {
    for (int64_t row = 0; row < x.numElements(); row += width) {
      float most = 0x1p-100f;
      for (int64_t i = row; i < row + width; ++i) {
        float magnitude = std::abs(x.floats()[i]);
        most = std::isnan(magnitude) ? magnitude : std::max(most, magnitude);
        if (std::isnan(most))
          break;
      }
      scales.push_back(most / 127);
      float factor = 127 / most;
      for (int64_t i = row; i < row + width; ++i) {
        float code = x.floats()[i] * factor;
        codes.push_back(std::isnan(code) ? 0 : std::nearbyint(code));
      }
    }
  }

  const int64_t *row(int64_t i) const { return codes.data() + i * width; }

  int64_t width;
  std::vector<int64_t> codes;
  std::vector<float> scales;
};

/// What an attention multiplies: numbers, or codes of them.
class Products {
public:
  Products(AttentionOp op, const HostTensor &query, const HostTensor &key,
           const HostTensor &value)
      : query(query), key(key), value(value),
        scale(op.getScale().convertToDouble()) {
    if (op.getFactors() == Factors::codes)
      for (const HostTensor *x : {&query, &key, &value})
        coded.emplace_back(*x);
  }

  /// The score of row `i` of all queries and row `j` of all keys.
  double score(int64_t i, int64_t j) const {
    int64_t depth = query.size(3);
    double sum = 0;
    if (coded.empty()) {
      for (int64_t d = 0; d < depth; ++d)
        sum += query.number(i * depth + d) * key.number(j * depth + d);
      return scale * sum;
    }
    for (int64_t d = 0; d < depth; ++d)
      sum += coded[0].row(i)[d] * coded[1].row(j)[d];
    double scales = double(coded[0].scales[i]) * coded[1].scales[j];
    return std::isfinite(coded[2].scales[j]) ? scale * scales * sum : NAN;
  }

  /// Writes the values from row `first` on to `out`, by `weights`.
  void mix(std::vector<double> weights, int64_t first,
           function_ref<void(double)> out) const {
    double sum = 0, unit = 1;
    for (double weight : weights)
      sum += weight;
    if (!coded.empty())
      unit = round(weights, first);
    for (int64_t e = 0; e < value.size(3); ++e) {
      double mixed = 0;
      for (auto [j, weight] : llvm::enumerate(weights))
        mixed +=
            coded.empty()
                ? weight / sum * value.number((first + j) * value.size(3) + e)
                : weight * coded[2].row(first + j)[e];
      out(weights.empty() || coded.empty() ? mixed : mixed * unit / sum);
    }
  }

private:
  /// Makes weights of values multiples of what is returned, which is a part of
  /// the largest.
  double round(std::vector<double> &weights, int64_t first) const {
    double most = 0;
    for (auto [j, weight] : llvm::enumerate(weights)) {
      weight *= coded[2].scales[first + j];
      most = std::max(most, weight); // Not a number: `most`.
    }
    for (double &weight : weights) {
      weight *= 32767 / most;
      weight = std::isnan(weight) ? 0 : std::nearbyint(weight);
    }
    return most / 32767;
  }

  const HostTensor &query, &key, &value;
  double scale;
  std::vector<CodedRows> coded; ///< Of all three, or none.
};
} // namespace

/// `x` rounded to what attention multiplies.
static HostTensor roundFactor(AttentionOp op, const HostTensor &x) {
  FloatType type = roundedTypeOf(op);
  if (!type)
    return x;
  HostTensor rounded(type, x.shape());
  for (int64_t i = 0; i < x.numElements(); ++i)
    rounded.set(i, x.number(i));
  return rounded;
}

LogicalResult AttentionOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results,
                                    EvaluateContext &context) {
  HostTensor query = roundFactor(*this, operands[0]),
             key = roundFactor(*this, operands[1]),
             value = roundFactor(*this, operands[2]);
  int64_t heads = query.size(1), queries = query.size(2), keys = key.size(2);
  Products products(*this, query, key, value);
  Type element = operands[0].elementType();
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
      for (int64_t j = 0; j < keys; ++j)
        scores.set(i * keys + j,
                   products.score(head * queries + i, head * keys + j));
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
      double top = -INFINITY;
      for (int64_t j = 0; j < keys; ++j)
        top = std::max(top, full.number(i * keys + j));
      for (int64_t j = 0; j < keys; ++j)
        weights[j] = std::exp(full.number(i * keys + j) - top);
      products.mix(weights, head * keys,
                   [&](double mixed) { results[0].set(to++, mixed); });
    }
  }
  return success();
}
