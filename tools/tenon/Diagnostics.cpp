//===- Diagnostics.cpp - what goes to stderr ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Diagnostics.h"

#include "support/Text.h"
#include "support/Units.h"

#include <cstdio>
#include <unistd.h>

namespace tenon::tool {

int reportError(const Status &status) {
  std::fprintf(stderr, "tenon: error: %s\n", status.render().c_str());
  return static_cast<int>(status.code());
}

void reportNote(std::string_view what) {
  std::fprintf(stderr, "tenon: %.*s\n", int(what.size()), what.data());
}

ProgressLine::ProgressLine() : isTerminal_(isatty(STDERR_FILENO)) {}

void ProgressLine::show(std::string_view what, uint64_t done, uint64_t total) {
  if (!isTerminal_)
    return;
  std::string line(what);
  if (total)
    line += concat(' ', done * 100 / total, '%');
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  isShown_ = true;
}

void ProgressLine::clear() {
  if (isShown_)
    std::fputs("\r\x1b[K", stderr);
  isShown_ = false;
}

} // namespace tenon::tool
