//===- QuantizeWeights.cpp - constants of products as small integers ------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPlan.h"
#include "passes/InputError.h"
#include "passes/Passes.h"
#include "passes/QuantizationPolicy.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace tenon {
#define GEN_PASS_DEF_QUANTIZEWEIGHTS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct QuantizeWeights : tenon::impl::QuantizeWeightsBase<QuantizeWeights> {
  using QuantizeWeightsBase::QuantizeWeightsBase;

  void runOnOperation() override {
    auto loaded = QuantizationPolicy::load(policy);
    if (!loaded) {
      emitInputError(&getContext(), loaded.status());
      return signalPassFailure();
    }
    llvm::MapVector<StringAttr, Constant> constants;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      for (auto ref : function.getBody().getOps<GlobalRefOp>())
        constants[ref.getGlobalAttr().getAttr()].refs.push_back(ref);
      for (auto op : function.getBody().getOps<MatmulOp>())
        if (auto ref = op.getRhs().getDefiningOp<GlobalRefOp>();
            ref && !op.getColumns() && getDims(op.getRhs()).size() == 2 &&
            getElementType(ref.getType()).isF32())
          constants[ref.getGlobalAttr().getAttr()].addProduct(
              op, loaded->modeOf(opId(op)));
    }
    SymbolTable symbols(getOperation());
    for (auto &[name, constant] : constants)
      if (constant.mode.value_or(Quantization::None) != Quantization::None)
        quantize(symbols, symbols.lookup<GlobalOp>(name), constant);
  }

private:
  struct Constant {
    SmallVector<GlobalRefOp> refs;
    SmallVector<MatmulOp> products;
    int64_t axis = 0; ///< That products sum over; the first one decides.
    /// It is stored once, so all products decide together: one that keeps it as
    /// it is does so for all.
    std::optional<Quantization> mode;

    void addProduct(MatmulOp op, Quantization wanted) {
      if (!mode)
        axis = op.getTransposeRhs() ? 1 : 0;
      mode = mode ? std::min(*mode, wanted) : wanted;
      products.push_back(op);
    }
  };

  void quantize(SymbolTable &symbols, GlobalOp global,
                const Constant &constant) {
    if (constant.mode == Quantization::BFloat16)
      return round(symbols, global, constant);
    bool isByte = constant.mode != Quantization::Int4Weights;
    constexpr int64_t groupOfNibbles = 32;
    int64_t axis = constant.axis;
    int64_t group = isByte ? 0 : groupOfNibbles, bits = isByte ? 8 : 4;
    auto makeScales = [&](OpBuilder &builder, Value x) -> Value {
      Value result =
          QuantizeScalesOp::create(builder, x.getLoc(), x, axis, group, bits);
      // One for 32 weights: half the bytes. The range is that of f32.
      if (!isByte)
        result =
            CastOp::create(builder, x.getLoc(), result, builder.getBF16Type());
      return result;
    };
    GlobalOp scales = derive(symbols, global, makeScales);
    GlobalOp codes =
        derive(symbols, global, [&](OpBuilder &builder, Value x) -> Value {
          return QuantizeOp::create(builder, x.getLoc(), x,
                                    makeScales(builder, x), axis, group, bits);
        });
    for (GlobalRefOp ref : constant.refs) {
      OpBuilder builder(ref);
      Location loc = ref.getLoc();
      Value x = GlobalRefOp::create(builder, loc, codes.getType(),
                                    codes.getSymName());
      Value s = GlobalRefOp::create(builder, loc, scales.getType(),
                                    scales.getSymName());
      Value numbers = DequantizeOp::create(builder, loc, x, s, axis, group,
                                           /*depth=*/IntegerAttr());
      ref.replaceAllUsesWith(numbers);
      ref.erase();
    }
    symbols.erase(global);
    if (constant.mode == Quantization::Int8)
      for (MatmulOp op : constant.products)
        quantizeProduct(op);
  }

  /// Both sides of products as bf16; others read the rounded numbers.
  void round(SymbolTable &symbols, GlobalOp global, const Constant &constant) {
    auto narrow = [](OpBuilder &builder, Value x) -> Value {
      return CastOp::create(builder, x.getLoc(), x, builder.getBF16Type());
    };
    GlobalOp rounded = derive(symbols, global, narrow);
    for (GlobalRefOp ref : constant.refs) {
      OpBuilder builder(ref);
      Value numbers = GlobalRefOp::create(
          builder, ref.getLoc(), rounded.getType(), rounded.getSymName());
      Value wide;
      for (OpOperand &use : llvm::make_early_inc_range(ref->getUses())) {
        auto op = dyn_cast<MatmulOp>(use.getOwner());
        if (op && use.getOperandNumber() == 1) {
          use.set(numbers);
          auto [it, isNew] = roundedRows.try_emplace(op.getLhs());
          if (isNew) {
            OpBuilder::InsertionGuard guard(builder);
            builder.setInsertionPointAfterValue(op.getLhs());
            it->second = narrow(builder, op.getLhs());
          }
          op.getLhsMutable().set(it->second);
          op.setWide(true);
          continue;
        }
        if (!wide)
          wide = CastOp::create(builder, ref.getLoc(), numbers,
                                builder.getF32Type());
        use.set(wide);
      }
      ref.erase();
    }
    symbols.erase(global);
  }

  /// lhs * dequantize(codes, scales) as a product of codes, scaled once for
  /// each row and column.
  void quantizeProduct(MatmulOp op) {
    auto weights = op.getRhs().getDefiningOp<DequantizeOp>();
    SmallVector<DimAttr> dims = getDims(op.getResult());
    int64_t summed = op.getTransposeRhs() ? 1 : 0;
    if (weights.getAxis() != summed)
      return; // Another product reads it the other way round.
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto [codes, scales] = quantizeRows(op.getLhs());
    Value sums =
        MatmulOp::create(builder, loc, codes, weights.getX(),
                         op.getTransposeRhs(), /*columns=*/IntegerAttr());
    Value result = CastOp::create(builder, loc, sums, builder.getF32Type());
    Value columns = ReshapeOp::create(
        builder, loc, weights.getScales(),
        DimsAttr::get(&getContext(), ArrayRef(dims).take_back()));
    result = BinaryOp::create(builder, loc, BinaryKind::mul, result, scales);
    result = BinaryOp::create(builder, loc, BinaryKind::mul, result, columns);
    op.replaceAllUsesWith(result);
    // What was made for the products that read this one is what its successor's
    // readers find; the memory of an erased op may be another's next.
    if (auto made = rows.find(op.getResult()); made != rows.end()) {
      std::pair<Value, Value> codesOfRows = made->second;
      rows.erase(made);
      rows[result] = codesOfRows;
    }
    op.erase();
    if (weights.use_empty())
      weights.erase();
  }

  /// The codes of a product's left side, and the scale of each row.
  std::pair<Value, Value> quantizeRows(Value x) {
    auto [it, isNew] = rows.try_emplace(x);
    if (!isNew)
      return it->second;
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(x);
    int64_t axis = getDims(x).size() - 1;
    constexpr int64_t whole = 0, bits = 8;
    Value scales =
        QuantizeScalesOp::create(builder, x.getLoc(), x, axis, whole, bits);
    Value codes =
        QuantizeOp::create(builder, x.getLoc(), x, scales, axis, whole, bits);
    return it->second = {codes, scales};
  }

  llvm::DenseMap<Value, std::pair<Value, Value>> rows;
  llvm::DenseMap<Value, Value> roundedRows;

  /// A global of what `make` makes of another's value.
  static GlobalOp derive(SymbolTable &symbols, GlobalOp global,
                         function_ref<Value(OpBuilder &, Value)> make) {
    OpBuilder builder(global);
    auto clone = cast<GlobalOp>(builder.clone(*global));
    auto yield = cast<YieldOp>(clone.getBody().front().getTerminator());
    builder.setInsertionPoint(yield);
    Value value = make(builder, yield.getOperand(0));
    yield.setOperand(0, value);
    clone.setTypeAttr(TypeAttr::get(value.getType()));
    symbols.insert(clone);
    return clone;
  }
};
} // namespace
