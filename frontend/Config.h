//===- Config.h - the settings of a network ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_CONFIG_H
#define TENON_FRONTEND_CONFIG_H

#include "support/Json.h"
#include "support/Toml.h"

#include <map>

namespace tenon::arch {

/// A config file (JSON or TOML) before it is read as a program declares it.
struct ConfigSource {
  Json json = Json::object();
  /// What messages call the file.
  std::string where;
  /// Other keys that a field may be stored under.
  std::map<std::string, std::vector<std::string>> aliases;

  /// Where the values of a TOML file are written, by their path (`a.b[1]`).
  std::shared_ptr<const TomlFile> toml;
  std::map<std::string, toml::source_region> places;

  /// An error about the value at a path, or about the file.
  Status error(const std::string &path, std::string what) const;

  /// Reads a `.toml` file, or JSON.
  static Result<ConfigSource> load(const std::string &path);
  static Result<ConfigSource> parse(std::string text, const std::string &where,
                                    bool isToml);
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_CONFIG_H
