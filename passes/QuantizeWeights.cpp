//===- QuantizeWeights.cpp - constants of products as small integers ------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/InputError.h"
#include "passes/Passes.h"
#include "passes/QuantizedProducts.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>

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
    warnOfStrangers(getOperation(), *loaded);
    auto constants = findQuantized(getOperation(), *loaded);
    findRanges(*loaded, constants);
    quantizeAttention(getOperation(), *loaded, codesAttention);
    SymbolTable symbols(getOperation());
    for (auto &[name, constant] : constants)
      if (constant.mode != Quantization::None)
        quantize(symbols, symbols.lookup<GlobalOp>(name), constant);
  }

private:
  using Constants = llvm::MapVector<StringAttr, QuantizedConstant>;

  /// Looks up what was observed of left sides while their products still are
  /// what reads them.
  void findRanges(const QuantizationPolicy &loaded,
                  const Constants &constants) {
    auto observed =
        getOperation()->getAttrOfType<DictionaryAttr>(rangesAttribute);
    if (!observed)
      return;
    for (const auto &[name, constant] : constants)
      for (MatmulOp op : constant.products) {
        if (!multipliesCodes(constant, op))
          continue;
        std::string id = rangeIdOf(op);
        auto range = observed.getAs<FloatAttr>(id);
        if (range && loaded.ruleOf(id).isStatic.value_or(true))
          ranges[op] = range.getValueAsDouble();
      }
    getOperation()->removeAttr(rangesAttribute);
  }

  void quantize(SymbolTable &symbols, GlobalOp global,
                const QuantizedConstant &constant) {
    Builder types(&getContext());
    if (constant.mode == Quantization::BFloat16)
      return round(symbols, global, constant, types.getBF16Type());
    if (constant.mode == Quantization::Float16)
      return round(symbols, global, constant, types.getF16Type());
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
    for (MatmulOp op : constant.products)
      if (multipliesCodes(constant, op))
        quantizeProduct(symbols, op);
    if (scales.symbolKnownUseEmpty(getOperation()))
      symbols.erase(scales);
  }

  /// Both sides of products as a small float type; others read the rounded
  /// numbers.
  void round(SymbolTable &symbols, GlobalOp global,
             const QuantizedConstant &constant, Type type) {
    auto narrow = [type](OpBuilder &builder, Value x) -> Value {
      return CastOp::create(builder, x.getLoc(), x, type);
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
          auto [it, isNew] = roundedRows.try_emplace({op.getLhs(), type});
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
  /// each row and column, or for each column only if all rows have one scale.
  void quantizeProduct(SymbolTable &symbols, MatmulOp op) {
    auto weights = op.getRhs().getDefiningOp<DequantizeOp>();
    auto scalesOfColumns = weights.getScales().getDefiningOp<GlobalRefOp>();
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto range = ranges.find(op);
    Value codes, scales, columns;
    if (range != ranges.end()) {
      float scale = std::max(range->second, tiniestRange) / 127;
      codes = quantizeWhole(symbols, op.getLhs(), scale);
      columns = columnsOf(symbols, builder, scalesOfColumns, scale);
    } else {
      std::tie(codes, scales) = quantizeRows(op.getLhs());
      columns = asList(builder, scalesOfColumns);
    }
    Value sums =
        MatmulOp::create(builder, loc, codes, weights.getX(),
                         op.getTransposeRhs(), /*columns=*/IntegerAttr());
    Value result = CastOp::create(builder, loc, sums, builder.getF32Type());
    if (scales)
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
    if (!weights.use_empty())
      return;
    weights.erase();
    if (scalesOfColumns.use_empty())
      scalesOfColumns.erase();
  }

  static Value asList(OpBuilder &builder, Value scales) {
    DimAttr count = productOf(builder.getContext(), getDims(scales));
    return ReshapeOp::create(builder, scales.getLoc(), scales,
                             DimsAttr::get(builder.getContext(), {count}));
  }

  /// The scales of columns times that of what multiplies them. Entries that run
  /// a layer share them.
  Value columnsOf(SymbolTable &symbols, OpBuilder &builder, GlobalRefOp scales,
                  float scale) {
    auto global = symbols.lookup<GlobalOp>(scales.getGlobal());
    GlobalOp &scaled = scaledColumns[{global, scale}];
    if (!scaled)
      scaled = derive(symbols, global, [&](OpBuilder &b, Value x) -> Value {
        Value factor = FillOp::create(b, x.getLoc(), b.getF32FloatAttr(scale),
                                      DimsAttr::get(b.getContext(), {}));
        return BinaryOp::create(b, x.getLoc(), BinaryKind::mul, asList(b, x),
                                factor);
      });
    return GlobalRefOp::create(builder, scales.getLoc(), scaled.getType(),
                               scaled.getSymName());
  }

  /// The codes of a tensor that has one scale: round(x * (1 / scale)), where
  /// the conversion saturates. The factor is memory, not part of the code:
  /// layers share their kernels.
  Value quantizeWhole(SymbolTable &symbols, Value x, float scale) {
    auto [it, isNew] = rows.try_emplace(x);
    if (!isNew)
      return it->second.first;
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(x);
    Location loc = x.getLoc();
    GlobalOp factor = scalar(symbols, loc, 1 / scale);
    Value code = GlobalRefOp::create(builder, loc, factor.getType(),
                                     factor.getSymName());
    code = BinaryOp::create(builder, loc, BinaryKind::mul, x, code);
    code = UnaryOp::create(builder, loc, UnaryKind::round, code);
    code = CastOp::create(builder, loc, code, builder.getI8Type());
    return (it->second = {code, Value()}).first;
  }

  GlobalOp scalar(SymbolTable &symbols, Location loc, float value) {
    GlobalOp &global = scalars[value];
    if (global)
      return global;
    OpBuilder builder(&getContext());
    auto type = RankedTensorType::get({}, builder.getF32Type());
    global = GlobalOp::create(builder, loc, "factor", type);
    builder.createBlock(&global.getBody());
    Value constant =
        ConstantOp::create(builder, loc, DenseElementsAttr::get(type, value));
    YieldOp::create(builder, loc, constant);
    symbols.insert(global, getOperation().getBody()->begin());
    return global;
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

  /// Below this no range falls, so that zeros are divided by something.
  static constexpr float tiniestRange = 0x1p-100f;

  llvm::DenseMap<Operation *, float> ranges;
  /// Codes, and scales if rows have their own.
  llvm::DenseMap<Value, std::pair<Value, Value>> rows;
  std::map<std::pair<Operation *, float>, GlobalOp> scaledColumns;
  std::map<float, GlobalOp> scalars;
  llvm::DenseMap<std::pair<Value, Type>, Value> roundedRows;

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
