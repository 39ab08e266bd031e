//===- Config.h - the settings of a network ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_CONFIG_H
#define TENON_FRONTEND_CONFIG_H

#include "support/Json.h"

#include <map>

namespace tenon::arch {

/// A config file (JSON or TOML) before it is read as a program declares it.
struct ConfigSource {
  Json json = Json::object();
  /// What messages call the file.
  std::string where;
  /// Other keys that a field may be stored under.
  std::map<std::string, std::vector<std::string>> aliases;

  /// Reads a `.toml` file, or JSON.
  static Result<ConfigSource> load(const std::string &path);
  static Result<ConfigSource> parse(std::string text, const std::string &where,
                                    bool isToml);
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_CONFIG_H
