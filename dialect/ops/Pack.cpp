//===- Pack.cpp - matrices as panels of columns, and back -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult PackOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       PackOp::Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  if (dims.size() != 2)
    return rules.fail("packs a matrix, not " + Twine(dims.size()) + " axes");
  if (adaptor.getWidth() < 1 || adaptor.getInterleave() < 1)
    return rules.fail("width and interleave must be positive");
  DimAttr columns = dims[adaptor.getTransposed() ? 0 : 1];
  DimAttr rows = dims[adaptor.getTransposed() ? 1 : 0];
  DimAttr width = getConstantDim(context, adaptor.getWidth());
  DimAttr steps = getConstantDim(context, adaptor.getInterleave());
  SmallVector<DimAttr> panels{ceilDiv(columns, width), ceilDiv(rows, steps),
                              width};
  if (!steps.isConstant(1))
    panels.push_back(steps);
  types.push_back(getTensorType(context, panels, rules.element(0)));
  return success();
}

LogicalResult PackOp::evaluate(ArrayRef<HostTensor> operands,
                               MutableArrayRef<HostTensor> results,
                               EvaluateContext &) {
  const HostTensor &x = operands[0];
  int64_t columns = x.size(getTransposed() ? 0 : 1);
  int64_t rows = x.size(getTransposed() ? 1 : 0);
  int64_t n = 0;
  forEachIndex(results[0].shape(), [&](ArrayRef<int64_t> index) {
    int64_t column = index[0] * getWidth() + index[2], row = index[1];
    if (getInterleave() > 1)
      row = row * getInterleave() + index[3];
    if (column < columns && row < rows)
      results[0].copyElement(
          n, x, getTransposed() ? column * rows + row : row * columns + column);
    ++n;
  });
  return success();
}

FailureOr<Value> PackOp::emitElement(ElementBuilder &builder,
                                     ArrayRef<Index> index) {
  SmallVector<DimAttr> dims = getDims(getX());
  unsigned columnAxis = getTransposed() ? 0 : 1;
  auto constant = [&](int64_t value) {
    return getConstantDim(getContext(), value);
  };
  Index row = index[1];
  if (getInterleave() > 1)
    row = builder.add(builder.mul(row, constant(getInterleave())), index[3]);
  SmallVector<Index> at(2);
  at[columnAxis] =
      builder.add(builder.mul(index[0], constant(getWidth())), index[2]);
  at[1 - columnAxis] = row;
  SmallVector<Index> source;
  for (auto [place, dim] : llvm::zip(at, dims))
    source.push_back(builder.clamp(place, dim));
  auto element = builder.read(getX(), source);
  if (failed(element))
    return failure();
  Value zero = builder.constant(getElementType(getType()), 0);
  for (auto [place, dim] : llvm::zip(at, dims))
    if (!builder.isInside(place, dim))
      element = builder.selectElement(
          builder.compare(arith::CmpIPredicate::slt, place, builder.dim(dim)),
          *element, zero);
  return element;
}

/// Rows of `in` (present x depth) become columns of a depth x width panel.
template <typename T>
static void packRows(const char *bytes, char *panel, int64_t present,
                     int64_t depth, int64_t width) {
  auto *in = reinterpret_cast<const T *>(bytes);
  auto *out = reinterpret_cast<T *>(panel);
  constexpr int64_t block = 16;
  for (int64_t k0 = 0; k0 < depth; k0 += block)
    for (int64_t k = k0; k < std::min(k0 + block, depth); ++k)
      for (int64_t w = 0; w < present; ++w)
        out[k * width + w] = in[w * depth + k];
}

LogicalResult PackOp::streamTile(const Tile &tile, void *out,
                                 StreamContext &context) {
  int64_t columnAxis = getTransposed() ? 0 : 1;
  int64_t columns = staticShape(getX())[columnAxis];
  int64_t bytesPerElement = byteWidth(getElementType(getType()));
  int64_t steps = getInterleave();
  // Steps of k that exist.
  int64_t firstRow = tile.offsets[1] * steps;
  int64_t depth = std::min(tile.sizes[1] * steps,
                           staticShape(getX())[1 - columnAxis] - firstRow);
  int64_t width = tile.sizes[2];
  char *out8 = static_cast<char *>(out);
  std::fill_n(out8, tile.numElements() * bytesPerElement, 0);
  std::vector<char> bytes;
  for (int64_t p = 0; p < tile.sizes[0]; ++p) {
    int64_t first = (tile.offsets[0] + p) * getWidth() + tile.offsets[2];
    int64_t present = std::min(width, columns - first);
    char *panel = out8 + p * tile.sizes[1] * steps * width * bytesPerElement;
    if (present <= 0)
      continue;
    Tile source{{0, 0}, {0, 0}};
    source.offsets[columnAxis] = first;
    source.sizes[columnAxis] = present;
    source.offsets[1 - columnAxis] = firstRow;
    source.sizes[1 - columnAxis] = depth;
    bytes.resize(source.numElements() * bytesPerElement);
    if (failed(context.read(getX(), source, bytes.data())))
      return failure();
    if (getTransposed() && bytesPerElement <= 4 && steps == 1) {
      auto pack = bytesPerElement == 1   ? packRows<uint8_t>
                  : bytesPerElement == 2 ? packRows<uint16_t>
                                         : packRows<uint32_t>;
      pack(bytes.data(), panel, present, depth, width);
      continue;
    }
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t w = 0; w < present; ++w) {
        int64_t from = getTransposed() ? w * depth + k : k * present + w;
        int64_t to = (k / steps * width + w) * steps + k % steps;
        std::copy_n(bytes.data() + from * bytesPerElement, bytesPerElement,
                    panel + to * bytesPerElement);
      }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Unpack
//===----------------------------------------------------------------------===//

LogicalResult UnpackOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         UnpackOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  if (dims.size() != 3 && dims.size() != 4)
    return rules.fail("panels have 3 or 4 axes, not " + Twine(dims.size()));
  for (DimAttr dim : ArrayRef(dims).drop_front(2))
    if (!dim.isConstant() || dim.getValue() < 1)
      return rules.fail("width of the panels isn't a positive constant");
  DimAttr columns = getConstantDim(context, adaptor.getColumns());
  if (failed(rules.same("number of panels", {0, 0}, ceilDiv(columns, dims[2]))))
    return failure();
  SmallVector<DimAttr> matrix{dims[1], columns};
  if (dims.size() == 4) {
    if (!adaptor.getRows())
      return rules.fail("interleaved panels need the number of rows");
    matrix[0] = getConstantDim(context, *adaptor.getRows());
    if (failed(rules.same("rows", {0, 1}, ceilDiv(matrix[0], dims[3]))))
      return failure();
  }
  if (adaptor.getTransposed())
    std::swap(matrix[0], matrix[1]);
  types.push_back(getTensorType(context, matrix, rules.element(0)));
  return success();
}

LogicalResult UnpackOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &panels = operands[0];
  int64_t width = panels.size(2);
  int64_t steps = panels.rank() == 4 ? panels.size(3) : 1;
  evaluateMovement(panels, results[0],
                   [&](ArrayRef<int64_t> index, SmallVectorImpl<int64_t> &at) {
                     int64_t column = index[getTransposed() ? 0 : 1];
                     int64_t row = index[getTransposed() ? 1 : 0];
                     at[0] = column / width;
                     at[1] = row / steps;
                     at[2] = column % width;
                     if (panels.rank() == 4)
                       at[3] = row % steps;
                   });
  return success();
}

FailureOr<Value> UnpackOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  SmallVector<DimAttr> dims = getDims(getPanels());
  const Index &column = index[getTransposed() ? 0 : 1];
  const Index &row = index[getTransposed() ? 1 : 0];
  SmallVector<Index> place = {builder.floorDiv(column, dims[2]), row,
                              builder.floorMod(column, dims[2])};
  if (dims.size() == 4) {
    place[1] = builder.floorDiv(row, dims[3]);
    place.push_back(builder.floorMod(row, dims[3]));
  }
  return builder.read(getPanels(), place);
}
