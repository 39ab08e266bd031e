//===- Concat.cpp - tensors joined along an axis --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         ConcatOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (adaptor.getInputs().empty())
    return rules.fail("needs at least one tensor");
  SmallVector<DimAttr> dims = rules.dims(0);
  auto axis = rules.axis(adaptor.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  for (unsigned i = 1; i < adaptor.getInputs().size(); ++i) {
    if (rules.element(i) != rules.element(0))
      return rules.fail("element types differ");
    if (rules.dims(i).size() != dims.size())
      return rules.fail("tensors have different numbers of axes");
    for (unsigned a = 0; a < dims.size(); ++a)
      if (a != *axis &&
          failed(rules.same("tensors can't be joined", {i, a}, AxisRef{0, a})))
        return failure();
    dims[*axis] = dims[*axis] + rules.dims(i)[*axis];
  }
  types.push_back(getTensorType(context, dims, rules.element(0)));
  return success();
}

LogicalResult ConcatOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  AxisView to(results[0].shape(), getAxis());
  int64_t begin = 0;
  for (const HostTensor &operand : operands) {
    AxisView from(operand.shape(), getAxis());
    for (int64_t o = 0; o < from.outer; ++o)
      for (int64_t i = 0; i < from.size; ++i)
        for (int64_t k = 0; k < from.inner; ++k)
          results[0].copyElement(to.offset(o, begin + i, k), operand,
                                 from.offset(o, i, k));
    begin += from.size;
  }
  return success();
}

FailureOr<Value> ConcatOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  SmallVector<Index> source = llvm::to_vector(index);
  Index &own = source[getAxis()];
  DimAttr begin = getConstantDim(getContext(), 0);
  Value result;
  for (Value input : getInputs()) {
    DimAttr size = getDims(input)[getAxis()];
    Index place = builder.sub(index[getAxis()], builder.dim(begin));
    own = builder.clamp(place, size);
    auto element = builder.read(input, source);
    if (failed(element))
      return failure();
    if (!result) {
      result = *element;
    } else {
      Value here = builder.compare(arith::CmpIPredicate::sge, place,
                                   builder.constant(0));
      result = builder.selectElement(here, *element, result);
    }
    begin = begin + size;
  }
  return result;
}

LogicalResult ConcatOp::streamTile(const Tile &tile, void *out,
                                   StreamContext &context) {
  int64_t axis = getAxis(), width = byteWidth(getElementType(getType()));
  AxisView to(tile.sizes, axis);
  char *out8 = static_cast<char *>(out);
  int64_t begin = 0, first = tile.offsets[axis];
  int64_t last = first + tile.sizes[axis];
  std::vector<char> bytes;
  for (Value input : getInputs()) {
    int64_t end = begin + staticShape(input)[axis];
    int64_t low = std::max(begin, first), high = std::min(end, last);
    if (low < high) {
      Tile source = tile;
      source.offsets[axis] = low - begin;
      source.sizes[axis] = high - low;
      if (to.outer == 1) {
        // The part is one run of the result: write it in place.
        if (failed(context.read(input, source,
                                out8 + (low - first) * to.inner * width)))
          return failure();
      } else {
        bytes.resize(source.numElements() * width);
        if (failed(context.read(input, source, bytes.data())))
          return failure();
        int64_t run = (high - low) * to.inner * width;
        for (int64_t o = 0; o < to.outer; ++o)
          std::copy_n(bytes.data() + o * run, run,
                      out8 + to.offset(o, low - first, 0) * width);
      }
    }
    begin = end;
  }
  return success();
}
