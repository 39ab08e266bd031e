//===- EmitStencil.cpp - sums over moving windows -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A task is `block[0]` places along the first axis that windows move along (all
// places, if there is only one such axis) and `block[1]` channels. It copies
// what its windows see into scratch, padding included, so that the loops behind
// ask nothing: `tile[0]` places along the last moving axis keep a sum each in a
// register, and each element that is read goes to all sums whose window has it.
// Tasks go through channels before places, with `block[2]` = 1 the other way.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/CpuKernel.h"
#include "backends/cpu/compile/ScheduleSpace.h"

#include "codegen/StencilPlan.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

namespace {
class StencilEmitter : CpuEmitter {
public:
  StencilEmitter(CpuKernel &kernel, StencilPlan plan)
      : CpuEmitter(kernel), plan(std::move(plan)),
        tile(kernel.schedule.getTile()[0]),
        element(getElementType(this->plan.windows.getType())) {}

  LogicalResult emit();

private:
  /// One of the axes that windows move along; the first may be missing.
  struct Moving {
    int64_t axis = -1, window = -1;
    int64_t size = 1, stride = 1, dilation = 1, low = 0;
    bool padded = false;
    /// What `places` places next to each other see.
    DimAttr reach(DimAttr places) const {
      return (places - 1) * stride + ((size - 1) * dilation + 1);
    }
  };
  Moving moving(unsigned window) const;

  void emitTask(Value task);
  /// Copies what places firstPlace .. of the first axis see of one vector's
  /// channels and further ones of the block.
  void fill(ArrayRef<Index> lead, Value firstPlace, Value places,
            Value firstChannel);
  /// Copies what all places use alike.
  void fillSides(Value firstChannel);
  /// Where the vector that begins with a channel of the block lies in scratch.
  Value startOf(Value channel) { return mul(channel, code.dim(vectorLength)); }
  /// Where a side's vector for a tap lies in its scratch.
  Value sideStart(Value channel, Value outerTap, Value innerTap);
  /// Runs `body` for the vectors of this block's channels, counted from its
  /// first.
  void forChannels(Value firstChannel, function_ref<void(Value)> body);
  void emitPlaces(ArrayRef<Index> lead, Value firstPlace, Value place,
                  Value firstChannel, Value channel);
  void emitTile(int64_t count, ArrayRef<Index> lead, Value firstPlace,
                Value place, Value start, Value firstChannel, Value channel);

  /// An index of what the windows move over, or of their places.
  SmallVector<Index> join(ArrayRef<Index> lead, const Index &outerPlace,
                          const Index &innerPlace, const Index &channel) const;
  Value inside(ElementBuilder &e, const Index &place, DimAttr size);

  StencilPlan plan;
  int64_t tile;
  Type element;

  Moving outer, inner;
  SmallVector<DimAttr> x;          ///< What the windows move over.
  SmallVector<DimAttr> lead;       ///< Its axes that are neither.
  DimAttr channels, blocks, parts; ///< Blocks of places, parts of channels.
  int64_t blockPlaces, blockChannels;
  DimAttr rowLength;    ///< Of scratch, in places.
  DimAttr vectorLength; ///< Of scratch, places of one vector.
  Storage scratch;
  SmallVector<Storage> sides; ///< Of plan.sides: [vector, outer, inner tap].
};
} // namespace

StencilEmitter::Moving StencilEmitter::moving(unsigned window) const {
  Moving result;
  WindowsOp op = plan.windows;
  result.axis = op.getAxes()[window];
  result.window = window;
  result.size = op.getSizes()[window];
  result.stride = op.getStrides()[window];
  result.dilation = op.getDilations()[window];
  result.low = op.getPaddingLow()[window];
  result.padded = result.low != 0 || op.getPaddingHigh()[window] != 0;
  return result;
}

LogicalResult StencilEmitter::emit() {
  MLIRContext *context = builder.getContext();
  unsigned count = plan.windows.getAxes().size();
  inner = moving(count - 1);
  if (count == 2)
    outer = moving(0);
  x = getDims(plan.windows.getX());
  channels = x.back();
  for (auto [axis, dim] : llvm::enumerate(ArrayRef(x).drop_back()))
    if (static_cast<int64_t>(axis) != outer.axis &&
        static_cast<int64_t>(axis) != inner.axis)
      lead.push_back(dim);
  blockPlaces = outer.axis < 0 ? 1 : kernel.schedule.getBlock()[0];
  blockChannels = kernel.schedule.getBlock()[1];
  DimAttr outerPlaces =
      outer.axis < 0 ? getConstantDim(context, 1) : plan.rows.rows[outer.axis];
  blocks = ceilDiv(outerPlaces, getConstantDim(context, blockPlaces));
  parts = ceilDiv(channels, getConstantDim(context, blockChannels));
  rowLength = inner.reach(plan.rows.rows[inner.axis]);
  vectorLength = outer.reach(getConstantDim(context, blockPlaces)) * rowLength;
  scratch = kernel.allocateScratch(vectorLength * blockChannels, element);
  for (const StencilSide &side : plan.sides)
    sides.push_back(kernel.allocateScratch(
        getConstantDim(context, outer.size * inner.size * blockChannels),
        getElementType(side.value.getType())));
  kernel.grid = productOf(context, lead) * blocks * parts;
  code.loop(kernel.begin, kernel.end, 1, {}, [&](Value task, ValueRange) {
    emitTask(task);
    return SmallVector<Value>();
  });
  return failure(code.hasFailed);
}

void StencilEmitter::emitTask(Value task) {
  MLIRContext *context = builder.getContext();
  ElementBuilder e = code.elements(1);
  Index position =
      e.uniform(task, 1, zero, productOf(context, lead) * blocks * parts - 1);
  bool placesFirst = groupOf(kernel.schedule) != allPanels;
  auto [part, block] = std::pair(
      e.floorMod(placesFirst ? e.floorDiv(position, blocks) : position, parts),
      e.floorMod(placesFirst ? position : e.floorDiv(position, parts), blocks));
  SmallVector<Index> leadIndex =
      e.delinearize(e.floorDiv(position, blocks * parts), lead);
  Value firstChannel = mul(part.base, blockChannels);
  Value firstPlace = mul(block.base, blockPlaces);
  Value places = code.constant(1);
  if (outer.axis >= 0)
    places = minimum(code.constant(blockPlaces),
                     sub(code.dim(plan.rows.rows[outer.axis]), firstPlace));
  fill(leadIndex, firstPlace, places, firstChannel);
  fillSides(firstChannel);
  forChannels(firstChannel, [&](Value channel) {
    code.loop(code.constant(0), places, 1, {}, [&](Value place, ValueRange) {
      emitPlaces(leadIndex, firstPlace, place, firstChannel, channel);
      return SmallVector<Value>();
    });
  });
}

void StencilEmitter::forChannels(Value firstChannel,
                                 function_ref<void(Value)> body) {
  Value here = minimum(code.constant(blockChannels),
                       sub(code.dim(channels), firstChannel));
  code.loop(code.constant(0), here, lanes, {}, [&](Value channel, ValueRange) {
    body(channel);
    return SmallVector<Value>();
  });
}

SmallVector<Index> StencilEmitter::join(ArrayRef<Index> leadIndex,
                                        const Index &outerPlace,
                                        const Index &innerPlace,
                                        const Index &channel) const {
  SmallVector<Index> index;
  for (int64_t axis = 0; axis + 1 < static_cast<int64_t>(x.size()); ++axis) {
    if (axis == outer.axis) {
      index.push_back(outerPlace);
    } else if (axis == inner.axis) {
      index.push_back(innerPlace);
    } else {
      index.push_back(leadIndex.front());
      leadIndex = leadIndex.drop_front();
    }
  }
  index.push_back(channel);
  return index;
}

//===----------------------------------------------------------------------===//
// What windows see
//===----------------------------------------------------------------------===//

Value StencilEmitter::inside(ElementBuilder &e, const Index &place,
                             DimAttr size) {
  Value low = e.compare(arith::CmpIPredicate::sge, place, e.constant(0));
  Value high = e.compare(arith::CmpIPredicate::slt, place, e.dim(size));
  return arith::AndIOp::create(builder, loc, low, high);
}

void StencilEmitter::fill(ArrayRef<Index> leadIndex, Value firstPlace,
                          Value places, Value firstChannel) {
  // Rows of scratch that these places need.
  Value rows = add(mul(sub(places, code.constant(1)), outer.stride),
                   code.constant((outer.size - 1) * outer.dilation + 1));
  auto type = VectorType::get(lanes, element);
  ElementBuilder e = code.elements(1);
  Value outside = vector::BroadcastOp::create(
      builder, loc, type,
      e.constant(element, plan.windows.getValue().convertToDouble()));
  auto copy = [&](Value row, Value column, Index outerPlace, Index innerPlace) {
    Value base = mul(add(mul(row, code.dim(rowLength)), column), lanes);
    Value exists;
    if (outer.padded)
      exists = inside(e, outerPlace, x[outer.axis]);
    if (inner.padded) {
      Value own = inside(e, innerPlace, x[inner.axis]);
      exists = exists ? arith::AndIOp::create(builder, loc, exists, own) : own;
    }
    auto store = [&](Value value, Value channel) {
      Value at = add(base, startOf(channel));
      vector::StoreOp::create(builder, loc, value, scratch.buffer,
                              ValueRange{at});
    };
    auto copyAll = [&]() {
      forChannels(firstChannel, [&](Value channel) {
        auto [index, mask] =
            vectorFrom(add(firstChannel, channel), channels, lanes);
        ElementBuilder elements = code.elements(lanes, mask);
        store(elements.splat(code.orPoison(
                  elements.read(plan.windows.getX(),
                                join(leadIndex, outerPlace, innerPlace, index)),
                  element)),
              channel);
      });
    };
    if (!exists)
      return copyAll();
    auto branch = scf::IfOp::create(builder, loc, exists,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(branch.thenBlock()->getTerminator());
    copyAll();
    builder.setInsertionPoint(branch.elseBlock()->getTerminator());
    forChannels(firstChannel, [&](Value channel) { store(outside, channel); });
  };
  code.loop(code.constant(0), rows, 1, {}, [&](Value row, ValueRange) {
    Index outerPlace = e.constant(0);
    if (outer.axis >= 0)
      outerPlace = e.uniform(sub(add(mul(firstPlace, outer.stride), row),
                                 code.constant(outer.low)));
    code.loop(code.constant(0), code.dim(rowLength), 1, {},
              [&](Value column, ValueRange) {
                Index innerPlace =
                    e.uniform(sub(column, code.constant(inner.low)));
                copy(row, column, outerPlace, innerPlace);
                return SmallVector<Value>();
              });
    return SmallVector<Value>();
  });
}

void StencilEmitter::fillSides(Value firstChannel) {
  ElementBuilder uniform = code.elements(1);
  auto tap = [&](Value value, int64_t size) {
    return uniform.uniform(value, 1, zero,
                           getConstantDim(builder.getContext(), size - 1));
  };
  for (auto [side, storage] : llvm::zip(plan.sides, sides))
    forChannels(firstChannel, [&, &side = side,
                               &storage = storage](Value channel) {
      auto [channelIndex, mask] =
          vectorFrom(add(firstChannel, channel), channels, lanes);
      ElementBuilder elements = code.elements(lanes, mask);
      code.loop(code.constant(0), code.constant(outer.size), 1, {},
                [&, &channelIndex = channelIndex](Value o, ValueRange) {
                  code.loop(code.constant(0), code.constant(inner.size), 1, {},
                            [&](Value i, ValueRange) {
                              SmallVector<Index> index;
                              for (int64_t axis : side.axes) {
                                if (axis == StencilSide::zero)
                                  index.push_back(uniform.constant(0));
                                else if (axis == StencilSide::channel)
                                  index.push_back(channelIndex);
                                else if (axis == inner.window)
                                  index.push_back(tap(i, inner.size));
                                else
                                  index.push_back(tap(o, outer.size));
                              }
                              Value value = elements.splat(code.orPoison(
                                  elements.read(side.value, index),
                                  storage.elementType));
                              Index at = elements.consecutive(
                                  elements.uniform(sideStart(channel, o, i)));
                              if (failed(code.store(elements, storage, {at},
                                                    value, Value())))
                                code.hasFailed = true;
                              return SmallVector<Value>();
                            });
                  return SmallVector<Value>();
                });
    });
}

Value StencilEmitter::sideStart(Value channel, Value outerTap, Value innerTap) {
  return add(mul(channel, outer.size * inner.size),
             mul(add(mul(outerTap, inner.size), innerTap), lanes));
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

void StencilEmitter::emitPlaces(ArrayRef<Index> leadIndex, Value firstPlace,
                                Value place, Value firstChannel,
                                Value channel) {
  // Places are split evenly into tiles, with code for each number.
  Value all = code.dim(plan.rows.rows[inner.axis]);
  Value tiles =
      arith::CeilDivUIOp::create(builder, loc, all, code.constant(tile));
  code.loop(code.constant(0), tiles, 1, {}, [&](Value t, ValueRange) {
    auto [start, count] = code.splitEvenly(all, tiles, t);
    code.forCount(count, tile, [&, start = start](int64_t n) {
      emitTile(n, leadIndex, firstPlace, place, start, firstChannel, channel);
    });
    return SmallVector<Value>();
  });
}

void StencilEmitter::emitTile(int64_t count, ArrayRef<Index> leadIndex,
                              Value firstPlace, Value place, Value start,
                              Value firstChannel, Value channel) {
  auto [channelIndex, mask] =
      vectorFrom(add(firstChannel, channel), channels, lanes);
  ElementBuilder elements = code.elements(lanes, mask);
  ReduceKind kind = plan.reduce.getCombiner();
  Index outerPlace = elements.constant(0);
  if (outer.axis >= 0)
    outerPlace = elements.uniform(add(firstPlace, place), 1, zero,
                                  plan.rows.rows[outer.axis] - 1);
  SmallVector<SmallVector<Index>> rows;
  for (int64_t t = 0; t < count; ++t) {
    Index innerPlace = elements.uniform(add(start, code.constant(t)), 1, zero,
                                        plan.rows.rows[inner.axis] - 1);
    rows.push_back(join(leadIndex, outerPlace, innerPlace, channelIndex));
  }

  auto type = VectorType::get(lanes, element);
  auto pass = [&](Value outerTap, ValueRange sums) {
    // Where the first of the tile's windows begins in this row of scratch.
    Value row = add(mul(place, outer.stride), mul(outerTap, outer.dilation));
    Value base =
        add(mul(add(mul(row, code.dim(rowLength)), mul(start, inner.stride)),
                lanes),
            startOf(channel));
    int64_t current = 0; // The inner tap.
    // Each place is loaded once, where it is first needed.
    llvm::DenseMap<int64_t, Value> seen;
    auto load = [&](int64_t offset) {
      Value &value = seen[offset];
      if (!value)
        value = vector::LoadOp::create(
            builder, loc, type, scratch.buffer,
            ValueRange{add(base, code.constant(offset * lanes))});
      return value;
    };
    ElementBuilder uniform = code.elements(1);
    Index outerIndex =
        uniform.uniform(outerTap, 1, zero,
                        getConstantDim(builder.getContext(), outer.size - 1));
    SmallVector<Index> innerTaps;
    for (int64_t k = 0; k < inner.size; ++k)
      innerTaps.push_back(uniform.constant(k));
    // So is what all places use, for each tap.
    for (auto [side, storage] : llvm::zip(plan.sides, sides)) {
      SmallVector<Value> values;
      for (int64_t k = 0; k < inner.size; ++k) {
        Index at = elements.consecutive(elements.uniform(
            sideStart(channel, outerTap, code.constant(k)), lanes));
        values.push_back(
            code.orPoison(code.load(elements, storage, {at}, Value()),
                          VectorType::get(lanes, storage.elementType)));
      }
      code.bind(side.value,
                [values, &current](ElementBuilder &, ArrayRef<Index>)
                    -> FailureOr<Value> { return values[current]; });
    }
    SmallVector<Value> next = llvm::to_vector(sums);
    int64_t reach =
        (count - 1) * inner.stride + (inner.size - 1) * inner.dilation + 1;
    for (int64_t p = 0; p < reach; ++p)
      for (int64_t t = 0; t < count; ++t) {
        int64_t k = p - t * inner.stride;
        if (k < 0 || k % inner.dilation != 0 ||
            k / inner.dilation >= inner.size)
          continue;
        current = k / inner.dilation;
        code.bind(
            plan.windows.getResult(),
            [&, p](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
              return load(p);
            });
        SmallVector<Index> taps;
        for (int64_t window : plan.taps)
          taps.push_back(window == inner.window ? innerTaps[current]
                                                : outerIndex);
        Value term = elements.splat(code.orPoison(
            plan.reduce.emitTerm(elements, rows[t], taps), element));
        next[t] = kernel.combine(kind, next[t], term);
      }
    code.unbind(plan.windows.getResult());
    for (const StencilSide &side : plan.sides)
      code.unbind(side.value);
    return next;
  };
  Value neutral =
      elements.splat(elements.constant(element, neutralElement(kind, element)));
  SmallVector<Value> sums(count, neutral);
  if (outer.size == 1)
    sums = pass(code.constant(0), sums);
  else
    sums = code.loop(code.constant(0), code.constant(outer.size), 1, sums,
                     [&](Value k, ValueRange args) { return pass(k, args); });

  for (int64_t t = 0; t < count; ++t) {
    code.bind(
        plan.reduce.getResult(),
        [sum = sums[t]](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
          return sum;
        });
    for (auto [result, target] : llvm::zip(plan.rows.results, kernel.results))
      if (failed(storeRowResult(code, result, target, lanes, rows[t],
                                plan.rows.rows, mask)))
        code.hasFailed = true;
  }
  code.unbind(plan.reduce.getResult());
}

LogicalResult cpu::emitStencil(CpuKernel &kernel) {
  auto rows = RowPlan::analyze(kernel.code.kernel);
  if (failed(rows))
    return failure();
  auto plan = StencilPlan::find(*rows);
  if (!plan)
    return emitError(kernel.loc, "isn't a sum over moving windows");
  return StencilEmitter(kernel, *plan).emit();
}
