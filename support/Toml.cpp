//===- Toml.cpp - reading TOML settings -----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// This file holds the code of toml++ for all others.
#define TOML_IMPLEMENTATION
#include "support/Toml.h"

#include "support/EditDistance.h"
#include "support/File.h"
#include "support/SourceText.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon {

static SourcePlace placeOf(const toml::source_region &region) {
  SourcePlace place{region.begin.line, region.begin.column, 1};
  if (region.end.line == region.begin.line &&
      region.end.column > region.begin.column)
    place.length = region.end.column - region.begin.column;
  return place;
}

Result<TomlFile> TomlFile::load(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(path, maxSize));
  return parse(std::move(text), path);
}

Result<TomlFile> TomlFile::parse(std::string text, std::string name) {
  toml::parse_result result = toml::parse(std::string_view(text));
  if (!result)
    return sourceError(name, text, placeOf(result.error().source()),
                       printable(result.error().description()));
  return TomlFile(std::move(name), std::move(text), std::move(result).table());
}

Status TomlFile::error(const toml::source_region &place,
                       std::string what) const {
  return sourceError(name_, text_, placeOf(place), std::move(what));
}

Status TomlFile::checkKeys(const toml::table &table,
                           std::span<const std::string> known) const {
  for (const auto &[key, value] : table) {
    std::string_view name = key.str();
    if (std::find(known.begin(), known.end(), name) != known.end())
      continue;
    return withSuggestion(
        error(key.source(), concat("unknown key ", quote(name))), name, known,
        "known keys");
  }
  return Status::ok();
}

} // namespace tenon
