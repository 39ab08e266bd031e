//===- Commands.h - the commands of the tool --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_COMMANDS_H
#define TENON_TOOLS_TENON_COMMANDS_H

#include "tools/tenon/Diagnostics.h"

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace tenon::tool {

/// What a command does once the command line has been read; returns the exit
/// status.
using Action = std::function<int()>;

// Each adds its command to `app`, and sets `action` if the command line calls
// it.
void addBenchCommand(CLI::App &app, Action &action);
void addCacheCommand(CLI::App &app, Action &action);
void addDevicesCommand(CLI::App &app, Action &action);
void addInspectCommand(CLI::App &app, Action &action);
void addRunCommand(CLI::App &app, Action &action);
void addScoreCommand(CLI::App &app, Action &action);
void addTokenizeCommand(CLI::App &app, Action &action);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_COMMANDS_H
