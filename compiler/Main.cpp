//===- Main.cpp - the entry points of the compiler library ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/CommandLine.h"
#include "compiler/Compiler.h"
#include "compiler/SourceOptions.h"
#include "support/Signals.h"
#include "tools/tenon/Diagnostics.h"
#include "tools/tenon/Usage.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <cstring>

using namespace tenon;

#define TENON_EXPORT extern "C" __attribute__((visibility("default")))

TENON_EXPORT int tenon_compiler_interface(void) {
  return TENON_COMPILER_INTERFACE;
}

TENON_EXPORT int tenon_compiler_main(int argc, const char *const *argv) {
  handleSignals();
  CLI::App app("Compiles transformer models to files that answer", "tenon");
  app.require_subcommand(1);
  CommandAction action;
  addCompileCommand(app, action);
  addExplainCommand(app, action);
  addTuneCommand(app, action);
  addVerifyCommand(app, action);
  if (auto status = tool::parseCommandLine(app, argc, argv))
    return *status;
  return action();
}

TENON_EXPORT int tenon_compiler_compile(const tenon_compile_request *request,
                                        char **message) {
  handleSignals();
  *message = nullptr;
  auto fail = [&](const Status &status) {
    *message = strdup(status.render().c_str());
    return static_cast<int>(status.code());
  };
  SourceOptions source;
  source.frontend.source = request->source;
  if (request->task)
    source.frontend.task = request->task;
  if (request->cpu)
    source.compilation.pipeline.backend.targets = {request->cpu};
  if (request->target)
    source.compilation.backend = request->target;
  source.compilation.jobs = request->jobs;
  if (request->progress)
    source.compilation.progress = [request](const CompileProgress &step) {
      request->progress(request->user, std::string(step.step).c_str(),
                        step.done, step.total);
    };
  if (Status status = source.finish(); !status)
    return fail(status);
  auto compilation = Compilation::create(source.compilation);
  if (!compilation)
    return fail(compilation.status());
  for (const Status &error : (*compilation)->load(source.frontend))
    return fail(error);
  Status status = (*compilation)->writeArtifact(request->output);
  return status ? 0 : fail(status);
}
