//===- CommandLine.h - the commands of the compiler library -----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_COMMANDLINE_H
#define TENON_COMPILER_COMMANDLINE_H

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace tenon {

/// Set by the command that was given; returns the exit status.
using CommandAction = std::function<int()>;

void addCompileCommand(CLI::App &app, CommandAction &action);
void addExplainCommand(CLI::App &app, CommandAction &action);
void addTuneCommand(CLI::App &app, CommandAction &action);
void addVerifyCommand(CLI::App &app, CommandAction &action);

} // namespace tenon

#endif // TENON_COMPILER_COMMANDLINE_H
