//===- MergeMatmuls.cpp - one product of several --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPolicy.h"
#include "passes/Passes.h"
#include "passes/Weights.h"

#include "dialect/Dims.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace tenon {
#define GEN_PASS_DEF_MERGEMATMULS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
/// A product with a constant right side and, if its result goes nowhere else,
/// the addition of a constant row to it.
struct Product {
  MatmulOp op;
  BinaryOp addition; ///< May be null.
  Value bias;

  Value result() { return addition ? addition.getResult() : op.getResult(); }
};

struct MergeMatmuls : tenon::impl::MergeMatmulsBase<MergeMatmuls> {
  using MergeMatmulsBase::MergeMatmulsBase;

  void runOnOperation() override {
    auto rules = loadPolicy(&getContext(), policy);
    if (failed(rules))
      return signalPassFailure();
    if (!rules->allows(GraphStep::MergeMatmuls))
      return;
    // How often each checkpoint tensor is read, in all entries.
    getOperation().walk([&](WeightOp weight) { ++uses[weight.getPath()]; });
    for (auto function : getOperation().getOps<func::FuncOp>())
      mergeIn(function);
  }

private:
  void mergeIn(func::FuncOp function) {
    using Key = std::tuple<Value, bool, bool, std::string>;
    llvm::MapVector<Value, std::vector<std::pair<Key, Product>>> byLeft;
    for (auto op : function.getBody().getOps<MatmulOp>()) {
      auto parent = mergeableUnder(op);
      if (!parent)
        continue;
      Product product = describe(op);
      byLeft[op.getLhs()].push_back(
          {Key(op.getLhs(), op.getTransposeRhs(), bool(product.bias), *parent),
           product});
    }
    for (auto &[left, candidates] : byLeft) {
      std::vector<bool> done(candidates.size(), false);
      for (size_t i = 0; i < candidates.size(); ++i) {
        std::vector<Product> group;
        for (size_t j = i; j < candidates.size(); ++j)
          if (!done[j] && candidates[j].first == candidates[i].first) {
            done[j] = true;
            group.push_back(candidates[j].second);
          }
        if (group.size() > 1)
          merge(group);
      }
    }
  }

  /// The parent of the module that the weight belongs to: `a.self` for
  /// `a.self.query.weight`. Nothing if the product can't be merged.
  std::optional<std::string> mergeableUnder(MatmulOp op) {
    Value right = op.getRhs();
    if (op.getColumns() || getDims(right).size() != 2 ||
        !isConstantValue(right))
      return std::nullopt;
    // The weight itself, or a conversion of it.
    if (auto cast = right.getDefiningOp<CastOp>())
      right = cast.getX();
    auto weight = right.getDefiningOp<WeightOp>();
    if (!weight || uses.lookup(weight.getPath()) != 1)
      return std::nullopt;
    StringRef module = weight.getPath().rsplit('.').first;
    return module.rsplit('.').first.str();
  }

  static Product describe(MatmulOp op) {
    Product product{op, BinaryOp(), Value()};
    auto users = usersInOrder(op.getResult());
    if (users.size() != 1)
      return product;
    auto add = dyn_cast<BinaryOp>(users.front());
    if (!add || add.getKind() != BinaryKind::add)
      return product;
    Value other = add.getLhs() == op.getResult() ? add.getRhs() : add.getLhs();
    if (isConstantValue(other) && getDims(other).size() == 1 &&
        getDims(add.getResult()) == getDims(op.getResult()) &&
        getDims(other).back() == getDims(op.getResult()).back()) {
      product.addition = add;
      product.bias = other;
    }
    return product;
  }

  void merge(MutableArrayRef<Product> group) {
    MLIRContext *context = &getContext();
    MatmulOp first = group.front().op;
    SmallVector<Location> locations;
    for (Product &product : group)
      locations.push_back(product.op.getLoc());
    Location loc = FusedLoc::get(context, locations);

    // The constants may be written anywhere before their users: bring them to
    // where the first product stands.
    OpBuilder builder(first);
    IRMapping map;
    auto bring = [&](Value value) { return copyConstant(value, builder, map); };
    SmallVector<Value> rights, biases;
    for (Product &product : group) {
      rights.push_back(bring(product.op.getRhs()));
      if (product.bias)
        biases.push_back(bring(product.bias));
    }
    bool transposed = first.getTransposeRhs();
    Value right = ConcatOp::create(builder, loc, rights, transposed ? 0 : 1);
    Value result =
        MatmulOp::create(builder, loc, first.getLhs(), right, transposed,
                         /*columns=*/IntegerAttr());
    if (!biases.empty()) {
      Value bias = ConcatOp::create(builder, loc, biases, 0);
      result = BinaryOp::create(builder, loc, BinaryKind::add, result, bias);
    }
    DimAttr begin = getConstantDim(context, 0);
    int64_t axis = getDims(result).size() - 1;
    for (Product &product : group) {
      DimAttr size = getDims(product.op.getResult()).back();
      Value part = SliceOp::create(builder, product.op.getLoc(), result, axis,
                                   begin, size, 1);
      begin = begin + size;
      product.result().replaceAllUsesWith(part);
    }
    for (Product &product : group) {
      if (product.addition)
        product.addition.erase();
      product.op.erase();
    }
  }

  static Value copyConstant(Value value, OpBuilder &builder, IRMapping &map) {
    if (Value known = map.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    for (Value operand : op->getOperands())
      copyConstant(operand, builder, map);
    return builder.clone(*op, map)->getResult(0);
  }

  llvm::StringMap<unsigned> uses;
};
} // namespace
