//===- Manifest.cpp - what an artifact says of itself ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Manifest.h"

#include "runtime/Format.h"

#include "support/Json.h"
#include "support/JsonWriter.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::runtime {

Result<Manifest> Manifest::parse(std::string_view json,
                                 const std::string &path) {
  TENON_ASSIGN_OR_RETURN(Json value, parseJson(json, path + ": manifest"));
  JsonMembers members(value, path, "manifest");
  TENON_RETURN_IF_ERROR(members.checkObject());
  Manifest manifest;
  TENON_ASSIGN_OR_RETURN(manifest.target, members.string("target"));
  TENON_ASSIGN_OR_RETURN(manifest.compiler, members.string("compiler", ""));
  TENON_ASSIGN_OR_RETURN(manifest.family, members.string("family", ""));
  TENON_ASSIGN_OR_RETURN(manifest.architecture,
                         members.string("architecture", ""));
  TENON_ASSIGN_OR_RETURN(manifest.task, members.string("task", ""));
  TENON_ASSIGN_OR_RETURN(manifest.entry, members.string("entry", "forward"));
  if (const Json *others = members.find("other_targets")) {
    if (!others->is_array() || others->size() >= format::maxTargets)
      return members.wrong("other_targets", "a short list of names");
    for (const Json &other : *others) {
      std::string name = other.is_string() ? other.get<std::string>() : "";
      if (name.empty() || printable(name) != name || name == manifest.target ||
          std::ranges::count(manifest.otherTargets, name))
        return members.wrong("other_targets", "a list of different names");
      manifest.otherTargets.push_back(std::move(name));
    }
  }
  // They go to terminals as they are.
  for (const std::string *text :
       {&manifest.target, &manifest.compiler, &manifest.family,
        &manifest.architecture, &manifest.task, &manifest.entry})
    if (printable(*text) != *text)
      return Status::invalid(path, "manifest: a name isn't printable");
  return manifest;
}

std::string Manifest::toJson() const {
  JsonWriter json;
  json.beginObject();
  auto member = [&](std::string_view key, const std::string &value) {
    if (!value.empty())
      json.key(key).string(value);
  };
  member("target", target);
  if (!otherTargets.empty()) {
    json.key("other_targets").beginArray();
    for (const std::string &name : otherTargets)
      json.string(name);
    json.endArray();
  }
  member("compiler", compiler);
  member("family", family);
  member("architecture", architecture);
  member("task", task);
  member("entry", entry);
  json.endObject();
  return json.take();
}

} // namespace tenon::runtime
