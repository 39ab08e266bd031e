//===- Program.h - an architecture file and what it uses --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_PROGRAM_H
#define TENON_FRONTEND_PROGRAM_H

#include "frontend/Declarations.h"
#include "frontend/Diagnostics.h"

#include <map>
#include <optional>

namespace tenon::arch {

/// The parsed files of one run.
class Program {
public:
  /// Library files are looked for in the folder of the file that uses them,
  /// then in `searchPaths`.
  Program(std::vector<std::string> searchPaths, Diagnostics &diagnostics)
      : searchPaths(std::move(searchPaths)), diagnostics(diagnostics) {}

  /// Parses `path` (whose contents are `text`, if given), the files it uses,
  /// and the prelude. Errors go to the diagnostics.
  void load(const std::string &path,
            std::optional<std::string> text = std::nullopt);

  const Unit *root() const { return rootUnit; }
  const Unit *prelude() const { return preludeUnit; }
  const std::vector<std::unique_ptr<Unit>> &units() const { return all; }
  Diagnostics &errors() const { return diagnostics; }

  struct Found {
    const Unit *unit = nullptr;
    const Declaration *declaration = nullptr;
    explicit operator bool() const { return declaration; }
  };
  /// What `name` means in `unit`: its own declaration, one of a file it uses,
  /// or one of the prelude.
  Found find(const Unit &unit, StringRef name) const;
  Found findPrelude(StringRef name) const;
  /// All names that `find` finds, for suggestions.
  void collectNames(const Unit &unit, std::vector<std::string> &names) const;

private:
  /// Where a file lies, and what to call it.
  struct FileName {
    std::string path, name;
    /// Found in the search path rather than beside its user.
    bool isLibrary = false;
  };

  Unit *loadFile(const FileName &file, std::optional<std::string> text);
  void loadUses(Unit &unit);
  std::optional<FileName> findLibrary(StringRef name, const Unit *user) const;
  void declareNames(Unit &unit);

  std::vector<std::string> searchPaths;
  Diagnostics &diagnostics;
  Arena arena;
  std::vector<std::unique_ptr<SourceFile>> files;
  std::vector<std::unique_ptr<Unit>> all;
  std::map<std::string, Unit *> byPath;
  Unit *rootUnit = nullptr, *preludeUnit = nullptr;
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_PROGRAM_H
