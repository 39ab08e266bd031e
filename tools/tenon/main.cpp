//===- main.cpp - the command line ----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include "tools/tenon/CompilerLibrary.h"
#include "tools/tenon/Diagnostics.h"

#include "support/EditDistance.h"
#include "support/Text.h"

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
    {"verify", "Compare a model's kernels with the evaluator"},
};

int tool::finish(const Status &status) {
  return status.isOk() ? 0 : reportError(status);
}

static int runCompiler(int argc, const char *const *argv) {
  auto library = CompilerLibrary::load();
  if (!library)
    return reportError(library.status());
  return library->main(argc, argv);
}

/// The names of an app's options, with their dashes.
static std::vector<std::string> optionNames(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::Option *option : app.get_options(
           [](const CLI::Option *o) { return o->nonpositional(); })) {
    for (const std::string &name : option->get_lnames())
      names.push_back("--" + name);
    for (const std::string &name : option->get_fnames())
      if (name.size() > 1)
        names.push_back("--" + name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// The command that the line calls, or the program itself.
static const CLI::App &calledApp(const CLI::App &app) {
  auto called = app.get_subcommands();
  return called.empty() ? app : calledApp(*called[0]);
}

/// What is wrong with the command line, in one line.
static Status usageError(const CLI::App &app, const CLI::ParseError &error) {
  const CLI::App &called = calledApp(app);
  std::string where = called.get_name().empty() ? "tenon" : called.get_name();
  if (dynamic_cast<const CLI::ExtrasError *>(&error)) {
    std::vector<std::string> extras = called.remaining();
    std::string extra = extras.empty() ? "" : extras[0];
    std::string name = extra.substr(0, extra.find('='));
    if (extra.starts_with("-"))
      return withSuggestion(
          Status::usage(where, concat("unknown option ", quote(name))), name,
          optionNames(called), "its options");
    return Status::usage(where, concat("unexpected ", quote(extra)));
  }
  std::string what = printable(error.what());
  for (char &c : what)
    c = c == '\n' ? ' ' : c;
  return Status::usage(where, what)
      .help(concat("see ", where == "tenon" ? "" : "tenon ", where, " --help"));
}

int main(int argc, char **argv) {
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
  addTokenizeCommand(app, action);
  addInspectCommand(app, action);
  addBenchCommand(app, action);
  addCacheCommand(app, action);
  addDevicesCommand(app, action);
  if (argc > 1 && argv[1][0] != '-') {
    std::vector<std::string> names;
    for (const CLI::App *command : app.get_subcommands({}))
      names.push_back(command->get_name());
    std::string name = argv[1];
    if (std::find(names.begin(), names.end(), name) == names.end())
      return reportError(withSuggestion(
          Status::usage("tenon", concat("unknown command ", quote(name))), name,
          names, "commands"));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // --help and --version.
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
      return app.exit(error);
    return reportError(usageError(app, error));
  }
  try {
    return action();
  } catch (const std::exception &error) {
    return reportError(Status::internal("tenon", error.what()));
  }
}
