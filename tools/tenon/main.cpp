//===- main.cpp - the command line ----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include "tools/tenon/CompilerLibrary.h"
#include "tools/tenon/Diagnostics.h"
#include "tools/tenon/Usage.h"

#include "support/Signals.h"

#include <CLI/CLI.hpp>
#include <cstdio>

using namespace tenon;
using namespace tenon::tool;

namespace {

struct CompilerCommand {
  const char *name, *summary;
};

} // namespace

/// Commands of the compiler library, which reads their options itself.
static constexpr CompilerCommand compilerCommands[] = {
    {"compile", "Compile a checkpoint or a network into an artifact"},
    {"explain", "What became of every op, and why"},
    {"tune", "Search faster schedules for this processor"},
    {"verify", "Compare a model's kernels with the evaluator"},
};

static int runCompiler(int argc, const char *const *argv) {
  auto library = CompilerLibrary::load();
  if (!library)
    return reportError(library.status());
  return library->main(argc, argv);
}

static int runCommand(int argc, char **argv) {
  for (const CompilerCommand &command : compilerCommands)
    if (argc > 1 && std::string_view(argv[1]) == command.name)
      return runCompiler(argc, argv);

  CLI::App app("Compiles Hugging Face checkpoints into one file that answers.");
  app.name("tenon");
  app.set_version_flag("--version", "tenon " TENON_VERSION);
  app.require_subcommand(1);
  Action action;
  for (const CompilerCommand &command : compilerCommands)
    app.add_subcommand(command.name, command.summary);
  addRunCommand(app, action);
  addScoreCommand(app, action);
  addTokenizeCommand(app, action);
  addInspectCommand(app, action);
  addBenchCommand(app, action);
  addCacheCommand(app, action);
  addDevicesCommand(app, action);
  if (auto status = parseCommandLine(app, argc, argv))
    return *status;
  try {
    return action();
  } catch (const std::exception &error) {
    return reportError(Status::internal("tenon", error.what()));
  }
}

int main(int argc, char **argv) {
  reserveStandardStreams();
  handleSignals();
  return finishOutput(runCommand(argc, argv));
}
