//===- Diagnostics.cpp - what goes to stderr ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Diagnostics.h"

#include "support/File.h"
#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace tenon::tool {

/// What is on the terminal now: errors and notes clear it first.
static ProgressLine *shownLine = nullptr;

static void clearLine() {
  if (shownLine)
    shownLine->clear();
}

static Status outputError(int error) {
  return Status::invalid("stdout", error
                                       ? "can't be written: " + errorText(error)
                                       : "can't be written");
}

Status print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      std::fflush(stdout))
    return outputError(errno);
  return Status::ok();
}

void reserveStandardStreams() {
  // What is only a path can't be read or written, as if it was closed.
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0)
      (void)open("/", O_PATH);
}

int finishOutput(int status) {
  errno = 0;
  bool failed = std::fflush(stdout) || std::ferror(stdout);
  return failed && !status ? reportError(outputError(errno)) : status;
}

/// Paths may hold anything, yet a message is one line.
static void printStatus(const char *kind, const Status &status) {
  std::string text = printable(status.message(), std::string::npos);
  for (const std::string &note : status.notes())
    text += "\n" + note;
  std::fprintf(stderr, "tenon: %s: %s\n", kind, text.c_str());
}

int reportError(const Status &status) {
  clearLine();
  printStatus("error", status);
  return static_cast<int>(status.code());
}

int finish(const Status &status) {
  return status.isOk() ? 0 : reportError(status);
}

void reportWarning(const Status &status) {
  clearLine();
  printStatus("warning", status);
}

void reportNote(std::string_view what) {
  clearLine();
  std::fprintf(stderr, "tenon: %.*s\n", int(what.size()), what.data());
}

ProgressLine::ProgressLine() : isTerminal_(isatty(STDERR_FILENO)) {}

void ProgressLine::show(const std::string &line) {
  if (!isTerminal_ || line == shown_)
    return;
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  shown_ = line;
  shownLine = this;
}

void ProgressLine::showCompiling(std::string_view step, uint64_t done,
                                 uint64_t total) {
  bool isBytes = step == "weights";
  if (!total)
    return show(concat("compiling: ", step));
  show(concat("compiling: ", step, ", ",
              isBytes ? humanSize(done) : concat(done), " of ",
              isBytes ? humanSize(total) : concat(total)));
}

void ProgressLine::showBar(uint64_t done, uint64_t total,
                           std::string_view what) {
  constexpr uint64_t width = 30;
  done = std::min(done, total);
  double share = total ? double(done) / double(total) : 1;
  size_t filled = static_cast<size_t>(share * width);
  show(concat("[", std::string(filled, '#'), std::string(width - filled, '.'),
              "] ", static_cast<int>(share * 100), " %, ", what));
}

void ProgressLine::clear() {
  if (!shown_.empty())
    std::fputs("\r\x1b[K", stderr);
  shown_.clear();
  shownLine = nullptr;
}

} // namespace tenon::tool
