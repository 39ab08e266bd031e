//===- Signals.h - files, when a signal ends the process --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A program that asks for it leaves no unfinished file behind when it is
// interrupted, and says which file it was if one gets shorter while it is
// mapped, instead of dying of a bus error. Only programs do: a library must not
// change what signals do.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_SIGNALS_H
#define TENON_SUPPORT_SIGNALS_H

#include <cstdint>
#include <string>
#include <utility>

namespace tenon {

/// What signal handlers know of a file, as long as this lives. There is room
/// for some hundred; those beyond are not known to them.
class FileNote {
public:
  FileNote() = default;
  FileNote(FileNote &&other) noexcept
      : slot_(std::exchange(other.slot_, none)) {}
  FileNote &operator=(FileNote &&other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~FileNote();

  /// A file to remove if the process is interrupted.
  static FileNote unfinished(const std::string &path);
  /// `size` bytes at `data` are a mapped file.
  static FileNote mapped(const std::string &path, const void *data,
                         uint64_t size);

private:
  static constexpr int none = -1;
  static FileNote take(const std::string &path, uintptr_t begin, uint64_t size);

  int slot_ = none;
};

/// Sets the handlers of the signals that end a process: SIGINT, SIGTERM and
/// SIGHUP, which then do what they did before, and SIGBUS, which ends it with
/// status 1 and a message if a file is the reason. A shared library that has
/// this code has files of its own, and calls this for them.
void handleSignals();

} // namespace tenon

#endif // TENON_SUPPORT_SIGNALS_H
