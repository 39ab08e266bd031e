//===- main.cpp - tenon-opt: the pass runner ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// mlir-opt with the tenon dialect and its passes; and, see Evaluate.h, the
// graph of a model and its evaluator.
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include "backends/Backend.h"
#include "codegen/Passes.h"
#include "dialect/TenonOps.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<tenon::TenonDialect>();
  mlir::registerTransformsPasses();
  tenon::registerTenonPasses();
  tenon::registerTenonCodegenPasses();
  for (const auto &backend : tenon::compileBackends())
    backend->registerPasses();
  if (auto status = tenon::runModelTool(argc, argv, registry))
    return *status;
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Tenon's pass runner\n", registry));
}
