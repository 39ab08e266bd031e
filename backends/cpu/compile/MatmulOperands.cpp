//===- MatmulOperands.cpp - the two sides of a matrix product -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/MatmulEmitter.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

//===----------------------------------------------------------------------===//
// The right side
//===----------------------------------------------------------------------===//

Value MatmulEmitter::packPanel(Value panel) {
  SmallVector<DimAttr> dims = getDims(op.getRhs());
  code.loop(code.constant(0), code.dim(depth), 1, {}, [&](Value k, ValueRange) {
    for (int64_t v = 0; v < width / lanes; ++v) {
      Value start =
          add(mul(panel, code.constant(width)), code.constant(v * lanes));
      auto [column, mask] = vectorFrom(start, columns, width);
      ElementBuilder elements = code.elements(lanes, mask);
      Index row = elements.uniform(k, 1, zero, depth - 1);
      SmallVector<Index> index =
          elements.broadcastIndex(batch, ArrayRef<DimAttr>(dims).drop_back(2));
      index.push_back(op.getTransposeRhs() ? column : row);
      index.push_back(op.getTransposeRhs() ? row : column);
      Value value = elements.splat(code.orPoison(
          elements.read(op.getRhs(), index), panelStorage.elementType));
      Value at = add(mul(k, code.constant(width)), code.constant(v * lanes));
      vector::StoreOp::create(builder, loc, value, panelStorage.buffer,
                              ValueRange{at});
    }
    return SmallVector<Value>();
  });
  return code.constant(0);
}

//===----------------------------------------------------------------------===//
// The left side
//===----------------------------------------------------------------------===//

void MatmulEmitter::stageRows(Value firstRow, Value rows) {
  stagedFirst = firstRow;
  // Seen as the axes that were joined to rows and to the last axis, its
  // elements lie in runs.
  Value source = op.getLhs();
  SmallVector<DimAttr> rowAxes = rowDims, runs = {depth};
  if (auto reshape = source.getDefiningOp<ReshapeOp>()) {
    SmallVector<DimAttr> dims = getDims(reshape.getX());
    size_t begin = batchDims.size();
    for (size_t end = begin; end < dims.size(); ++end) {
      auto axes = ArrayRef(dims).slice(begin, end - begin);
      if (ArrayRef(dims).take_front(begin) != ArrayRef(batchDims) ||
          productOf(op.getContext(), axes) != rowCount)
        continue;
      source = reshape.getX();
      rowAxes = llvm::to_vector(axes);
      runs = llvm::to_vector(ArrayRef(dims).drop_front(end));
      break;
    }
  }

  code.loop(code.constant(0), rows, 1, {}, [&](Value r, ValueRange) {
    ElementBuilder e = code.elements(1);
    Index row = e.uniform(add(firstRow, r), 1, zero, rowCount - 1);
    // A leading axis of the result that the left side lacks is broadcast.
    SmallVector<DimAttr> lead = getDims(source);
    lead.resize(lead.size() - rowAxes.size() - runs.size());
    SmallVector<Index> index = e.broadcastIndex(batch, lead);
    llvm::append_range(index, e.delinearize(row, rowAxes));
    Value base = mul(r, code.dim(staged->strides[0]));
    std::function<void(size_t, Value)> copy = [&](size_t axis, Value at) {
      Value start = mul(at, code.dim(runs[axis]));
      if (axis + 1 < runs.size()) {
        code.loop(code.constant(0), code.dim(runs[axis]), 1, {},
                  [&](Value i, ValueRange) {
                    ElementBuilder inner = code.elements(1);
                    index.push_back(inner.uniform(i, 1, zero, runs[axis] - 1));
                    copy(axis + 1, add(start, i));
                    index.pop_back();
                    return SmallVector<Value>();
                  });
        return;
      }
      code.vectorLoop(runs[axis], lanes, {},
                      [&](const Index &first, Value mask, ValueRange) {
                        ElementBuilder elements = code.elements(lanes, mask);
                        index.push_back(first);
                        Value value = elements.splat(code.orPoison(
                            elements.read(source, index), leftElement));
                        index.pop_back();
                        if (isa<FloatType>(leftElement))
                          value = toMemory(value);
                        else if (multipliesWords())
                          value = arith::ExtSIOp::create(
                              builder, loc,
                              VectorType::get(lanes, builder.getI16Type()),
                              value);
                        else if (interleave > 1 && !unit)
                          value = makeUnsigned(value);
                        // Lanes behind the end are written over by the next
                        // run, or lie in the gap behind the row.
                        vector::StoreOp::create(
                            builder, loc, value, staged->buffer,
                            ValueRange{add(base, add(start, first.base))});
                        return SmallVector<Value>();
                      });
    };
    copy(0, code.constant(0));
    if (unit)
      padRow(base);
    if (multipliesWords())
      pairWords(base);
    return SmallVector<Value>();
  });
}

void MatmulEmitter::pairWords(Value base) {
  // What is turned behind the row's end lies in the gap.
  constexpr int64_t atOnce = 16;
  auto type = VectorType::get(atOnce, builder.getI16Type());
  SmallVector<int64_t> order;
  for (int64_t step = 0; step < atOnce; step += 4)
    llvm::append_values(order, step, step + 2, step + 1, step + 3);
  code.loop(
      code.constant(0), code.dim(depth), atOnce, {}, [&](Value k, ValueRange) {
        Value place = add(base, k);
        Value words = vector::LoadOp::create(builder, loc, type, staged->buffer,
                                             ValueRange{place});
        words = vector::ShuffleOp::create(builder, loc, words, words, order);
        vector::StoreOp::create(builder, loc, words, staged->buffer,
                                ValueRange{place});
        return SmallVector<Value>();
      });
}

Value MatmulEmitter::toMemory(Value numbers) {
  auto type = cast<VectorType>(numbers.getType());
  Type memory = memoryType(type.getElementType());
  return memory == type.getElementType()
             ? numbers
             : Value(vector::BitCastOp::create(builder, loc, type.clone(memory),
                                               numbers));
}

Value MatmulEmitter::makeUnsigned(Value codes) {
  Value offset = emitSplat(builder, loc, codes.getType(), int64_t(-128));
  return arith::XOrIOp::create(builder, loc, codes, offset);
}

SmallVector<Index> MatmulEmitter::leftIndex(const Index &row, const Index &k) {
  ElementBuilder e = code.elements(1);
  SmallVector<DimAttr> dims = getDims(op.getLhs());
  SmallVector<Index> index;
  if (packed) {
    index = e.delinearize(row, rowDims);
  } else {
    index = e.broadcastIndex(batch, ArrayRef<DimAttr>(dims).drop_back(2));
    index.push_back(row);
  }
  index.push_back(k);
  return index;
}

MatmulEmitter::LeftRows MatmulEmitter::leftRows(int64_t rows, Value firstRow) {
  ElementBuilder e = code.elements(1);
  const Storage *storage = code.getStorage(op.getLhs());
  LeftRows left;
  for (int64_t r = 0; r < rows; ++r) {
    Index row =
        e.uniform(add(firstRow, code.constant(r)), 1, zero, rowCount - 1);
    left.indices.push_back(row);
    if (staged)
      left.bases.push_back(
          mul(sub(row.base, stagedFirst), code.dim(staged->strides[0])));
    else if (storage)
      left.bases.push_back(e.linearize(leftIndex(row, e.constant(0)),
                                       storage->dims, storage->strides)
                               .base);
  }
  return left;
}

Value MatmulEmitter::loadLeft(const LeftRows &left, int64_t row, Value k) {
  Value x;
  if (!left.bases.empty()) {
    x = memref::LoadOp::create(builder, loc, leftBuffer(),
                               ValueRange{add(left.bases[row], k)});
    if (x.getType() != leftElement)
      x = arith::BitcastOp::create(builder, loc, leftElement, x);
  } else {
    ElementBuilder e = code.elements(1);
    x = code.orPoison(
        e.read(op.getLhs(),
               leftIndex(left.indices[row], e.uniform(k, 1, zero, depth - 1))),
        leftElement);
  }
  return emitCast(builder, loc, x, element);
}

bool MatmulEmitter::isView(Value value) {
  Operation *op = value.getDefiningOp();
  return !op || (isa<TransposeOp, SliceOp, ExpandOp, ReshapeOp>(op) &&
                 isView(op->getOperand(0)));
}
