//===- ExplainCommand.cpp - tenon explain ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/CommandLine.h"
#include "compiler/Manifest.h"
#include "compiler/Records.h"
#include "compiler/SourceOptions.h"
#include "runtime/Artifact.h"
#include "support/File.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

using namespace tenon;

namespace {
struct ExplainCommand {
  SourceOptions source;
  RecordsView view;
  bool json = false;

  int run();
  Result<std::string> records(int &exitStatus);
};
} // namespace

/// Whether a file is an artifact, by its first bytes.
static bool isElf(const std::string &path) {
  auto file = MappedFile::open(path);
  return file && file->text().starts_with("\177ELF");
}

Result<std::string> ExplainCommand::records(int &exitStatus) {
  if (isElf(source.frontend.source)) {
    TENON_ASSIGN_OR_RETURN(auto artifact,
                           runtime::Artifact::open(source.frontend.source));
    return std::string(artifact->records());
  }
  auto compilation = source.load(exitStatus);
  if (!compilation)
    return std::string();
  TENON_RETURN_IF_ERROR(compilation->runTo(Phase::Fused));
  return makeRecords(compilation->module());
}

int ExplainCommand::run() {
  int exitStatus = 0;
  auto text = records(exitStatus);
  if (!text)
    return tool::reportError(text.status());
  if (exitStatus != 0)
    return exitStatus;
  if (json)
    return tool::finish(tool::print(*text + "\n"));
  auto rendered = renderRecords(*text, view);
  if (!rendered)
    return tool::reportError(rendered.status());
  return tool::finish(tool::print(*rendered));
}

void tenon::addExplainCommand(CLI::App &app, CommandAction &action) {
  CLI::App *command = app.add_subcommand(
      "explain", "Say of every op which kernel it is in, by which rule");
  auto state = std::make_shared<ExplainCommand>();
  state->source.addTo(*command);
  command->add_option("--op", state->view.filter,
                      "only kernels with an op whose id matches (* and ?)");
  command->add_flag("--all", state->view.all,
                    "list repeated layers one by one");
  command->add_flag("--json", state->json, "the records as they are stored");
  command->callback(
      [state, &action] { action = [state] { return state->run(); }; });
}
