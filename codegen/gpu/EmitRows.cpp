//===- EmitRows.cpp - reductions, norms, softmax, on GPUs -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Where elements of a row are neighbours in memory, a team of threads walks
// along it: each sums every team-th vector, and a tree in shared memory, whose
// shape depends on the schedule only, puts the sums together. Where the device
// adds up subgroups and a team is a workgroup, each subgroup does so and only
// their sums go through shared memory, whatever their number. Otherwise
// neighbouring rows are neighbours in memory, and each thread has a row, or a
// vector of rows: depthwise convolutions and pooling, channels last. Values
// that several passes need are computed in each of them.
//
// schedule: tile = [threads of a team, threads that a subgroup has at least],
// block = [teams of a workgroup]; without the second number of tile, subgroups
// aren't used
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuKernel.h"

#include "codegen/RowPlan.h"
#include "dialect/Types.h"

#include <limits>

using namespace tenon;
using namespace mlir;

namespace {
class RowEmitter {
public:
  RowEmitter(GpuKernel &kernel, RowPlan plan)
      : kernel(kernel), code(kernel.code), builder(kernel.builder),
        loc(kernel.loc), plan(std::move(plan)),
        zero(getConstantDim(builder.getContext(), 0)),
        lanes(kernel.schedule.getLanes()),
        rowLanes(this->plan.alongReduced ? 1 : lanes),
        innerLanes(this->plan.alongReduced ? lanes : 1),
        team(kernel.schedule.getTile()[0]),
        teams(kernel.schedule.getBlock()[0]) {
    if (kernel.schedule.getTile().size() > 1)
      leastSubgroup = kernel.schedule.getTile()[1];
  }

  LogicalResult emit();

private:
  /// Calls `visit` with the places of a row that are this thread's.
  using Visit = std::function<SmallVector<Value>(ArrayRef<Index> place,
                                                 ValueRange carried)>;
  SmallVector<Value> walk(ValueRange carried, Visit visit);
  Value emitReduction(ReductionOpInterface op);
  /// The sum of the team's values, for all its threads.
  Value combineTeam(ReduceKind kind, Value value);
  Value combineByTree(ReduceKind kind, Value value);
  Value combineSubgroup(ReduceKind kind, Value value);
  Value combineSubgroups(ReduceKind kind, Value value);
  /// Whether this thread is the one that speaks for its subgroup.
  Value isElected();
  Value sharedFor(Type type);
  void emitResult(const RowResult &result, const KernelResult &target);

  GpuKernel &kernel;
  KernelCode &code;
  OpBuilder &builder;
  Location loc;
  RowPlan plan;
  DimAttr zero;
  const int64_t lanes;                ///< Of a vector, which runs along
  const int64_t rowLanes, innerLanes; ///< rows or places of a row.
  const int64_t team, teams;
  int64_t leastSubgroup = 0; ///< 0: without subgroups.

  SmallVector<Index> row; ///< Of this thread; the last ones beyond the end.
  Value isRow;            ///< False beyond the end.
  Index member;           ///< The thread's place in its team.
  llvm::DenseMap<Type, Value> shared;
  Value elected; ///< See isElected().
};
} // namespace

SmallVector<Value> RowEmitter::walk(ValueRange carried, Visit visit) {
  MLIRContext *context = builder.getContext();
  DimAttr size = productOf(context, plan.inner);
  ElementBuilder e = code.elements(lanes);
  Value low = e.mul(member, getConstantDim(context, innerLanes)).base;
  return code.loop(low, code.dim(size), team * innerLanes, carried,
                   [&](Value i, ValueRange args) {
                     ElementBuilder inner = code.elements(lanes);
                     Index first = inner.uniform(i, innerLanes, zero, size - 1);
                     if (innerLanes > 1)
                       first = inner.consecutive(first);
                     return visit(inner.delinearize(first, plan.inner), args);
                   });
}

/// Bools are kept as integers, for which every device has memory.
static Type sharedType(Type type) {
  if (type.isInteger(1))
    return IntegerType::get(type.getContext(), 32);
  return type;
}

Value RowEmitter::sharedFor(Type type) {
  Value &memory = shared[type];
  if (!memory)
    memory = kernel.allocateShared(team * teams, sharedType(type));
  return memory;
}

Value RowEmitter::combineTeam(ReduceKind kind, Value value) {
  if (team == 1)
    return value;
  // Not every device that adds up subgroups does so for other types.
  Type type = sharedType(value.getType());
  bool bySubgroup =
      leastSubgroup && teams == 1 && (type.isF32() || type.isInteger(32));
  return bySubgroup ? combineSubgroups(kind, value)
                    : combineByTree(kind, value);
}

Value RowEmitter::combineByTree(ReduceKind kind, Value value) {
  Type type = value.getType();
  Value memory = sharedFor(type), mine = kernel.thread.base;
  auto put = [&](Value v) {
    memref::StoreOp::create(builder, loc,
                            emitCast(builder, loc, v, sharedType(type)), memory,
                            ValueRange{mine});
  };
  auto get = [&](Value place) {
    Value v = memref::LoadOp::create(builder, loc, memory, ValueRange{place});
    return emitCast(builder, loc, v, type);
  };
  put(value);
  kernel.barrier();
  for (int64_t half = team / 2; half > 0; half /= 2) {
    OpBuilder::InsertionGuard guard(builder);
    Value isActive =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                              member.base, code.constant(half));
    auto branch = scf::IfOp::create(builder, loc, isActive,
                                    /*withElseRegion=*/false);
    builder.setInsertionPoint(branch.thenBlock()->getTerminator());
    Value other =
        arith::AddIOp::create(builder, loc, mine, code.constant(half));
    put(emitCombine(builder, loc, kind, get(mine), get(other)));
    builder.setInsertionPointAfter(branch);
    kernel.barrier();
  }
  Value first = arith::SubIOp::create(builder, loc, mine, member.base);
  Value sum = get(first);
  // The memory is used again for the next sum.
  kernel.barrier();
  return sum;
}

/// What a subgroup does for a combiner; bools are 0 and 1 of 32 bits.
static gpu::AllReduceOperation subgroupOperation(ReduceKind kind, Type type) {
  switch (kind) {
  case ReduceKind::sum:
  case ReduceKind::mean:
    return gpu::AllReduceOperation::ADD;
  case ReduceKind::max:
    return isa<FloatType>(type) ? gpu::AllReduceOperation::MAXNUMF
                                : gpu::AllReduceOperation::MAXSI;
  case ReduceKind::min:
    return isa<FloatType>(type) ? gpu::AllReduceOperation::MINNUMF
                                : gpu::AllReduceOperation::MINSI;
  case ReduceKind::any:
    return gpu::AllReduceOperation::MAXUI;
  case ReduceKind::all:
    return gpu::AllReduceOperation::MINUI;
  }
  llvm_unreachable("unknown reduction");
}

Value RowEmitter::combineSubgroup(ReduceKind kind, Value value) {
  auto reduce = [&](Value v, gpu::AllReduceOperation operation) -> Value {
    return gpu::SubgroupReduceOp::create(builder, loc, v, operation,
                                         /*uniform=*/false);
  };
  Type type = value.getType();
  Value result = reduce(emitCast(builder, loc, value, sharedType(type)),
                        subgroupOperation(kind, type));
  if (isa<FloatType>(type) && kind != ReduceKind::sum &&
      kind != ReduceKind::mean) {
    // A subgroup may take any number rather than one that isn't a number.
    Value isNan = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                        value, value);
    Value any = reduce(
        arith::ExtUIOp::create(builder, loc, builder.getI32Type(), isNan),
        gpu::AllReduceOperation::MAXUI);
    Value none = arith::ConstantIntOp::create(builder, loc, 0, 32);
    Value is = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                     any, none);
    double nan = std::numeric_limits<double>::quiet_NaN();
    result = arith::SelectOp::create(
        builder, loc, is, code.elements(1).constant(type, nan), result);
  }
  return emitCast(builder, loc, result, type);
}

Value RowEmitter::isElected() {
  if (elected)
    return elected;
  // A subgroup needn't be full, nor what it has be its first lanes.
  Value lane = arith::IndexCastOp::create(
      builder, loc, builder.getI32Type(),
      gpu::LaneIdOp::create(builder, loc, IntegerAttr()));
  Value first = gpu::SubgroupReduceOp::create(builder, loc, lane,
                                              gpu::AllReduceOperation::MINUI,
                                              /*uniform=*/false);
  return elected = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                         lane, first);
}

Value RowEmitter::combineSubgroups(ReduceKind kind, Value value) {
  Value part = combineSubgroup(kind, value);
  // Then a workgroup is one subgroup.
  if (team <= leastSubgroup)
    return part;
  Type type = value.getType();
  Value memory = sharedFor(type);
  Value speaks = isElected();
  Value group = gpu::SubgroupIdOp::create(builder, loc, IntegerAttr());
  Value groups = gpu::NumSubgroupsOp::create(builder, loc, IntegerAttr());
  {
    OpBuilder::InsertionGuard guard(builder);
    code.enterIf(speaks);
    memref::StoreOp::create(builder, loc,
                            emitCast(builder, loc, part, sharedType(type)),
                            memory, ValueRange{group});
  }
  kernel.barrier();
  auto get = [&](Value place) {
    Value v = memref::LoadOp::create(builder, loc, memory, ValueRange{place});
    return emitCast(builder, loc, v, type);
  };
  Value sum = code.loop(code.constant(1), groups, 1, {get(code.constant(0))},
                        [&](Value i, ValueRange args) {
                          return SmallVector<Value>{emitCombine(
                              builder, loc, kind, args.front(), get(i))};
                        })
                  .front();
  // The memory is used again for the next sum.
  kernel.barrier();
  return sum;
}

Value RowEmitter::emitReduction(ReductionOpInterface op) {
  ReduceKind kind = op.getCombiner();
  Type element = getElementType(op->getResult(0).getType());
  ElementBuilder outer = code.elements(lanes);
  Value neutral = outer.constant(element, neutralElement(kind, element));
  // Terms index the result without its kept axes of size 1.
  SmallVector<Index> resultIndex = row;
  if (auto reduce = dyn_cast<ReduceOp>(op.getOperation());
      reduce && reduce.getKeepAxes()) {
    SmallVector<Index> zeros(plan.inner.size(), outer.constant(0));
    resultIndex = plan.compose(row, zeros);
  }
  Value sum =
      walk({outer.splat(neutral)}, [&](ArrayRef<Index> place, ValueRange args) {
        ElementBuilder elements = code.elements(lanes);
        Value term = elements.splat(
            code.orPoison(op.emitTerm(elements, resultIndex, place), element));
        Value next;
        auto product = term.getDefiningOp<arith::MulFOp>();
        if (kind == ReduceKind::sum && product)
          next = code.multiplyAdd(kernel.schedule.getFma(), product.getLhs(),
                                  product.getRhs(), args.front());
        else
          next = emitCombine(builder, loc, kind, args.front(), term);
        return SmallVector<Value>{next};
      }).front();
  return combineTeam(kind,
                     innerLanes > 1 ? kernel.combineLanes(kind, sum) : sum);
}

void RowEmitter::emitResult(const RowResult &result,
                            const KernelResult &target) {
  OpBuilder::InsertionGuard guard(builder);
  auto put = [&](ArrayRef<Index> index, ArrayRef<DimAttr> dims, int64_t width,
                 Value kept) {
    if (failed(storeRowResult(code, result, target, width, index, dims, Value(),
                              kept)))
      code.hasFailed = true;
  };
  if (result.extent == RowExtent::Row) {
    Value isFirst = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, member.base, code.constant(0));
    put(row, plan.rows, rowLanes,
        arith::AndIOp::create(builder, loc, isRow, isFirst));
    return;
  }
  code.enterIf(isRow);
  walk({}, [&](ArrayRef<Index> place, ValueRange) {
    put(plan.compose(row, place), plan.space, lanes, Value());
    return SmallVector<Value>();
  });
}

LogicalResult RowEmitter::emit() {
  MLIRContext *context = builder.getContext();
  DimAttr rows = productOf(context, plan.rows);
  DimAttr vectors = floorDiv(rows, getConstantDim(context, rowLanes));
  DimAttr perTask = getConstantDim(context, teams);
  kernel.begin(ceilDiv(vectors, perTask), team * teams);
  ElementBuilder e = code.elements(1);
  DimAttr teamSize = getConstantDim(context, team);
  member = e.floorMod(kernel.thread, teamSize);
  Index position =
      e.add(e.mul(kernel.task, perTask), e.floorDiv(kernel.thread, teamSize));
  isRow = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                position.base, code.dim(vectors));
  position.high = {};
  position = kernel.atMostLast(position, vectors);
  if (rowLanes > 1) {
    ElementBuilder wide = code.elements(rowLanes);
    Index first = wide.mul(position, getConstantDim(context, rowLanes));
    first = wide.consecutive(first);
    first.low = zero;
    first.high = rows - 1;
    row = wide.delinearize(first, plan.rows);
  } else {
    row = e.delinearize(position, plan.rows);
  }

  for (Operation *op : plan.reductions) {
    Value sum = emitReduction(cast<ReductionOpInterface>(op));
    code.bind(op->getResult(0),
              [sum](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
                return sum;
              });
  }
  for (auto [result, target] : llvm::zip(plan.results, kernel.results))
    emitResult(result, target);
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuRows(GpuKernel &kernel) {
  auto plan = RowPlan::analyze(kernel.code.kernel);
  if (failed(plan))
    return failure();
  return RowEmitter(kernel, *plan).emit();
}
