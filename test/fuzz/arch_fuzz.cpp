//===- arch_fuzz.cpp - hostile architecture files -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Whatever a file says, it is parsed, checked and built, or there is an error.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "dialect/TenonOps.h"
#include "frontend/Checker.h"
#include "frontend/Elaborator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace tenon;
using namespace tenon::arch;
using namespace tenon::fuzz;

/// The first model of the file, or null.
static const Module *firstModel(const Program &program) {
  for (const Declaration &declaration : program.root()->declarations)
    if (declaration.kind == Declaration::Kind::Module &&
        declaration.as<Module>()->isModel)
      return declaration.as<Module>();
  return nullptr;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<TenonDialect, mlir::func::FuncDialect>();
  Diagnostics diagnostics;
  Program program({TENON_MODELS_DIR}, diagnostics);
  program.load("f.arch",
               std::string(reinterpret_cast<const char *>(data), size));
  if (!diagnostics.any())
    checkProgram(program, context);
  const Module *model = diagnostics.any() ? nullptr : firstModel(program);
  if (model) {
    ConfigSource config;
    config.where = "f.toml";
    config.json = Json::object();
    // A run of the fuzzer has seconds, a user minutes.
    constexpr uint64_t maxSteps = 200'000;
    Elaborator elaborator(context, program, config, /*checkpoint=*/nullptr,
                          maxSteps);
    require(static_cast<bool>(elaborator.run(*model)) != diagnostics.any());
  }
  for (const Status &status : diagnostics.take()) {
    require(status.code() != StatusCode::Internal);
    require(!status.render().empty());
  }
  return 0;
}
