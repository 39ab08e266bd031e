//===- Diagnostics.h - errors of architecture files -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_DIAGNOSTICS_H
#define TENON_FRONTEND_DIAGNOSTICS_H

#include "frontend/Source.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"

#include <deque>
#include <set>

namespace tenon::arch {

/// One error, with the notes and help lines below it.
class Diagnostic {
public:
  Diagnostic(SourceRange range, std::string where, std::string text)
      : range(range), where(std::move(where)), text(std::move(text)) {}
  /// An error made elsewhere, about a place of a settings file say.
  explicit Diagnostic(Status made) : made(std::move(made)) {}

  /// A fact, with the place that it is about if `at` is one.
  Diagnostic &note(SourceRange at, const llvm::Twine &text) {
    lines.push_back({/*isHelp=*/false, at, text.str()});
    return *this;
  }
  /// A call that led there; told after what is wrong.
  Diagnostic &caller(SourceRange at, const llvm::Twine &text) {
    callers.push_back({/*isHelp=*/false, at, text.str()});
    return *this;
  }
  /// What to do.
  Diagnostic &help(const llvm::Twine &text) {
    lines.push_back({/*isHelp=*/true, {}, text.str()});
    return *this;
  }
  /// "did you mean" if one of `candidates` is near `name`.
  Diagnostic &suggest(llvm::StringRef name,
                      llvm::ArrayRef<std::string> candidates);

  Status toStatus() const;

private:
  struct Line {
    bool isHelp;
    SourceRange range;
    std::string text;
  };
  SourceRange range;
  std::string where; ///< Where there is no range: a file, a tensor's name.
  std::string text;
  Status made; ///< The error itself, if it was made elsewhere.
  std::vector<Line> lines, callers;
};

/// The errors of a run, in the order in which they were found.
class Diagnostics {
public:
  Diagnostic &error(SourceRange range, const llvm::Twine &text);
  /// An error about a file or a tensor.
  Diagnostic &error(llvm::StringRef where, const llvm::Twine &text);
  /// An error made elsewhere.
  Diagnostic &error(Status status);

  bool any() const { return !diagnostics.empty(); }
  size_t count() const { return diagnostics.size(); }
  /// More errors would not be read by anybody.
  bool full() const { return count() >= limit; }

  /// The errors; what they were found in may go away then.
  std::vector<Status> take();

private:
  static constexpr size_t limit = 20;

  Diagnostic &add(Diagnostic diagnostic, std::string key);

  std::deque<Diagnostic> diagnostics;
  /// One error is reported once, though code may run for each layer.
  std::set<std::string> known;
  /// Takes what is said of errors that aren't reported.
  Diagnostic unread{{}, {}, {}};
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_DIAGNOSTICS_H
