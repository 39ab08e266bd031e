//===- Diagnostics.h - what goes to stderr ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_DIAGNOSTICS_H
#define TENON_TOOLS_TENON_DIAGNOSTICS_H

#include "support/Status.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon::tool {

/// Writes to stdout at once.
Status print(std::string_view text);

/// Keeps files from being opened in the places of standard streams that are
/// closed: what is printed would go into them, and stdin be read from them.
void reserveStandardStreams();

/// The exit status of a command that is done: `status`, unless what it printed
/// can't be written, which is an error then.
int finishOutput(int status);

/// Prints `tenon: error: WHERE: WHAT` and the notes; returns the exit status.
int reportError(const Status &status);

/// The exit status of a command that ended so; an error is reported.
int finish(const Status &status);

/// Prints `tenon: warning: WHERE: WHAT` and the notes.
void reportWarning(const Status &status);

/// Prints `tenon: WHAT`.
void reportNote(std::string_view what);

/// A line on stderr that is written over and over, if that is a terminal. There
/// is one at a time.
class ProgressLine {
public:
  ProgressLine();
  ~ProgressLine() { clear(); }

  void show(const std::string &line);
  /// A step of compiling: `kernels, 3 of 9`, or `weights, 12 MB of 438 MB`.
  void showCompiling(std::string_view step, uint64_t done, uint64_t total);
  /// A bar, with how much of it is done, and `what` behind it.
  void showBar(uint64_t done, uint64_t total, std::string_view what);
  void clear();

private:
  bool isTerminal_;
  std::string shown_;
};

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_DIAGNOSTICS_H
