//===- EmitRows.cpp - reductions, norms, softmax, on GPUs -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Where elements of a row are neighbours in memory, a team of threads walks
// along it: each sums every team-th vector, and a tree in shared memory, whose
// shape depends on the schedule only, puts the sums together. Otherwise
// neighbouring rows are neighbours in memory, and each thread has a row.
// Values that several passes need are computed in each of them.
//
// schedule: tile = [threads of a team], block = [teams of a workgroup]
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuKernel.h"

#include "codegen/RowPlan.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

namespace {
class RowEmitter {
public:
  RowEmitter(GpuKernel &kernel, RowPlan plan)
      : kernel(kernel), code(kernel.code), builder(kernel.builder),
        loc(kernel.loc), plan(std::move(plan)),
        zero(getConstantDim(builder.getContext(), 0)),
        lanes(kernel.schedule.getLanes()), team(kernel.schedule.getTile()[0]),
        teams(kernel.schedule.getBlock()[0]) {}

  LogicalResult emit();

private:
  /// Calls `visit` with the places of a row that are this thread's.
  using Visit = std::function<SmallVector<Value>(ArrayRef<Index> place,
                                                 ValueRange carried)>;
  SmallVector<Value> walk(ValueRange carried, Visit visit);
  Value emitReduction(ReductionOpInterface op);
  /// The sum of the team's values, for all its threads.
  Value combineTeam(ReduceKind kind, Value value);
  Value sharedFor(Type type);
  void emitResult(const RowResult &result, const KernelResult &target);

  GpuKernel &kernel;
  KernelCode &code;
  OpBuilder &builder;
  Location loc;
  RowPlan plan;
  DimAttr zero;
  const int64_t lanes, team, teams;

  SmallVector<Index> row; ///< Of this thread; the last one beyond the end.
  Value isRow;            ///< False beyond the end.
  Index member;           ///< The thread's place in its team.
  llvm::DenseMap<Type, Value> shared;
};
} // namespace

SmallVector<Value> RowEmitter::walk(ValueRange carried, Visit visit) {
  MLIRContext *context = builder.getContext();
  DimAttr size = productOf(context, plan.inner);
  ElementBuilder e = code.elements(lanes);
  Value low = e.mul(member, getConstantDim(context, lanes)).base;
  return code.loop(low, code.dim(size), team * lanes, carried,
                   [&](Value i, ValueRange args) {
                     ElementBuilder inner = code.elements(lanes);
                     Index first = inner.consecutive(
                         inner.uniform(i, lanes, zero, size - 1));
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
  return combineTeam(kind, lanes > 1 ? kernel.combineLanes(kind, sum) : sum);
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
    put(row, plan.rows, 1, arith::AndIOp::create(builder, loc, isRow, isFirst));
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
  DimAttr perTask = getConstantDim(context, teams);
  kernel.begin(ceilDiv(rows, perTask), team * teams);
  ElementBuilder e = code.elements(1);
  DimAttr teamSize = getConstantDim(context, team);
  member = e.floorMod(kernel.thread, teamSize);
  Index position =
      e.add(e.mul(kernel.task, perTask), e.floorDiv(kernel.thread, teamSize));
  isRow = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                position.base, code.dim(rows));
  position.high = {};
  row = e.delinearize(kernel.atMostLast(position, rows), plan.rows);

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
