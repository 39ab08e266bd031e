//===- Usage.h - reading a command line, and its help -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_USAGE_H
#define TENON_TOOLS_TENON_USAGE_H

#include <optional>

namespace CLI {
class App;
} // namespace CLI

namespace tenon::tool {

/// Parses a command line, which runs the callbacks of its command. Gives the
/// exit status if the program ends here: after help, the version, or an error,
/// which is reported in one line and its advice.
std::optional<int> parseCommandLine(CLI::App &app, int argc,
                                    const char *const *argv);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_USAGE_H
