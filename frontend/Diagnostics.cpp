//===- Diagnostics.cpp - errors of architecture files ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Diagnostics.h"

#include "support/EditDistance.h"
#include "support/Text.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon;
using namespace tenon::arch;

Diagnostic &Diagnostic::suggest(llvm::StringRef name,
                                llvm::ArrayRef<std::string> candidates) {
  if (auto near = closest(name, {candidates.data(), candidates.size()}))
    help("did you mean " + quote(*near) + "?");
  return *this;
}

/// An error with the line that it is about.
static Status locate(SourceRange range, std::string text) {
  return sourceError(range.file->path(), range.file->text(),
                     range.file->place(range.begin, range.end),
                     std::move(text));
}

Status Diagnostic::toStatus() const {
  Status status = !made   ? made
                  : range ? locate(range, text)
                          : Status::invalid(where, text);
  // Facts first, then how it came to this; advice comes last.
  std::vector<Line> all;
  for (bool isHelp : {false, true}) {
    llvm::copy_if(lines, std::back_inserter(all),
                  [&](const Line &line) { return line.isHelp == isHelp; });
    if (!isHelp)
      all.insert(all.end(), callers.begin(), callers.end());
  }
  for (const Line &line : all) {
    if (line.isHelp) {
      status = std::move(status).help(line.text);
    } else if (!line.range) {
      status = std::move(status).note(line.text);
    } else {
      Status place = locate(line.range, line.text);
      status = std::move(status).note(place.message());
      for (const std::string &shown : place.notes())
        status = std::move(status).line(shown);
    }
  }
  return status;
}

Diagnostic &Diagnostics::add(Diagnostic diagnostic, std::string key) {
  if (full() || !known.insert(std::move(key)).second)
    return unread = Diagnostic({}, {}, {});
  return diagnostics.emplace_back(std::move(diagnostic));
}

Diagnostic &Diagnostics::error(SourceRange range, const llvm::Twine &text) {
  std::string what = text.str();
  std::string key = range.str() + ": " + what;
  return add(Diagnostic(range, "", std::move(what)), std::move(key));
}

Diagnostic &Diagnostics::error(llvm::StringRef where, const llvm::Twine &text) {
  std::string what = text.str();
  std::string key = where.str() + ": " + what;
  return add(Diagnostic({}, where.str(), std::move(what)), std::move(key));
}

Diagnostic &Diagnostics::error(Status status) {
  std::string key = status.render();
  return add(Diagnostic(std::move(status)), std::move(key));
}

std::vector<Status> Diagnostics::take() {
  std::vector<Status> statuses;
  for (const Diagnostic &diagnostic : diagnostics)
    statuses.push_back(diagnostic.toStatus());
  diagnostics.clear();
  known.clear();
  return statuses;
}
