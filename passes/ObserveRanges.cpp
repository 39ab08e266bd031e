//===- ObserveRanges.cpp - how large what would be codes gets -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/EntryResults.h"
#include "passes/InputError.h"
#include "passes/Passes.h"
#include "passes/QuantizedProducts.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {
#define GEN_PASS_DEF_OBSERVERANGES
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct ObserveRanges : tenon::impl::ObserveRangesBase<ObserveRanges> {
  using ObserveRangesBase::ObserveRangesBase;

  void runOnOperation() override {
    auto loaded = QuantizationPolicy::load(policy);
    if (!loaded) {
      emitInputError(&getContext(), loaded.status());
      return signalPassFailure();
    }
    for (auto &[name, constant] : findQuantized(getOperation(), *loaded))
      for (MatmulOp op : constant.products)
        if (multipliesCodes(constant, op))
          places[op->getParentOfType<func::FuncOp>()]
                [StringAttr::get(&getContext(), rangeIdOf(op))]
                    .insert(op.getLhs());
    for (auto &[entry, byId] : places)
      for (auto &[id, values] : byId)
        addResult(entry, id, values.getArrayRef());
  }

private:
  /// Of each entry, the values of each id: several if a layer runs twice.
  llvm::MapVector<func::FuncOp,
                  llvm::MapVector<StringAttr, llvm::SetVector<Value>>>
      places;

  /// The largest magnitude of each row, in a list.
  static Value magnitudesOf(OpBuilder &builder, Value x) {
    Location loc = x.getLoc();
    int64_t last = getDims(x).size() - 1;
    Value rows =
        ReduceOp::create(builder, loc, ReduceKind::max,
                         UnaryOp::create(builder, loc, UnaryKind::abs, x),
                         ArrayRef<int64_t>{last}, /*keep_axes=*/false);
    DimAttr count = productOf(builder.getContext(), getDims(rows));
    return ReshapeOp::create(builder, loc, rows,
                             DimsAttr::get(builder.getContext(), {count}));
  }

  void addResult(func::FuncOp entry, StringAttr id, ArrayRef<Value> values) {
    Operation *yield = entry.getBody().front().getTerminator();
    OpBuilder builder(yield);
    SmallVector<Value> rows;
    for (Value x : values)
      rows.push_back(magnitudesOf(builder, x));
    Value all = rows.size() == 1
                    ? rows[0]
                    : ConcatOp::create(builder, yield->getLoc(), rows, 0);
    addEntryResult(entry, builder.getStringAttr(rangePrefix + id.getValue()),
                   all);
  }
};
} // namespace
