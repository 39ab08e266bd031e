//===- ExpandConvolutions.cpp - convolutions as products ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A convolution is a product (or, channel by channel, a sum of products) over
// the windows of its input. Written like that, everything that holds for
// products holds for it: packed weights, tiles, what is fused behind.
//
// This is also where layouts are chosen. Channels come last, because rows of a
// product and vectors run along them, save for the few channels of an image,
// whose windows have longer runs along their own last axis.
//
//===----------------------------------------------------------------------===//

#include "passes/Layouts.h"
#include "passes/Passes.h"

#include "dialect/Dims.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "passes/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace tenon {
#define GEN_PASS_DEF_EXPANDCONVOLUTIONS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
/// Axes 0, the spatial ones, then the channels; and the way back.
struct AxisOrders {
  explicit AxisOrders(int64_t spatial) {
    channelsLast.push_back(0);
    for (int64_t i = 0; i < spatial; ++i)
      channelsLast.push_back(i + 2);
    channelsLast.push_back(1);
    channelsFirst = {0, spatial + 1};
    for (int64_t i = 0; i < spatial; ++i)
      channelsFirst.push_back(i + 1);
  }
  SmallVector<int64_t> channelsLast, channelsFirst;
};

class Expansion {
public:
  Expansion(ConvOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), loc(op.getLoc()),
        spatial(op.getStrides().size()), orders(spatial), x(getDims(op.getX())),
        weight(getDims(op.getWeight())) {}

  /// [B, t.., O] of one group of channels: a matrix product.
  Value product() {
    // Runs of windows are long enough along either the channels or the last
    // spatial axis.
    constexpr int64_t fewChannels = 8;
    bool first = weight[1].isConstant() && weight[1].getValue() < fewChannels;
    SmallVector<DimAttr> rows = placesDims();
    Value left, right = op.getWeight();
    if (isPointwise()) {
      left = transpose(op.getX(), orders.channelsLast, Layout::Before);
    } else if (first) {
      // [B, C, t.., k..] as [B, t.., C, k..].
      SmallVector<int64_t> order = orders.channelsLast;
      for (int64_t i = 0; i < spatial; ++i)
        order.push_back(spatial + 2 + i);
      left = transpose(windows(op.getX(), 2), order, Layout::None);
    } else {
      left = windowsBeforeChannels();
      SmallVector<int64_t> order = orders.channelsLast; // [O, k.., C]
      right = transpose(right, order, Layout::None);
    }
    DimAttr depth = productOf(op.getContext(), ArrayRef(weight).drop_front());
    SmallVector<DimAttr> leftDims = rows;
    leftDims.push_back(depth);
    left = reshape(left, leftDims);
    right = reshape(right, {weight[0], depth});
    return MatmulOp::create(rewriter, loc, left, right,
                            /*transpose_rhs=*/true,
                            /*columns=*/IntegerAttr());
  }

  /// Whether a group's product fills vectors.
  bool isWorthProducts() {
    constexpr int64_t columns = 8, depth = 16;
    DimAttr own = productOf(op.getContext(), ArrayRef(weight).drop_front());
    return weight[0].isConstant() &&
           weight[0].getValue() / op.getGroups() >= columns &&
           own.isConstant() && own.getValue() >= depth;
  }

  /// [B, t.., O] of several groups: a matrix product for each.
  Value groupedProduct() {
    MLIRContext *context = op.getContext();
    DimAttr groups = getConstantDim(context, op.getGroups());
    DimAttr each =
        getConstantDim(context, weight[0].getValue() / op.getGroups());
    SmallVector<DimAttr> rows = placesDims();
    SmallVector<DimAttr> sizes =
        llvm::to_vector(ArrayRef(weight).drop_front(2));
    DimAttr depth = productOf(context, ArrayRef(weight).drop_front());
    DimAttr rowCount = productOf(context, rows);

    // [B, t.., C, k..] as [g, B, t.., k.., C / g], then [g, rows, depth].
    Value last = transpose(op.getX(), orders.channelsLast, Layout::Before);
    SmallVector<DimAttr> dims = rows;
    llvm::append_values(dims, groups, weight[1]);
    llvm::append_range(dims, sizes);
    SmallVector<int64_t> order{spatial + 1};
    for (int64_t i = 0; i <= spatial; ++i)
      order.push_back(i);
    for (int64_t i = 0; i < spatial; ++i)
      order.push_back(spatial + 3 + i);
    order.push_back(spatial + 2);
    Value left =
        transpose(reshape(windows(last, 1), dims), order, Layout::None);
    left = reshape(left, {groups, rowCount, depth});

    // [O, C / g, k..] as [g, k.., C / g, O / g], then [g, depth, O / g].
    dims = {groups, each, weight[1]};
    llvm::append_range(dims, sizes);
    order = {0};
    for (int64_t i = 0; i < spatial; ++i)
      order.push_back(3 + i);
    llvm::append_values(order, 2, 1);
    Value right = transpose(reshape(op.getWeight(), dims), order, Layout::None);
    right = reshape(right, {groups, depth, each});

    Value result = MatmulOp::create(rewriter, loc, left, right,
                                    /*transpose_rhs=*/false,
                                    /*columns=*/IntegerAttr());
    dims = {groups};
    llvm::append_range(dims, rows);
    dims.push_back(each);
    order.clear();
    for (int64_t i = 0; i <= spatial; ++i)
      order.push_back(i + 1);
    llvm::append_values(order, 0, spatial + 2);
    result = transpose(reshape(result, dims), order, Layout::None);
    rows.push_back(weight[0]);
    return reshape(result, rows);
  }

  /// [B, t.., C] of as many groups as channels: a sum over windows.
  Value channelByChannel() {
    Value left = windowsBeforeChannels();
    // [C, 1, k..] as [k.., C].
    SmallVector<DimAttr> dims{weight[0]};
    llvm::append_range(dims, ArrayRef(weight).drop_front(2));
    SmallVector<int64_t> order, axes;
    for (int64_t i = 0; i < spatial; ++i) {
      order.push_back(i + 1);
      axes.push_back(spatial + 1 + i);
    }
    order.push_back(0);
    Value right = transpose(reshape(op.getWeight(), dims), order, Layout::None);
    Value terms = BinaryOp::create(rewriter, loc, BinaryKind::mul, left, right);
    return ReduceOp::create(rewriter, loc, ReduceKind::sum, terms, axes,
                            /*keep_axes=*/false);
  }

  /// [B, t.., O] as the convolution's result.
  Value finish(Value result) {
    return transpose(result, orders.channelsFirst, Layout::Behind);
  }

private:
  /// Whether each place sees itself only.
  bool isPointwise() {
    auto are = [](ArrayRef<int64_t> list, int64_t value) {
      return llvm::all_of(list, [&](int64_t v) { return v == value; });
    };
    return are(op.getStrides(), 1) && are(op.getPaddingLow(), 0) &&
           are(op.getPaddingHigh(), 0) &&
           llvm::all_of(ArrayRef(weight).drop_front(2),
                        [](DimAttr k) { return k.isConstant(1); });
  }

  /// [B, t..]
  SmallVector<DimAttr> placesDims() {
    SmallVector<DimAttr> result = getDims(op.getResult());
    SmallVector<DimAttr> rows{result[0]};
    llvm::append_range(rows, ArrayRef(result).drop_front(2));
    return rows;
  }

  /// Windows along the axes from `firstAxis` on.
  Value windows(Value x, int64_t firstAxis) {
    SmallVector<int64_t> axes, sizes;
    for (int64_t i = 0; i < spatial; ++i) {
      axes.push_back(firstAxis + i);
      sizes.push_back(weight[i + 2].getValue());
    }
    return WindowsOp::create(rewriter, loc, x, axes, sizes, op.getStrides(),
                             op.getPaddingLow(), op.getPaddingHigh(),
                             op.getDilations(), APFloat(0.0));
  }

  /// [B, t.., k.., C]
  Value windowsBeforeChannels() {
    Value last = transpose(op.getX(), orders.channelsLast, Layout::Before);
    SmallVector<int64_t> order;
    for (int64_t i = 0; i <= spatial; ++i)
      order.push_back(i);
    for (int64_t i = 0; i < spatial; ++i)
      order.push_back(spatial + 2 + i);
    order.push_back(spatial + 1);
    return transpose(windows(last, 1), order, Layout::None);
  }

  Value transpose(Value value, ArrayRef<int64_t> order, Layout layout) {
    auto result = TransposeOp::create(rewriter, loc, value, order);
    setLayout(result, layout);
    return result;
  }

  Value reshape(Value value, ArrayRef<DimAttr> dims) {
    if (getDims(value) == dims)
      return value;
    return ReshapeOp::create(rewriter, loc, value,
                             DimsAttr::get(op.getContext(), dims));
  }

  ConvOp op;
  PatternRewriter &rewriter;
  Location loc;
  int64_t spatial;
  AxisOrders orders;
  SmallVector<DimAttr> x, weight;
};

struct ExpandConvolution : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    if (isConstantValue(op.getResult()))
      return rewriter.notifyMatchFailure(op, "is a constant of the model");
    SmallVector<DimAttr> weight = getDims(op.getWeight());
    if (!llvm::all_of(ArrayRef(weight).drop_front(2),
                      [](DimAttr k) { return k.isConstant(); }))
      return rewriter.notifyMatchFailure(op, "window of unknown size");
    Expansion expansion(op, rewriter);
    int64_t groups = op.getGroups();
    Value result;
    if (groups == 1)
      result = expansion.product();
    else if (weight[0].isConstant(groups) && weight[1].isConstant(1) &&
             getElementType(op.getType()).isF32())
      result = expansion.channelByChannel();
    else if (expansion.isWorthProducts())
      result = expansion.groupedProduct();
    else
      return rewriter.notifyMatchFailure(
          op, "groups are too small for products of their own");
    rewriter.replaceOp(op, expansion.finish(result));
    return success();
  }
};

struct ExpandConvolutions
    : tenon::impl::ExpandConvolutionsBase<ExpandConvolutions> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandConvolution>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
