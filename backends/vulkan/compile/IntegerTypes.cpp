//===- IntegerTypes.cpp - integers of other widths as words ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/IntegerTypes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace tenon;
using namespace mlir;

Type vulkan::withElement(Type shape, Type element) {
  if (auto vector = dyn_cast<VectorType>(shape))
    return vector.clone(element);
  return element;
}

MemRefType vulkan::memrefOf(MemRefType type, int64_t each, Type element) {
  SmallVector<int64_t> shape = llvm::to_vector(type.getShape());
  if (!ShapedType::isDynamic(shape.back()))
    shape.back() *= each;
  return MemRefType::get(shape, element, MemRefLayoutAttrInterface(),
                         type.getMemorySpace());
}

namespace {
/// Memory of a workgroup.
struct ConvertAlloc : OpConversionPattern<memref::AllocOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::AllocOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<MemRefType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "has no buffer of words");
    rewriter.replaceOpWithNewOp<memref::AllocOp>(op, type);
    return success();
  }
};
} // namespace

LogicalResult vulkan::convertIntegers(Operation *root, TypeConverter &converter,
                                      RewritePatternSet &patterns) {
  MLIRContext *context = root->getContext();
  ConversionTarget target(*context);
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                       target);
  populateFunctionOpInterfaceTypeConversionPattern<gpu::GPUFuncOp>(patterns,
                                                                   converter);
  patterns.add<ConvertAlloc>(converter, context);
  target.addDynamicallyLegalOp<gpu::GPUFuncOp>([&](gpu::GPUFuncOp function) {
    return converter.isSignatureLegal(function.getFunctionType());
  });
  target.markUnknownOpDynamicallyLegal(
      [&](Operation *op) { return converter.isLegal(op); });
  return applyFullConversion(root, target, std::move(patterns));
}
