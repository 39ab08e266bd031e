//===- CheckFile.h - functions of numeric tests -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_CHECK_CHECKFILE_H
#define TENON_TOOLS_TENON_CHECK_CHECKFILE_H

#include "dialect/Evaluator.h"
#include "dialect/TenonOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// A function of a check file, made ready to be compiled as an entry: its
/// `tenon.random`s are inputs, and what its `tenon.check_close`s compare are
/// outputs, besides its own results.
struct CheckFunction {
  mlir::func::FuncOp entry;
  /// The op that makes each input's data; null for an argument.
  std::vector<RandomOp> inputs;
  struct Comparison {
    unsigned actual, expected; ///< Results of the entry.
    double tolerance;
    std::string place;
  };
  std::vector<Comparison> comparisons;
  /// Keeps the ops behind `inputs` alive.
  std::vector<mlir::OwningOpRef<mlir::Operation *>> owned;
};

/// A dump at phase `kernels` becomes a file of functions: its kernels, each to
/// be checked by itself. Other files stay as they are.
void isolateKernels(mlir::ModuleOp module);

/// Prepares a function in place.
CheckFunction prepareCheck(mlir::func::FuncOp function);

/// Test data for one input under the given dims.
mlir::FailureOr<HostTensor> makeInput(CheckFunction &check, unsigned input,
                                      EvaluateContext &context, int64_t seed);

/// The largest |a - b| over the largest finite |b|, NaN and infinity being
/// equal to themselves only; 0 for tensors that are equal.
double relativeError(const HostTensor &a, const HostTensor &b);

} // namespace tenon

#endif // TENON_TOOLS_TENON_CHECK_CHECKFILE_H
