//===- EmitRows.cpp - reductions, norms, softmax, on GPUs -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Where elements of a row are neighbours in memory, a team of threads walks
// along it: each sums every team-th vector. How the team's sums come together:
//
//   rows            a tree in shared memory, whose shape depends on the
//                   schedule only. tile = [threads of a team], block = [teams
//                   of a workgroup].
//   rows-subgroup   a team is a subgroup of the device, which adds up, and has
//                   a workgroup of its own. tile = [threads that a subgroup has
//                   at most].
//   rows-workgroup  each subgroup of a workgroup adds up, and only their sums
//                   go through shared memory, whatever their number. tile =
//                   [threads of a workgroup].
//
// Otherwise neighbouring rows are neighbours in memory, and each thread has a
// row, or a vector of rows: depthwise convolutions and pooling, channels last
// (rows, with teams of one). Values that several passes need are computed in
// each of them.
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
        team(kernel.schedule.getTile()[0]), exchange(exchangeOf(kernel)),
        teams(exchange == Exchange::Tree ? kernel.schedule.getBlock()[0] : 1) {}

  LogicalResult emit();

private:
  /// How what a team's threads have comes together.
  enum class Exchange { Tree, Subgroup, Workgroup };
  static Exchange exchangeOf(const GpuKernel &kernel) {
    return llvm::StringSwitch<Exchange>(kernel.schedule.getEmitter().getValue())
        .Case("rows-subgroup", Exchange::Subgroup)
        .Case("rows-workgroup", Exchange::Workgroup)
        .Default(Exchange::Tree);
  }

  /// Calls `visit` with the places of a row that are this thread's.
  using Visit = std::function<SmallVector<Value>(ArrayRef<Index> place,
                                                 ValueRange carried)>;
  SmallVector<Value> walk(ValueRange carried, Visit visit);
  Value emitReduction(ReductionOpInterface op);
  /// The sum of the team's values, for all its threads.
  Value combineTeam(ReduceKind kind, Value value);
  Value combineByTree(ReduceKind kind, Value value);
  Value combineSubgroup(ReduceKind kind, Value value);
  Value combineSubgroups(ReduceKind kind, Value part);
  Value combineIfSeveral(ReduceKind kind, Value part);
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
  const int64_t team; ///< Threads; of a subgroup's team at most.
  const Exchange exchange;
  const int64_t teams; ///< Of a workgroup.
  Value teamSize;      ///< Threads, where only the device knows.

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
  Value step = teamSize ? arith::MulIOp::create(builder, loc, teamSize,
                                                code.constant(innerLanes))
                        : code.constant(team * innerLanes);
  return code.loop(low, code.dim(size), step, carried,
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
  if (exchange == Exchange::Tree || !(type.isF32() || type.isInteger(32)))
    return combineByTree(kind, value);
  Value part = combineSubgroup(kind, value);
  return exchange == Exchange::Subgroup ? combineIfSeveral(kind, part)
                                        : combineSubgroups(kind, part);
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
    auto isLess = [&](Value a, Value b) -> Value {
      return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, a,
                                   b);
    };
    Value isActive = isLess(member.base, code.constant(half));
    // Sizes of subgroups are powers of two.
    if (teamSize)
      isActive = arith::AndIOp::create(builder, loc, isActive,
                                       isLess(code.constant(half), teamSize));
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

/// What a workgroup has, of what each of its subgroups has.
Value RowEmitter::combineSubgroups(ReduceKind kind, Value part) {
  Type type = part.getType();
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

/// The same for one that is meant to be a single subgroup. Whether it is one
/// for certain can be known before the kernel is compiled.
Value RowEmitter::combineIfSeveral(ReduceKind kind, Value part) {
  isElected();
  Value groups = gpu::NumSubgroupsOp::create(builder, loc, IntegerAttr());
  Value several = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ugt,
                                        groups, code.constant(1));
  auto branch = scf::IfOp::create(builder, loc, TypeRange{part.getType()},
                                  several, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(branch.thenBlock());
  scf::YieldOp::create(builder, loc, combineSubgroups(kind, part));
  builder.setInsertionPointToEnd(branch.elseBlock());
  scf::YieldOp::create(builder, loc, part);
  return branch.getResult(0);
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
  DimAttr tasks = ceilDiv(vectors, perTask);
  if (exchange == Exchange::Subgroup) {
    kernel.beginSubgroup(tasks, team);
    teamSize = gpu::SubgroupSizeOp::create(builder, loc, IntegerAttr());
  } else {
    kernel.begin(tasks, team * teams);
  }
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
