//===- PassRunner.h - passes, with errors as statuses -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_PASSRUNNER_H
#define TENON_COMPILER_PASSRUNNER_H

#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

#include <functional>
#include <mutex>

namespace tenon {

/// Keeps the errors that MLIR reports while it lives.
class DiagnosticCollector {
public:
  /// `warn` is told of what a pass makes no use of in a file that it was given.
  explicit DiagnosticCollector(
      mlir::MLIRContext *context,
      std::function<void(const Status &)> warn = nullptr);

  /// The first error, or `what` if none was reported. An error of what a pass
  /// was given keeps its own code.
  Status toStatus(StatusCode code, const std::string &where,
                  const std::string &what) const;

private:
  struct Entry {
    std::string place, text;
    std::vector<std::string> notes;
    /// Says that not a pass is wrong but what it was given.
    std::optional<Status> inputError;
  };
  mutable std::mutex mutex;
  std::vector<Entry> errors;
  mlir::ScopedDiagnosticHandler handler;
};

/// Runs steps on a module. A step that fails is a defect of the compiler (what
/// the user gives was checked before): it leaves a reproducer.
class PassRunner {
public:
  PassRunner(mlir::ModuleOp module, std::string step,
             std::function<void(const Status &)> warn = nullptr)
      : module(module), step(std::move(step)), warn(std::move(warn)) {}

  Status run(llvm::function_ref<void(mlir::PassManager &)> addPasses);
  Status runStep(const std::string &what,
                 llvm::function_ref<mlir::LogicalResult()> body);
  /// Runs `body`; if it fails, what MLIR said is added to its status.
  Status collect(llvm::function_ref<Status()> body);

private:
  mlir::ModuleOp module;
  std::string step;
  std::function<void(const Status &)> warn;
};

} // namespace tenon

#endif // TENON_COMPILER_PASSRUNNER_H
