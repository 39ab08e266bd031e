//===- ExportLinalg.cpp - kernels in upstream's terms ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/ExportLinalg.h"

#include "codegen/Decompose.h"
#include "codegen/KernelCode.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <limits>

using namespace tenon;
using namespace mlir;

namespace {
class Exporter {
public:
  Exporter(func::FuncOp kernel, ModuleOp module)
      : kernel(kernel), module(module), builder(kernel.getContext()),
        loc(kernel.getLoc()) {}

  LogicalResult run();

private:
  using Term = llvm::function_ref<FailureOr<Value>(
      ElementBuilder &, ArrayRef<Index> result, ArrayRef<Index> reduction)>;

  /// A tensor of `dims` whose elements `term` gives, or, with `inner` dims, its
  /// terms combined.
  FailureOr<Value> generate(ArrayRef<DimAttr> dims, ArrayRef<DimAttr> inner,
                            Type element, std::optional<ReduceKind> combiner,
                            Term term);
  LogicalResult exportOp(Operation &op);
  LogicalResult exportAttention(AttentionOp op);
  /// The element-wise op on tensors that `values` holds.
  FailureOr<Value>
  scalarMap(ArrayRef<DimAttr> dims, Type element,
            llvm::function_ref<Value(ElementBuilder &, ArrayRef<Index>)> body) {
    return generate(
        dims, {}, element, std::nullopt,
        [&](ElementBuilder &e, ArrayRef<Index> index,
            ArrayRef<Index>) -> FailureOr<Value> { return body(e, index); });
  }
  Value extract(Value tensor, ArrayRef<Index> index) {
    SmallVector<Value> places;
    for (const Index &i : index)
      places.push_back(i.base);
    return tensor::ExtractOp::create(builder, loc, tensor, places);
  }

  func::FuncOp kernel;
  ModuleOp module;
  OpBuilder builder;
  Location loc;
  std::unique_ptr<KernelCode> code; ///< For dims and regions.
  IRMapping values;
};
} // namespace

FailureOr<Value> Exporter::generate(ArrayRef<DimAttr> dims,
                                    ArrayRef<DimAttr> inner, Type element,
                                    std::optional<ReduceKind> combiner,
                                    Term term) {
  MLIRContext *context = builder.getContext();
  SmallVector<int64_t> shape;
  SmallVector<Value> sizes;
  for (DimAttr dim : dims) {
    shape.push_back(dim.asConstant().value_or(ShapedType::kDynamic));
    if (!dim.isConstant())
      sizes.push_back(code->dim(dim));
  }
  auto type = RankedTensorType::get(shape, element);
  Value init = tensor::EmptyOp::create(builder, loc, type, sizes);
  SmallVector<Value> inputs;
  unsigned rank = dims.size(), depth = inner.size();
  SmallVector<AffineMap> maps;
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators.append(depth, utils::IteratorType::reduction);
  if (depth) {
    // The extent of the reduced axes comes from an operand that nothing reads.
    SmallVector<int64_t> innerShape;
    SmallVector<Value> innerSizes;
    SmallVector<AffineExpr> innerAxes;
    for (auto [i, dim] : llvm::enumerate(inner)) {
      innerShape.push_back(dim.asConstant().value_or(ShapedType::kDynamic));
      if (!dim.isConstant())
        innerSizes.push_back(code->dim(dim));
      innerAxes.push_back(getAffineDimExpr(rank + i, context));
    }
    inputs.push_back(tensor::EmptyOp::create(
        builder, loc, RankedTensorType::get(innerShape, element), innerSizes));
    maps.push_back(AffineMap::get(rank + depth, 0, innerAxes, context));
    Value neutral =
        code->elements(1).constant(element, neutralElement(*combiner, element));
    init = linalg::FillOp::create(builder, loc, ValueRange{neutral},
                                  ValueRange{init})
               .getResult(0);
  }
  SmallVector<AffineExpr> axes;
  for (unsigned i = 0; i < rank; ++i)
    axes.push_back(getAffineDimExpr(i, context));
  maps.push_back(AffineMap::get(rank + depth, 0, axes, context));
  LogicalResult status = success();
  auto generic = linalg::GenericOp::create(
      builder, loc, type, inputs, ValueRange{init}, maps, iterators,
      [&](OpBuilder &nested, Location, ValueRange arguments) {
        OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPointToEnd(nested.getInsertionBlock());
        ElementBuilder elements(
            builder, loc, 1, [&](DimAttr d) { return code->dim(d); },
            [&](Value tensor, ArrayRef<Index> index) -> FailureOr<Value> {
              return extract(values.lookup(tensor), index);
            });
        SmallVector<Index> index;
        for (unsigned i = 0; i < rank + depth; ++i)
          index.push_back(
              elements.uniform(linalg::IndexOp::create(builder, loc, i)));
        auto value = term(elements, ArrayRef<Index>(index).take_front(rank),
                          ArrayRef<Index>(index).drop_front(rank));
        if (failed(value)) {
          status = failure();
          value = arguments.back();
        } else if (depth) {
          value =
              emitCombine(builder, loc, *combiner, arguments.back(), *value);
        }
        linalg::YieldOp::create(builder, loc, *value);
      });
  if (failed(status))
    return failure();
  return generic.getResult(0);
}

LogicalResult Exporter::exportAttention(AttentionOp op) {
  if (op.getFactors() == Factors::codes)
    return op.emitError("has no form in linalg");
  SmallVector<DimAttr> query = getDims(op.getQuery());
  SmallVector<DimAttr> value = getDims(op.getValue());
  SmallVector<DimAttr> scoreDims{query[0], query[1], query[2], value[2]};
  SmallVector<DimAttr> rowDims{query[0], query[1], query[2]};
  Type element = getElementType(op.getType());
  auto number = [&](ElementBuilder &e, double x) {
    return e.constant(element, x);
  };
  auto readFactor = [&](ElementBuilder &e, Value of,
                        ArrayRef<Index> at) -> FailureOr<Value> {
    auto x = e.read(of, at);
    if (failed(x) || !roundedTypeOf(op))
      return x;
    return emitRounded(builder, loc, *x, roundedTypeOf(op));
  };
  auto products = generate(
      scoreDims, {query[3]}, element, ReduceKind::sum,
      [&](ElementBuilder &e, ArrayRef<Index> at,
          ArrayRef<Index> d) -> FailureOr<Value> {
        auto a = readFactor(e, op.getQuery(), {at[0], at[1], at[2], d[0]});
        auto b = readFactor(e, op.getKey(), {at[0], at[1], at[3], d[0]});
        if (failed(a) || failed(b))
          return failure();
        return e.binary(BinaryKind::mul, *a, *b);
      });
  if (failed(products))
    return failure();
  auto scores = generate(
      scoreDims, {}, element, std::nullopt,
      [&](ElementBuilder &e, ArrayRef<Index> at,
          ArrayRef<Index>) -> FailureOr<Value> {
        Value score = e.binary(BinaryKind::mul, extract(*products, at),
                               number(e, op.getScale().convertToDouble()));
        auto mapped = code->emitRegion(
            e, op.getScore().front(), {score, at[0], at[1], at[2], at[3]},
            llvm::to_vector_of<Value>(op.getCaptures()));
        if (failed(mapped))
          return failure();
        return mapped->front();
      });
  if (failed(scores))
    return failure();
  auto reduceRows = [&](Value of, ReduceKind kind) {
    return generate(rowDims, {value[2]}, element, kind,
                    [&](ElementBuilder &, ArrayRef<Index> at,
                        ArrayRef<Index> j) -> FailureOr<Value> {
                      return extract(of, {at[0], at[1], at[2], j[0]});
                    });
  };
  auto tops = reduceRows(*scores, ReduceKind::max);
  auto weights =
      scalarMap(scoreDims, element, [&](ElementBuilder &e, ArrayRef<Index> at) {
        Value shifted = e.binary(BinaryKind::sub, extract(*scores, at),
                                 extract(*tops, at.take_front(3)));
        return emitUnary(builder, loc, UnaryKind::exp, shifted);
      });
  auto sums = reduceRows(*weights, ReduceKind::sum);
  SmallVector<DimAttr> resultDims = getDims(op.getResult());
  auto mixed = generate(
      resultDims, {value[2]}, element, ReduceKind::sum,
      [&](ElementBuilder &e, ArrayRef<Index> at,
          ArrayRef<Index> j) -> FailureOr<Value> {
        auto v = readFactor(e, op.getValue(), {at[0], at[1], j[0], at[3]});
        if (failed(v))
          return failure();
        return e.binary(BinaryKind::mul,
                        extract(*weights, {at[0], at[1], at[2], j[0]}), *v);
      });
  if (failed(mixed))
    return failure();
  auto result = scalarMap(
      resultDims, element, [&](ElementBuilder &e, ArrayRef<Index> at) {
        return e.binary(BinaryKind::div, extract(*mixed, at),
                        extract(*sums, at.take_front(3)));
      });
  values.map(op.getResult(), *result);
  return success();
}

LogicalResult Exporter::exportOp(Operation &op) {
  if (auto attention = dyn_cast<AttentionOp>(op))
    return exportAttention(attention);
  if (op.getNumResults() != 1)
    return op.emitError("has no form in linalg");
  Value result = op.getResult(0);
  Type element = getElementType(result.getType());
  FailureOr<Value> made = failure();
  if (auto reduction = dyn_cast<ReductionOpInterface>(op)) {
    made = generate(
        getDims(result), reduction.getReductionDims(), element,
        reduction.getCombiner(),
        [&](ElementBuilder &e, ArrayRef<Index> at, ArrayRef<Index> inner) {
          return reduction.emitTerm(e, at, inner);
        });
  } else if (auto elements = dyn_cast<ElementOpInterface>(op)) {
    made =
        generate(getDims(result), {}, element, std::nullopt,
                 [&](ElementBuilder &e, ArrayRef<Index> at, ArrayRef<Index>) {
                   return elements.emitElement(e, at);
                 });
  } else {
    return op.emitError("has no form in linalg");
  }
  if (failed(made))
    return failure();
  values.map(result, *made);
  return success();
}

LogicalResult Exporter::run() {
  OwningOpRef<func::FuncOp> copy(kernel.clone());
  if (failed(decomposeOps(*copy)))
    return failure();
  SmallVector<Type> arguments, results;
  for (Type type : kernel.getArgumentTypes())
    arguments.push_back(stripDims(cast<RankedTensorType>(type)));
  for (Type type : kernel.getResultTypes())
    results.push_back(stripDims(cast<RankedTensorType>(type)));
  auto names = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
  arguments.append(names.size(), builder.getIndexType());

  builder.setInsertionPointToEnd(module.getBody());
  auto function =
      func::FuncOp::create(builder, loc, kernel.getName(),
                           builder.getFunctionType(arguments, results));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToEnd(entry);
  unsigned count = kernel.getNumArguments();
  SmallVector<std::pair<StringAttr, Value>> dims;
  for (auto [i, name] : llvm::enumerate(names))
    dims.push_back({cast<StringAttr>(name), entry->getArgument(count + i)});
  code = std::make_unique<KernelCode>(builder, *copy, dims);
  for (auto [from, to] :
       llvm::zip(copy->getArguments(), entry->getArguments().take_front(count)))
    values.map(from, to);
  for (Operation &op : copy->getBody().front().without_terminator())
    if (failed(exportOp(op)))
      return failure();
  SmallVector<Value> outputs;
  for (Value value : copy->getBody().front().getTerminator()->getOperands())
    outputs.push_back(values.lookup(value));
  func::ReturnOp::create(builder, loc, outputs);
  return success();
}

LogicalResult tenon::exportLinalg(func::FuncOp kernel, ModuleOp module) {
  return Exporter(kernel, module).run();
}
