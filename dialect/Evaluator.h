//===- Evaluator.h - running modules on host tensors ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The reference interpreter: what `tenon verify`, `tenon-opt --evaluate` and
// numeric tests compare with. It works at every phase up to `scheduled`.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_EVALUATOR_H
#define TENON_DIALECT_EVALUATOR_H

#include "dialect/Dims.h"
#include "dialect/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

#include <functional>

namespace tenon {

class WeightOp;
class LaunchOp;

/// Values of dim symbols.
using SymbolValues = llvm::StringMap<int64_t>;

/// The sizes that the model says are usual.
SymbolValues typicalDims(mlir::ModuleOp module);

class EvaluateContext {
public:
  /// Gives a checkpoint tensor as stored.
  using WeightReader =
      std::function<mlir::FailureOr<HostTensor>(WeightOp weight)>;
  /// Is told of every `tenon.tap`.
  using TapListener =
      std::function<void(llvm::StringRef name, const HostTensor &value)>;
  /// Is told of each launch's inputs and outputs.
  using LaunchListener = std::function<mlir::LogicalResult(
      LaunchOp launch, llvm::ArrayRef<HostTensor> inputs,
      llvm::ArrayRef<HostTensor> outputs)>;

  explicit EvaluateContext(mlir::ModuleOp module) : module(module) {}

  WeightReader readWeight;
  TapListener onTap;
  LaunchListener onLaunch;

  /// Runs a function; state arguments and results are what the states hold.
  /// Dims are bound from the inputs' shapes, on top of `symbols`.
  mlir::FailureOr<std::vector<HostTensor>>
  run(mlir::func::FuncOp function, llvm::ArrayRef<HostTensor> inputs);

  /// Runs the ops of a block whose arguments are `arguments`; gives the
  /// operands of its terminator.
  mlir::FailureOr<std::vector<HostTensor>>
  runBlock(mlir::Block &block, llvm::ArrayRef<HostTensor> arguments);

  /// Binds the symbols of `dims` so that they give `shape`.
  mlir::LogicalResult bind(mlir::Location loc, llvm::ArrayRef<DimAttr> dims,
                           llvm::ArrayRef<int64_t> shape);

  /// The value of a dim under the current symbols, with an error at `loc` if it
  /// has none.
  mlir::FailureOr<int64_t> dim(mlir::Location loc, DimAttr dim) const;
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  shape(mlir::Location loc, llvm::ArrayRef<DimAttr> dims) const;
  mlir::FailureOr<llvm::SmallVector<int64_t>> shape(mlir::Location loc,
                                                    mlir::Type type) const;

  SymbolValues symbols;
  mlir::ModuleOp module;

private:
  mlir::FailureOr<std::vector<HostTensor>>
  runOp(mlir::Operation *op, llvm::ArrayRef<HostTensor> operands);
  mlir::FailureOr<std::vector<HostTensor>>
  runLaunch(LaunchOp launch, llvm::ArrayRef<HostTensor> operands);

  /// Values of `tenon.global`s, made once.
  llvm::StringMap<HostTensor> globals;
};

/// The shape to which shapes broadcast as numpy does.
llvm::SmallVector<int64_t> broadcastShapes(llvm::ArrayRef<HostTensor> tensors);

/// Computes each element of a broadcast result: `compute` gets the position in
/// the result and in each operand.
void forEachBroadcast(
    llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<HostTensor> operands,
    llvm::function_ref<void(int64_t result, llvm::ArrayRef<int64_t> operands)>
        compute);

} // namespace tenon

#endif // TENON_DIALECT_EVALUATOR_H
