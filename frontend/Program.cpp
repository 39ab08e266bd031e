//===- Program.cpp - an architecture file and what it uses ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Program.h"

#include "frontend/Parser.h"
#include "support/File.h"
#include "support/Text.h"

#include <filesystem>

using namespace tenon;
using namespace tenon::arch;
namespace fs = std::filesystem;

/// The file that every other uses without saying so.
static constexpr StringRef preludeFile = "core";
/// Far above any description of a network.
static constexpr uint64_t maxFileSize = 1 << 20;

void Program::load(const std::string &path, std::optional<std::string> text) {
  auto prelude = findLibrary(preludeFile, nullptr);
  if (!prelude) {
    diagnostics.error(StringRef(path),
                      "there is no " + preludeFile +
                          ".arch in the search path of models");
    return;
  }
  preludeUnit = loadFile(*prelude, std::nullopt);
  // A family's file is named as below its search path, so that what is compiled
  // doesn't depend on where that lies.
  std::string name = path;
  for (const std::string &folder : searchPaths) {
    std::string prefix = folder + "/";
    if (path.starts_with(prefix))
      name = path.substr(prefix.size());
  }
  rootUnit = loadFile({path, name}, std::move(text));
}

std::optional<Program::FileName> Program::findLibrary(StringRef name,
                                                      const Unit *user) const {
  std::string file = (name + ".arch").str();
  std::error_code ignored;
  if (user) {
    fs::path folder = fs::path(user->file->path().str()).parent_path();
    if (fs::is_regular_file(folder / file, ignored)) {
      fs::path shown = fs::path(user->file->name().str()).parent_path();
      return FileName{(folder / file).string(), (shown / file).string(),
                      user->file->isLibrary()};
    }
  }
  for (const std::string &folder : searchPaths)
    if (fs::is_regular_file(fs::path(folder) / file, ignored))
      return FileName{(fs::path(folder) / file).string(), file, true};
  return std::nullopt;
}

Unit *Program::loadFile(const FileName &file, std::optional<std::string> text) {
  const std::string &path = file.path;
  auto [it, isNew] = byPath.try_emplace(path, nullptr);
  if (!isNew)
    return it->second;
  if (!text) {
    auto contents = readFile(path, maxFileSize);
    if (!contents) {
      diagnostics.error(contents.takeStatus());
      return nullptr;
    }
    text = std::move(*contents);
  }
  if (text->size() > maxFileSize || !isUtf8(*text)) {
    diagnostics.error(StringRef(path), text->size() > maxFileSize
                                           ? "the file is larger than 1 MiB"
                                           : "the file isn't UTF-8 text");
    return nullptr;
  }
  files.push_back(std::make_unique<SourceFile>(
      path, file.name, std::move(*text), file.isLibrary));
  all.push_back(std::make_unique<Unit>());
  Unit *unit = it->second = all.back().get();
  parse(*files.back(), arena, diagnostics, *unit);
  declareNames(*unit);
  loadUses(*unit);
  return unit;
}

void Program::declareNames(Unit &unit) {
  const Declaration *config = nullptr;
  for (const Declaration &declaration : unit.declarations) {
    const Identifier &name = declaration.name;
    auto [it, isNew] = unit.names.try_emplace(name.name, &declaration);
    if (!isNew)
      diagnostics.error(name.range, "'" + name.name + "' is declared twice")
          .note(it->second->name.range, "first here");
    if (declaration.kind != Declaration::Kind::Config)
      continue;
    if (config)
      diagnostics.error(name.range, "a file has one config")
          .note(config->name.range, "the other is here");
    config = &declaration;
  }
}

void Program::loadUses(Unit &unit) {
  for (const Use &use : unit.uses) {
    auto library = findLibrary(use.name.name, &unit);
    if (!library) {
      diagnostics
          .error(use.name.range, "there is no " + use.name.name + ".arch")
          .help("it is looked for beside this file and in: " +
                join(searchPaths, ", "));
      continue;
    }
    if (Unit *used = loadFile(*library, std::nullopt))
      unit.used.push_back(used);
  }
}

Program::Found Program::findPrelude(StringRef name) const {
  if (preludeUnit)
    if (const Declaration *found = preludeUnit->names.lookup(name))
      return {preludeUnit, found};
  return {};
}

/// Configs and dims belong to the file that declares them.
static bool isExported(const Declaration &declaration) {
  return declaration.kind != Declaration::Kind::Config &&
         declaration.kind != Declaration::Kind::Dim;
}

Program::Found Program::find(const Unit &unit, StringRef name) const {
  if (const Declaration *own = unit.names.lookup(name))
    return {&unit, own};
  for (const Unit *used : unit.used) {
    const Declaration *found = used->names.lookup(name);
    if (found && isExported(*found))
      return {used, found};
  }
  return findPrelude(name);
}

void Program::collectNames(const Unit &unit,
                           std::vector<std::string> &names) const {
  auto collect = [&](const Unit *from, bool own) {
    for (const Declaration &declaration : from->declarations)
      if (own || isExported(declaration))
        names.push_back(declaration.name.name.str());
  };
  collect(&unit, true);
  for (const Unit *used : unit.used)
    collect(used, false);
  if (preludeUnit)
    collect(preludeUnit, false);
}
