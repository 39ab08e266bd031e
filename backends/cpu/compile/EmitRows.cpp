//===- EmitRows.cpp - reductions, norms, softmax --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A task covers `block[0]` rows. Each reduction is one pass over the row with
// `tile[0]` vector accumulators, so that the latency of an addition is hidden;
// values that several passes need and that are dear to compute stay in a
// scratch row. Vectors run along the row, or, where neighbouring rows are
// neighbours in memory, across rows.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/CpuKernel.h"

#include "codegen/RowPlan.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

namespace {
class RowEmitter : CpuEmitter {
public:
  RowEmitter(CpuKernel &kernel, RowPlan plan)
      : CpuEmitter(kernel), plan(std::move(plan)),
        unroll(this->plan.alongReduced ? kernel.schedule.getTile()[0] : 1) {}

  LogicalResult emit();

private:
  /// Emits one row (or one vector of rows).
  void emitRow(ArrayRef<Index> row, Value rowMask);
  Value emitReduction(ReductionOpInterface op, ArrayRef<Index> row,
                      Value rowMask);
  void emitResult(const RowResult &result, const KernelResult &target,
                  ArrayRef<Index> row, Value rowMask);

  using Visit = std::function<SmallVector<Value>(
      ArrayRef<Index> inner, Value mask, ValueRange carried)>;
  /// Walks over all places of a row; along the last inner axis in vectors if
  /// vectors run that way. `visit` carries the accumulators.
  SmallVector<Value> walk(ArrayRef<DimAttr> dims, ValueRange carried,
                          Visit visit, bool unrolled);
  SmallVector<Value> walkFrom(ArrayRef<DimAttr> dims, SmallVector<Index> &place,
                              ValueRange carried, Visit visit, bool unrolled);
  SmallVector<Value> walkVectors(DimAttr size, SmallVector<Index> &place,
                                 ValueRange carried, Visit visit,
                                 bool unrolled);

  void keepValues(unsigned pass, ElementBuilder &elements,
                  ArrayRef<Index> index);
  void bindKept(unsigned pass);

  RowPlan plan;
  int64_t unroll;

  struct Kept {
    Value value;
    Storage storage;
    unsigned pass; ///< The pass that computes it.
    bool bound = false;
  };
  std::vector<Kept> kept;
};
} // namespace

//===----------------------------------------------------------------------===//
// Walking a row
//===----------------------------------------------------------------------===//

SmallVector<Value> RowEmitter::walk(ArrayRef<DimAttr> dims, ValueRange carried,
                                    Visit visit, bool unrolled) {
  SmallVector<Index> place;
  return walkFrom(dims, place, carried, visit, unrolled);
}

SmallVector<Value> RowEmitter::walkFrom(ArrayRef<DimAttr> dims,
                                        SmallVector<Index> &place,
                                        ValueRange carried, Visit visit,
                                        bool unrolled) {
  if (dims.empty())
    return visit(place, Value(), carried);
  if (dims.size() == 1 && plan.alongReduced)
    return walkVectors(dims.front(), place, carried, visit, unrolled);
  DimAttr size = dims.front();
  return code.loop(code.constant(0), code.dim(size), 1, carried,
                   [&](Value i, ValueRange args) {
                     ElementBuilder e = code.elements(1);
                     place.push_back(e.uniform(i, 1, zero, size - 1));
                     SmallVector<Value> next = walkFrom(
                         dims.drop_front(), place, args, visit, unrolled);
                     place.pop_back();
                     return next;
                   });
}

SmallVector<Value> RowEmitter::walkVectors(DimAttr size,
                                           SmallVector<Index> &place,
                                           ValueRange carried, Visit visit,
                                           bool unrolled) {
  auto visitAt = [&](const Index &i, Value mask, ValueRange args) {
    place.push_back(i);
    SmallVector<Value> next = visit(place, mask, args);
    place.pop_back();
    return next;
  };
  if (!unrolled || unroll == 1)
    return code.vectorLoop(size, lanes, carried, visitAt);

  // Groups of `unroll` vectors, an accumulator each; then single vectors.
  MLIRContext *context = builder.getContext();
  int64_t step = lanes * unroll;
  DimAttr grouped = floorDiv(size, getConstantDim(context, step)) * step;
  SmallVector<Value> sums = llvm::to_vector(carried);
  std::optional<int64_t> fixed = size.asConstant();
  if (!fixed || *fixed >= step)
    sums =
        code.loop(code.constant(0), code.dim(grouped), step, sums,
                  [&](Value base, ValueRange args) {
                    SmallVector<Value> next;
                    for (int64_t u = 0; u < unroll; ++u) {
                      ElementBuilder e = code.elements(lanes);
                      Index start = e.uniform(base, step, zero, size - step);
                      Index i =
                          e.consecutive(e.add(start, e.constant(u * lanes)));
                      i.low = zero;
                      i.high = size - 1;
                      llvm::append_range(next, visitAt(i, Value(), {args[u]}));
                    }
                    return next;
                  });
  DimAttr rest = size - grouped;
  if (rest.isConstant(0))
    return sums;
  // The rest goes to the first accumulator.
  auto visitRest = [&](const Index &i, Value mask, ValueRange args) {
    ElementBuilder e = code.elements(lanes);
    Index start = e.uniform(code.dim(grouped), step, grouped, grouped);
    Index moved = e.add(start, i);
    moved.low = zero;
    moved.high = size - 1;
    return visitAt(moved, mask, args);
  };
  sums[0] = code.vectorLoop(rest, lanes, {sums[0]}, visitRest).front();
  return sums;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static vector::CombiningKind combiningKind(ReduceKind kind, Type element) {
  bool isFloat = isa<FloatType>(element);
  switch (kind) {
  case ReduceKind::sum:
  case ReduceKind::mean:
    return vector::CombiningKind::ADD;
  case ReduceKind::max:
    return isFloat ? vector::CombiningKind::MAXIMUMF
                   : vector::CombiningKind::MAXSI;
  case ReduceKind::min:
    return isFloat ? vector::CombiningKind::MINIMUMF
                   : vector::CombiningKind::MINSI;
  case ReduceKind::any:
    return vector::CombiningKind::OR;
  case ReduceKind::all:
    return vector::CombiningKind::AND;
  }
  llvm_unreachable("unknown reduction");
}

Value RowEmitter::emitReduction(ReductionOpInterface op, ArrayRef<Index> row,
                                Value rowMask) {
  ReduceKind kind = op.getCombiner();
  Type element = getElementType(op->getResult(0).getType());
  unsigned pass =
      llvm::find(plan.reductions, op.getOperation()) - plan.reductions.begin();
  bool isReduce = isa<ReduceOp>(op.getOperation());
  ElementBuilder outer = code.elements(lanes);
  Value neutral = outer.constant(element, neutralElement(kind, element));
  SmallVector<Value> sums(unroll, outer.splat(neutral));
  // Terms index the result without its kept axes of size 1.
  SmallVector<Index> resultIndex = llvm::to_vector(row);
  if (auto reduce = dyn_cast<ReduceOp>(op.getOperation());
      reduce && reduce.getKeepAxes()) {
    SmallVector<Index> zeros(plan.inner.size(), outer.constant(0));
    resultIndex = plan.compose(row, zeros);
  }
  sums = walk(
      plan.inner, sums,
      [&](ArrayRef<Index> place, Value mask, ValueRange args) {
        Value active = mask ? mask : rowMask;
        ElementBuilder elements = code.elements(lanes, active);
        if (isReduce)
          keepValues(pass, elements, plan.compose(row, place));
        Value term = elements.splat(
            code.orPoison(op.emitTerm(elements, resultIndex, place), element));
        // Lanes behind the end of a row don't count.
        if (mask)
          term = elements.selectElement(mask, term, neutral);
        return SmallVector<Value>{kernel.combine(kind, args.front(), term)};
      },
      /*unrolled=*/true);
  bindKept(pass);
  while (sums.size() > 1) {
    SmallVector<Value> half;
    for (size_t i = 0; i + 1 < sums.size(); i += 2)
      half.push_back(emitCombine(builder, loc, kind, sums[i], sums[i + 1]));
    if (sums.size() % 2)
      half.push_back(sums.back());
    sums = std::move(half);
  }
  if (!plan.alongReduced || lanes == 1)
    return sums.front();
  // Any fixed order of the lanes will do: it doesn't depend on the data.
  return vector::ReductionOp::create(
      builder, loc, combiningKind(kind, element), sums.front(),
      isa<FloatType>(element) ? arith::FastMathFlags::reassoc
                              : arith::FastMathFlags::none);
}

//===----------------------------------------------------------------------===//
// Kept values
//===----------------------------------------------------------------------===//

void RowEmitter::keepValues(unsigned pass, ElementBuilder &elements,
                            ArrayRef<Index> index) {
  for (Kept &entry : kept) {
    if (entry.pass != pass)
      continue;
    auto value = elements.read(entry.value, index);
    Index at = elements.linearize(plan.innerPart(index), plan.inner);
    // The scratch row has room for a whole last vector.
    if (failed(value) ||
        failed(code.store(elements, entry.storage, {at}, *value, Value())))
      code.hasFailed = true;
  }
}

void RowEmitter::bindKept(unsigned pass) {
  for (Kept &entry : kept) {
    if (entry.pass != pass)
      continue;
    code.bind(entry.value,
              [this, storage = entry.storage](
                  ElementBuilder &elements,
                  ArrayRef<Index> index) -> FailureOr<Value> {
                Index at =
                    elements.linearize(plan.innerPart(index), plan.inner);
                return code.load(elements, storage, {at}, Value());
              });
  }
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void RowEmitter::emitResult(const RowResult &result, const KernelResult &target,
                            ArrayRef<Index> row, Value rowMask) {
  auto put = [&](ArrayRef<Index> index, ArrayRef<DimAttr> dims, int64_t width,
                 Value mask) {
    if (failed(storeRowResult(code, result, target, width, index, dims, mask)))
      code.hasFailed = true;
  };
  if (result.extent == RowExtent::Row) {
    put(row, plan.rows, plan.alongReduced ? 1 : lanes, rowMask);
    return;
  }
  walk(
      plan.inner, {},
      [&](ArrayRef<Index> place, Value mask, ValueRange) {
        put(plan.compose(row, place), plan.space, lanes, mask ? mask : rowMask);
        return SmallVector<Value>();
      },
      /*unrolled=*/false);
}

void RowEmitter::emitRow(ArrayRef<Index> row, Value rowMask) {
  for (Operation *op : plan.reductions) {
    Value sum = emitReduction(cast<ReductionOpInterface>(op), row, rowMask);
    code.bind(op->getResult(0),
              [sum](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
                return sum;
              });
  }
  for (auto [result, target] : llvm::zip(plan.results, kernel.results))
    emitResult(result, target, row, rowMask);
  for (Operation *op : plan.reductions)
    code.unbind(op->getResult(0));
  for (Kept &entry : kept)
    code.unbind(entry.value);
}

LogicalResult RowEmitter::emit() {
  MLIRContext *context = builder.getContext();
  for (Value value : plan.kept) {
    // The first pass that needs the value computes it.
    unsigned pass = 0;
    auto reaches = [&](Operation *op) {
      SetVector<Operation *> seen;
      std::function<bool(Value)> walk = [&](Value v) {
        if (v == value)
          return true;
        Operation *def = v.getDefiningOp();
        return def && !isa<ReductionOpInterface>(def) && seen.insert(def) &&
               llvm::any_of(def->getOperands(), walk);
      };
      return llvm::any_of(op->getOperands(), walk);
    };
    while (pass < plan.reductions.size() && !reaches(plan.reductions[pass]))
      ++pass;
    if (pass == plan.reductions.size())
      continue;
    DimAttr size = productOf(context, plan.inner) + lanes;
    kept.push_back(
        {value, kernel.allocateScratch(size, getElementType(value.getType())),
         pass});
  }

  // Across rows, a task is one vector of the last row axis.
  DimAttr vectors = getConstantDim(context, 1);
  ArrayRef<DimAttr> outer = plan.rows;
  if (!plan.alongReduced) {
    vectors = ceilDiv(plan.rows.back(), getConstantDim(context, lanes));
    outer = outer.drop_back();
  }
  int64_t block = kernel.schedule.getBlock()[0];
  DimAttr count = productOf(context, outer) * vectors;
  kernel.grid = ceilDiv(count, getConstantDim(context, block));
  Value blockValue = code.constant(block);
  Value first = arith::MulIOp::create(builder, loc, kernel.begin, blockValue);
  Value last = arith::MinSIOp::create(
      builder, loc, arith::MulIOp::create(builder, loc, kernel.end, blockValue),
      code.dim(count));
  code.loop(first, last, 1, {}, [&](Value task, ValueRange) {
    ElementBuilder e = code.elements(lanes);
    Index position = e.uniform(task, 1, zero, count - 1);
    if (plan.alongReduced) {
      emitRow(e.delinearize(position, outer), Value());
      return SmallVector<Value>();
    }
    SmallVector<Index> row =
        e.delinearize(e.floorDiv(position, vectors), outer);
    Index start =
        e.mul(e.floorMod(position, vectors), getConstantDim(context, lanes));
    Index column = e.consecutive(start);
    column.low = zero;
    column.high = plan.rows.back() - 1;
    row.push_back(column);
    std::optional<int64_t> size = plan.rows.back().asConstant();
    if (size && *size % lanes == 0) {
      emitRow(row, Value());
      return SmallVector<Value>();
    }
    emitRow(row, maskFor(sub(code.dim(plan.rows.back()), start.base)));
    return SmallVector<Value>();
  });
  return failure(code.hasFailed);
}

LogicalResult cpu::emitRows(CpuKernel &kernel) {
  auto plan = RowPlan::analyze(kernel.code.kernel);
  if (failed(plan))
    return failure();
  return RowEmitter(kernel, *plan).emit();
}
