//===- Main.cpp - the entry points of the compiler library ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/CommandLine.h"
#include "compiler/Compiler.h"
#include "compiler/Probes.h"
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

/// The exit status of `status`; unless it is 0, `*message` is what is wrong.
static int report(const Status &status, char **message) {
  *message = status ? nullptr : strdup(status.render().c_str());
  return status ? 0 : static_cast<int>(status.code());
}

TENON_EXPORT int tenon_compiler_probes(const char *target, const char *variant,
                                       const char *output, char **message) {
  handleSignals();
  return report(writeProbes(target, variant, output), message);
}

TENON_EXPORT int tenon_compiler_compile(const tenon_compile_request *request,
                                        char **message) {
  handleSignals();
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
    return report(status, message);
  auto compilation = Compilation::create(source.compilation);
  if (!compilation)
    return report(compilation.status(), message);
  for (const Status &error : (*compilation)->load(source.frontend))
    return report(error, message);
  return report((*compilation)->writeArtifact(request->output), message);
}
