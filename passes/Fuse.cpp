//===- Fuse.cpp - ops grouped into kernels --------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// FusionPlan decides; this pass rebuilds the entries accordingly and reports.
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPlan.h"
#include "passes/InputError.h"
#include "passes/Passes.h"
#include "passes/QuantizedProducts.h"

#include "dialect/Evaluator.h"
#include "dialect/Types.h"

#include "mlir/IR/Remarks.h"

namespace tenon {
#define GEN_PASS_DEF_FUSE
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
/// Rebuilds one function as kernels.
class KernelBuilder {
public:
  KernelBuilder(func::FuncOp function, FusionPlan &plan)
      : function(function), plan(plan), builder(function.getContext()) {}

  void run() {
    Block &block = function.getBody().front();
    for (unsigned group : inOrder())
      build(group);
    Operation *yield = block.getTerminator();
    for (OpOperand &operand : yield->getOpOperands())
      operand.set(valueOf(operand.get()));
    // Kernels stand behind the ops they replace; those die from the end.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (FusionPlan::isFusible(&op) && op.use_empty())
        op.erase();
  }

private:
  /// The groups so that each comes after those whose results it reads; among
  /// those that could come next, the one whose anchor came first.
  std::vector<unsigned> inOrder() {
    std::vector<unsigned> waiting, done;
    for (unsigned i = 0; i < plan.groups.size(); ++i)
      waiting.push_back(i);
    llvm::sort(waiting, [&](unsigned a, unsigned b) {
      return plan.groups[a].anchor->isBeforeInBlock(plan.groups[b].anchor);
    });
    llvm::SmallSetVector<unsigned, 16> ready;
    while (!waiting.empty()) {
      auto it = llvm::find_if(waiting, [&](unsigned group) {
        return llvm::all_of(needs(group), [&](unsigned other) {
          return ready.contains(other);
        });
      });
      assert(it != waiting.end() && "kernels need each other");
      ready.insert(*it);
      done.push_back(*it);
      waiting.erase(it);
    }
    return done;
  }

  llvm::SmallSetVector<unsigned, 8> needs(unsigned group) {
    llvm::SmallSetVector<unsigned, 8> others;
    const FusionGroup &own = plan.groups[group];
    for (Operation *op : own.ops)
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          if (!own.ops.contains(producer))
            if (auto other = plan.ownerOf(producer))
              others.insert(*other);
    return others;
  }

  Value valueOf(Value value) {
    Value made = values.lookup(value);
    return made ? made : value;
  }

  void build(unsigned id) {
    FusionGroup &group = plan.groups[id];
    std::vector<Operation *> ops = group.ops.getArrayRef().vec();
    llvm::sort(
        ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    // Inputs in order of use; results are what others read.
    SetVector<Value> inputs;
    SmallVector<Value> outputs;
    SmallVector<Location> locations;
    for (Operation *op : ops) {
      locations.push_back(op->getLoc());
      for (Value operand : op->getOperands())
        if (!group.ops.contains(operand.getDefiningOp()))
          inputs.insert(operand);
      if (plan.ownerOf(op) != id)
        continue;
      bool isRead = llvm::any_of(op->getUsers(), [&](Operation *user) {
        if (!FusionPlan::isFusible(user))
          return true;
        for (const FusionGroup &other : plan.groups)
          if (&other != &group && other.ops.contains(user) &&
              !other.ops.contains(op))
            return true;
        return false;
      });
      if (isRead)
        outputs.push_back(op->getResult(0));
    }

    builder.setInsertionPoint(function.getBody().front().getTerminator());
    SmallVector<Value> operands;
    for (Value input : inputs)
      operands.push_back(valueOf(input));
    Location loc = locations.size() == 1
                       ? locations.front()
                       : FusedLoc::get(function.getContext(), locations);
    auto kernel = KernelOp::create(builder, loc, ValueRange(outputs).getTypes(),
                                   operands);
    Block *body = builder.createBlock(&kernel.getBody());
    IRMapping map;
    for (Value input : inputs)
      map.map(input, body->addArgument(input.getType(), input.getLoc()));
    for (Operation *op : ops)
      builder.clone(*op, map)->removeAttr(productsAttribute);
    SmallVector<Value> yields;
    for (Value output : outputs)
      yields.push_back(map.lookup(output));
    YieldOp::create(builder, loc, yields);
    for (auto [output, result] : llvm::zip(outputs, kernel.getOutputs()))
      values[output] = result;
  }

  func::FuncOp function;
  FusionPlan &plan;
  OpBuilder builder;
  llvm::DenseMap<Value, Value> values;
};

struct Fuse : tenon::impl::FuseBase<Fuse> {
  using FuseBase::FuseBase;

  void runOnOperation() override {
    auto rules = loadPolicy(&getContext(), policy);
    if (failed(rules))
      return signalPassFailure();
    typicalSizes = typicalDims(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function->hasAttr("tenon.kernel"))
        continue;
      copyReturned(function);
      FusionPlan plan(function, *rules);
      plan.build();
      for (const FusionRecord &record : plan.records)
        report(function, plan, record);
      KernelBuilder(function, plan).run();
    }
    getOperation()->setAttr("tenon.records",
                            ArrayAttr::get(&getContext(), records));
  }

private:
  /// What an entry returns must be made for it: an input, a constant or a value
  /// that is returned already gets a copy.
  static void copyReturned(func::FuncOp function) {
    Operation *yield = function.getBody().front().getTerminator();
    OpBuilder builder(yield);
    SmallPtrSet<void *, 4> returned;
    for (OpOperand &operand : yield->getOpOperands()) {
      Value value = operand.get();
      bool isMade = value.getDefiningOp<FusionOpInterface>() != nullptr;
      if (!isa<RankedTensorType>(value.getType()) ||
          (isMade && returned.insert(value.getAsOpaquePointer()).second))
        continue;
      auto shape = DimsAttr::get(value.getContext(), getDims(value));
      operand.set(ExpandOp::create(builder, value.getLoc(), value, shape));
    }
  }

  void report(func::FuncOp function, const FusionPlan &plan,
              const FusionRecord &record) {
    Builder builder(&getContext());
    std::string op = opId(record.op);
    std::string kernel = opId(plan.groups[record.group].anchor);
    NamedAttrList entry;
    entry.append("entry", builder.getStringAttr(function.getName()));
    entry.append("op", builder.getStringAttr(op));
    entry.append("kind",
                 builder.getStringAttr(record.op->getName().stripDialect()));
    entry.append("kernel", builder.getStringAttr(kernel));
    if (Attribute products = record.op->getAttr(productsAttribute))
      entry.append("products", products);
    if (record.rule) {
      StringRef rule = nameOf(*record.rule);
      entry.append("rule", builder.getStringAttr(rule));
      entry.append("bytes", record.bytes);
      if (auto bytes = evaluateDim(record.bytes, [&](StringRef symbol) {
            auto it = typicalSizes.find(symbol);
            return it == typicalSizes.end() ? std::nullopt
                                            : std::optional(it->second);
          }))
        entry.append("typical_bytes", builder.getI64IntegerAttr(*bytes));
      remark::passed(record.op->getLoc(),
                     remark::RemarkOpts::name(rule).category("fusion").function(
                         function.getName()))
          << remark::reason("{0} joins the kernel of {1}", op, kernel)
          << remark::metric("bytes saved", record.bytes.str());
    } else if (record.missed) {
      StringRef rule = nameOf(*record.missed);
      entry.append("missed", builder.getStringAttr(rule));
      entry.append("reason", builder.getStringAttr(record.reason));
      remark::missed(record.op->getLoc(),
                     remark::RemarkOpts::name(rule).category("fusion").function(
                         function.getName()))
          << remark::reason("{0} starts a kernel: {1}", op, record.reason);
    } else {
      remark::analysis(
          record.op->getLoc(),
          remark::RemarkOpts::name("anchor").category("fusion").function(
              function.getName()))
          << remark::reason("{0} starts a kernel", op);
    }
    records.push_back(entry.getDictionary(&getContext()));
  }

  SmallVector<Attribute> records;
  SymbolValues typicalSizes;
};
} // namespace
