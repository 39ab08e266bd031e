//===- Config.cpp - the settings of a network -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Config.h"

#include "support/File.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;

/// Real ones have a few kilobytes.
static constexpr uint64_t maxConfigSize = 16 << 20;

/// A TOML value as JSON, with its places; dates become strings.
static Json toJson(const toml::node &node, const std::string &path,
                   ConfigSource &source) {
  source.places[path] = node.source();
  if (const toml::table *table = node.as_table()) {
    Json object = Json::object();
    for (const auto &[key, value] : *table) {
      std::string name(key.str());
      object[name] =
          toJson(value, path.empty() ? name : path + "." + name, source);
    }
    return object;
  }
  if (const toml::array *array = node.as_array()) {
    Json list = Json::array();
    for (const toml::node &element : *array)
      list.push_back(
          toJson(element, concat(path, "[", list.size(), "]"), source));
    return list;
  }
  if (const auto *text = node.as_string())
    return text->get();
  if (const auto *integer = node.as_integer())
    return integer->get();
  if (const auto *number = node.as_floating_point())
    return number->get();
  if (const auto *flag = node.as_boolean())
    return flag->get();
  std::ostringstream text;
  toml::node_view<const toml::node>(node).visit(
      [&](const auto &value) { text << value; });
  return text.str();
}

Status ConfigSource::error(const std::string &path, std::string what) const {
  auto place = places.find(path);
  if (path.empty() || place == places.end())
    return Status::invalid(where, std::move(what));
  return toml->error(place->second, std::move(what));
}

Result<ConfigSource>
ConfigSource::parse(std::string text, const std::string &where, bool isToml) {
  ConfigSource source;
  source.where = where;
  if (isToml) {
    TENON_ASSIGN_OR_RETURN(TomlFile file,
                           TomlFile::parse(std::move(text), where));
    source.toml = std::make_shared<const TomlFile>(std::move(file));
    source.json = toJson(source.toml->root(), "", source);
    return source;
  }
  TENON_ASSIGN_OR_RETURN(source.json, parseJson(text, where));
  if (!source.json.is_object())
    return Status::invalid(where, "expected an object of settings");
  return source;
}

Result<ConfigSource> ConfigSource::load(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(path, maxConfigSize));
  return parse(std::move(text), path, path.ends_with(".toml"));
}
