//===- Longs.h - 64-bit integers as two words -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_COMPILE_LONGS_H
#define TENON_BACKENDS_VULKAN_COMPILE_LONGS_H

#include "backends/vulkan/compile/IntegerTypes.h"

namespace tenon::vulkan {

inline bool isLong(mlir::Type type) {
  return mlir::getElementTypeOrSelf(type).isInteger(64);
}

/// A number's words, or those of each lane.
struct Long {
  mlir::Value low, high;
  explicit Long(mlir::ValueRange words) : low(words[0]), high(words[1]) {}
  Long(mlir::Value low, mlir::Value high) : low(low), high(high) {}
};

/// A conversion that gives the two words of a result, or one value.
template <typename Op> struct SplitPattern : mlir::OpConversionPattern<Op> {
  using mlir::OpConversionPattern<Op>::OpConversionPattern;
  using Adaptor = mlir::OpConversionPattern<Op>::OneToNOpAdaptor;

  /// For the words of a value of type `like`.
  WordBuilder words(Op op, mlir::OpBuilder &builder, mlir::Type like) const {
    return {builder, op.getLoc(), withElement(like, builder.getI32Type())};
  }
  static void replace(Op op, Long result,
                      mlir::ConversionPatternRewriter &rewriter) {
    mlir::SmallVector<mlir::SmallVector<mlir::Value>> values{
        {result.low, result.high}};
    rewriter.replaceOpWithMultiple(op, std::move(values));
  }
};

/// Arithmetic, comparisons and conversions.
void populateLongArithmetic(mlir::TypeConverter &converter,
                            mlir::RewritePatternSet &patterns);

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_COMPILE_LONGS_H
