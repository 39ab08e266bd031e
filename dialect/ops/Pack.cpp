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
  if (adaptor.getWidth() < 1)
    return rules.fail("width must be positive");
  DimAttr columns = dims[adaptor.getTransposed() ? 0 : 1];
  DimAttr rows = dims[adaptor.getTransposed() ? 1 : 0];
  DimAttr width = getConstantDim(context, adaptor.getWidth());
  types.push_back(getTensorType(context, {ceilDiv(columns, width), rows, width},
                                rules.element(0)));
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
    if (column < columns)
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
  DimAttr columns = dims[columnAxis];
  DimAttr width = getConstantDim(getContext(), getWidth());
  Index column = builder.add(builder.mul(index[0], width), index[2]);
  SmallVector<Index> source(2);
  source[columnAxis] = builder.clamp(column, columns);
  source[1 - columnAxis] = index[1];
  auto element = builder.read(getX(), source);
  if (failed(element))
    return failure();
  Value inside =
      builder.compare(arith::CmpIPredicate::slt, column, builder.dim(columns));
  return builder.selectElement(inside, *element,
                               builder.constant(getElementType(getType()), 0));
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
  int64_t depth = tile.sizes[1], width = tile.sizes[2];
  char *out8 = static_cast<char *>(out);
  std::fill_n(out8, tile.numElements() * bytesPerElement, 0);
  std::vector<char> bytes;
  for (int64_t p = 0; p < tile.sizes[0]; ++p) {
    int64_t first = (tile.offsets[0] + p) * getWidth() + tile.offsets[2];
    int64_t present = std::min(width, columns - first);
    char *panel = out8 + p * depth * width * bytesPerElement;
    if (present <= 0)
      continue;
    Tile source{{0, 0}, {0, 0}};
    source.offsets[columnAxis] = first;
    source.sizes[columnAxis] = present;
    source.offsets[1 - columnAxis] = tile.offsets[1];
    source.sizes[1 - columnAxis] = depth;
    bytes.resize(source.numElements() * bytesPerElement);
    if (failed(context.read(getX(), source, bytes.data())))
      return failure();
    if (getTransposed() && bytesPerElement <= 4) {
      auto pack = bytesPerElement == 1   ? packRows<uint8_t>
                  : bytesPerElement == 2 ? packRows<uint16_t>
                                         : packRows<uint32_t>;
      pack(bytes.data(), panel, present, depth, width);
      continue;
    }
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t w = 0; w < present; ++w) {
        int64_t from = getTransposed() ? w * depth + k : k * present + w;
        std::copy_n(bytes.data() + from * bytesPerElement, bytesPerElement,
                    panel + (k * width + w) * bytesPerElement);
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
  if (dims.size() != 3)
    return rules.fail("panels have 3 axes, not " + Twine(dims.size()));
  if (!dims[2].isConstant() || dims[2].getValue() < 1)
    return rules.fail("width of the panels isn't a positive constant");
  DimAttr columns = getConstantDim(context, adaptor.getColumns());
  if (failed(rules.same("number of panels", {0, 0}, ceilDiv(columns, dims[2]))))
    return failure();
  SmallVector<DimAttr> matrix{dims[1], columns};
  if (adaptor.getTransposed())
    std::swap(matrix[0], matrix[1]);
  types.push_back(getTensorType(context, matrix, rules.element(0)));
  return success();
}

LogicalResult UnpackOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  int64_t width = operands[0].size(2);
  evaluateMovement(operands[0], results[0],
                   [&](ArrayRef<int64_t> index, SmallVectorImpl<int64_t> &at) {
                     int64_t column = index[getTransposed() ? 0 : 1];
                     at[0] = column / width;
                     at[1] = index[getTransposed() ? 1 : 0];
                     at[2] = column % width;
                   });
  return success();
}

FailureOr<Value> UnpackOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  DimAttr width = getDims(getPanels())[2];
  const Index &column = index[getTransposed() ? 0 : 1];
  return builder.read(getPanels(), {builder.floorDiv(column, width),
                                    index[getTransposed() ? 1 : 0],
                                    builder.floorMod(column, width)});
}
