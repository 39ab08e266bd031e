//===- QuantizedProducts.h - what quantization is about ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Which products of a module a policy quantizes, and where codes of activations
// come from: what observes an fp32 model and what quantizes it must agree.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_QUANTIZEDPRODUCTS_H
#define TENON_PASSES_QUANTIZEDPRODUCTS_H

#include "passes/QuantizationPolicy.h"

#include "dialect/TenonOps.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

#include <optional>
#include <string>

namespace tenon {

/// A constant that products have as their right side. It is stored once, so all
/// of them decide together: one that keeps it as it is does so for all.
struct QuantizedConstant {
  llvm::SmallVector<GlobalRefOp> refs;
  llvm::SmallVector<MatmulOp> products;
  int64_t axis = 0; ///< That products sum over; the first one decides.
  Quantization mode = Quantization::None;

  void addProduct(MatmulOp op, Quantization wanted);
};

/// The constants that something multiplies by, those that stay as they are
/// among them, by their globals' names.
llvm::MapVector<mlir::StringAttr, QuantizedConstant>
findQuantized(mlir::ModuleOp module, const QuantizationPolicy &policy);

/// Whether a product's codes are multiplied, not what they stand for.
bool multipliesCodes(const QuantizedConstant &constant, MatmulOp op);

/// Makes attention multiply bf16, fp16 or codes where the policy says so, codes
/// where that pays; `hasCodes` says whether the backend can. What became of
/// each that the policy is about is its `productsAttribute`.
void quantizeAttention(mlir::ModuleOp module, const QuantizationPolicy &policy,
                       bool hasCodes);

/// The attribute of an op that says what its products are of, for people: it
/// moves to the records when ops become kernels.
inline constexpr llvm::StringLiteral productsAttribute = "tenon.products";

/// What the range of a product's left side is known by: the id of the first
/// product that reads it. Entries that run the same layer share it.
std::string rangeIdOf(MatmulOp op);

/// The attribute of a module that maps such ids to the largest magnitude that
/// codes stand for, f32; no attribute if nothing was observed.
inline constexpr llvm::StringLiteral rangesAttribute = "tenon.ranges";

/// What the names of outputs begin with that hold the largest magnitude of each
/// row: an id follows.
inline constexpr llvm::StringLiteral rangePrefix = "tenon.range ";

/// Warns of layers of a policy that are about no op: a misspelt id would leave
/// the meant one with fewer bits than was asked for.
void warnOfStrangers(mlir::ModuleOp module, const QuantizationPolicy &policy);

} // namespace tenon

#endif // TENON_PASSES_QUANTIZEDPRODUCTS_H
