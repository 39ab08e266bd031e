//===- MatmulCodes.cpp - products with weights of few bits ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The right side is panels of codes (`tenon.dequantize`). With few rows, a
// decoder's, reading them takes the time: they are decoded in registers as they
// stream by, each group's sum is scaled once, and nothing else is stored. With
// more rows a panel is decoded to scratch, once for all of a task's rows, and
// multiplied as any.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/MatmulEmitter.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

/// Codes of 4 bits become numbers without being moved to the low end: the low
/// half of a byte is converted from the top of a word, the high half from where
/// it is, so that they are too large by these factors.
static constexpr double lowHalf = 0x1p28, highHalf = 0x1p4;

LogicalResult MatmulEmitter::prepareCodes(DequantizeOp dequantize) {
  const Storage *bytes = code.getStorage(dequantize.getX());
  std::optional<int64_t> fixed = depth.asConstant();
  if (!bytes || !code.getStorage(dequantize.getScales()) || !fixed ||
      dequantize.getAxis() != 1)
    return op.emitError("codes of the right side aren't panels in memory");
  Codes found;
  found.op = dequantize;
  found.buffer = bytes->buffer;
  found.perByte = dequantize.getDepth() ? 2 : 1;
  found.group = dequantize.getGroup() == 0 ? *fixed : dequantize.getGroup();
  if (found.group % found.perByte != 0 && found.group != *fixed)
    return op.emitError("a group of codes ends within a byte");
  codes = found;
  panelStorage = kernel.allocateScratch(depth * width, element);
  return success();
}

void MatmulEmitter::emitCodedPanel(Value panel, Value firstRow, Value rows) {
  Value isFew =
      binary(arith::CmpIPredicate::sle, rows, code.constant(fewRows()));
  auto branch = scf::IfOp::create(builder, loc, isFew, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  code.forCount(rows, fewRows(), [&](int64_t r) {
    for (int64_t part = 0; part < width / tileColumns; ++part) {
      LeftRows left = leftRows(r, firstRow);
      finish(multiplyCodes(left, panel, part), r, firstRow, panel, part);
    }
  });
  builder.setInsertionPoint(branch.elseBlock()->getTerminator());
  decodePanel(panel);
  emitTiles(panel, code.constant(0), firstRow, rows);
}

SmallVector<Value> MatmulEmitter::decode(Value panel, Value byte,
                                         int64_t column) {
  DimAttr bytes = getDims(codes->op.getX())[1];
  Value place = add(mul(panel, code.dim(bytes * width)),
                    add(mul(byte, width), code.constant(column)));
  auto stored = VectorType::get(lanes, builder.getI8Type());
  auto words = VectorType::get(lanes, builder.getI32Type());
  auto numbers = VectorType::get(lanes, element);
  Value word = vector::LoadOp::create(builder, loc, stored, codes->buffer,
                                      ValueRange{place});
  word = arith::ExtSIOp::create(builder, loc, words, word);
  auto splat = [&](int64_t value) {
    return emitSplat(builder, loc, words, value);
  };
  auto number = [&](Value word) -> Value {
    return arith::SIToFPOp::create(builder, loc, numbers, word);
  };
  if (column == 0)
    prefetchAhead(codes->buffer, place, /*bytes=*/1);
  if (codes->perByte == 1)
    return {number(word)};
  Value low = arith::ShLIOp::create(builder, loc, word, splat(28));
  Value high = arith::AndIOp::create(builder, loc, word, splat(~15));
  return {number(low), number(high)};
}

Value MatmulEmitter::splat(double value) {
  return emitSplat(builder, loc, VectorType::get(lanes, element), value);
}

Value MatmulEmitter::scaleOf(Value panel, Value group, int64_t column) {
  ElementBuilder e = code.elements(lanes);
  Value scales = codes->op.getScales();
  Value stored = code.orPoison(
      e.read(scales, {e.uniform(panel), e.uniform(group),
                      e.consecutive(e.uniform(code.constant(column), lanes))}),
      VectorType::get(lanes, getElementType(scales.getType())));
  return emitCast(builder, loc, stored, element);
}

void MatmulEmitter::forGroups(
    ValueRange initial,
    function_ref<SmallVector<Value>(Value group, int64_t size, ValueRange)>
        body,
    SmallVectorImpl<Value> &results) {
  int64_t whole = *depth.asConstant() / codes->group;
  int64_t rest = *depth.asConstant() % codes->group;
  SmallVector<Value> carried = llvm::to_vector(initial);
  if (whole == 1)
    carried = body(code.constant(0), codes->group, carried);
  else if (whole > 1)
    carried = code.loop(code.constant(0), code.constant(whole), 1, carried,
                        [&](Value group, ValueRange args) {
                          return body(group, codes->group, args);
                        });
  if (rest)
    carried = body(code.constant(whole), rest, carried);
  results.assign(carried.begin(), carried.end());
}

SmallVector<Value> MatmulEmitter::multiplyCodes(const LeftRows &left,
                                                Value panel, int64_t part) {
  int64_t rows = left.indices.size(), perByte = codes->perByte;
  int64_t count = rows * vectors, step = std::max<int64_t>(1, unroll / perByte);
  int64_t sets = 1;
  while (sets < step && count * perByte * sets < 8)
    sets *= 2;
  auto columnOf = [&](int64_t v) { return part * tileColumns + v * lanes; };
  auto type = VectorType::get(lanes, element);

  auto body = [&](Value group, int64_t size, ValueRange totals) {
    Value firstByte = mul(group, codes->group / perByte);
    // Adds the products of one byte's codes, or of its first one only.
    auto addByte = [&](Value byte, int64_t set, int64_t present,
                       SmallVectorImpl<Value> &sums) {
      SmallVector<SmallVector<Value>> right;
      for (int64_t v = 0; v < vectors; ++v)
        right.push_back(decode(panel, byte, columnOf(v)));
      for (int64_t j = 0; j < present; ++j) {
        Value k = add(mul(byte, perByte), code.constant(j));
        for (int64_t r = 0; r < rows; ++r) {
          Value x = vector::BroadcastOp::create(builder, loc, type,
                                                loadLeft(left, r, k));
          for (int64_t v = 0; v < vectors; ++v) {
            Value &sum = sums[(set * perByte + j) * count + r * vectors + v];
            sum = kernel.multiplyAdd(x, right[v][j], sum);
          }
        }
      }
    };
    SmallVector<Value> sums(sets * perByte * count, splat(0));
    int64_t bytes = size / perByte, stepped = bytes / step * step;
    if (stepped)
      sums = code.loop(firstByte, add(firstByte, code.constant(stepped)), step,
                       sums, [&](Value byte, ValueRange args) {
                         SmallVector<Value> next = llvm::to_vector(args);
                         for (int64_t u = 0; u < step; ++u)
                           addByte(add(byte, code.constant(u)), u % sets,
                                   perByte, next);
                         return next;
                       });
    for (int64_t b = stepped; b < bytes; ++b)
      addByte(add(firstByte, code.constant(b)), b % sets, perByte, sums);
    if (size % perByte)
      addByte(add(firstByte, code.constant(bytes)), 0, 1, sums);

    SmallVector<Value> scaled = llvm::to_vector(totals);
    for (int64_t i = 0; i < count; ++i) {
      auto gather = [&](int64_t j) {
        Value sum = sums[j * count + i];
        for (int64_t s = 1; s < sets; ++s)
          sum = arith::AddFOp::create(builder, loc, sum,
                                      sums[(s * perByte + j) * count + i]);
        return sum;
      };
      Value sum = gather(0);
      if (perByte == 2) {
        sum = arith::MulFOp::create(builder, loc, sum, splat(1 / lowHalf));
        sum = kernel.multiplyAdd(gather(1), splat(1 / highHalf), sum);
      }
      scaled[i] = kernel.multiplyAdd(
          sum, scaleOf(panel, group, columnOf(i % vectors)), scaled[i]);
    }
    return scaled;
  };
  SmallVector<Value> totals;
  forGroups(SmallVector<Value>(count, splat(0)), body, totals);
  return totals;
}

void MatmulEmitter::decodePanel(Value panel) {
  int64_t perByte = codes->perByte, parts = width / lanes;
  auto body = [&](Value group, int64_t size, ValueRange) {
    // The scales of a group, with what codes are too large by.
    SmallVector<SmallVector<Value>> scales;
    for (int64_t v = 0; v < parts; ++v) {
      Value scale = scaleOf(panel, group, v * lanes);
      if (perByte == 1) {
        scales.push_back({scale});
        continue;
      }
      auto over = [&](double factor) -> Value {
        return arith::MulFOp::create(builder, loc, scale, splat(1 / factor));
      };
      scales.push_back({over(lowHalf), over(highHalf)});
    }
    auto storeByte = [&](Value byte, int64_t present) {
      for (int64_t v = 0; v < parts; ++v) {
        SmallVector<Value> numbers = decode(panel, byte, v * lanes);
        for (int64_t j = 0; j < present; ++j) {
          Value k = add(mul(byte, perByte), code.constant(j));
          Value number =
              arith::MulFOp::create(builder, loc, numbers[j], scales[v][j]);
          vector::StoreOp::create(
              builder, loc, number, panelStorage.buffer,
              ValueRange{add(mul(k, width), code.constant(v * lanes))});
        }
      }
    };
    Value first = mul(group, codes->group / perByte);
    Value end = add(first, code.constant(size / perByte));
    code.loop(first, end, 1, {}, [&](Value byte, ValueRange) {
      storeByte(byte, perByte);
      return SmallVector<Value>();
    });
    if (size % perByte)
      storeByte(end, 1);
    return SmallVector<Value>();
  };
  SmallVector<Value> none;
  forGroups({}, body, none);
}
