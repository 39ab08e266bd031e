//===- CacheCommand.cpp - tenon cache -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include "tools/tenon/ModelCache.h"

#include "support/JsonWriter.h"
#include "support/Text.h"
#include "support/Units.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace tenon::tool {

static Status list(bool asJson) {
  TENON_ASSIGN_OR_RETURN(std::string folder, cacheFolder());
  TENON_ASSIGN_OR_RETURN(auto models, listCache());
  TENON_ASSIGN_OR_RETURN(uint64_t other, otherCacheBytes());
  if (asJson) {
    JsonWriter json;
    json.beginObject().key("folder").string(folder).key("models").beginArray();
    for (const CachedModel &model : models) {
      json.beginObject().key("path").string(model.path);
      json.key("source").string(model.source);
      json.key("bytes").integer(static_cast<int64_t>(model.size)).endObject();
    }
    json.endArray().key("other_bytes").integer(static_cast<int64_t>(other));
    json.endObject();
    std::printf("%s\n", json.text().c_str());
    return Status::ok();
  }
  std::printf("%s\n", folder.c_str());
  for (const CachedModel &model : models)
    std::printf("  %8s  %s\n            from %s\n",
                humanSize(model.size).c_str(), model.path.c_str(),
                model.source.c_str());
  std::printf("  %8s  compiled kernels and the like\n",
              humanSize(other).c_str());
  return Status::ok();
}

static Status clear() {
  TENON_ASSIGN_OR_RETURN(uint64_t bytes, clearCache());
  std::printf("freed %s\n", humanSize(bytes).c_str());
  return Status::ok();
}

void addCacheCommand(CLI::App &app, Action &action) {
  CLI::App *command =
      app.add_subcommand("cache", "List or clear what was compiled before");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "one JSON value on stdout");
  CLI::App *listing = command->add_subcommand("list", "List it (the default)");
  listing->add_flag("--json", *json, "one JSON value on stdout");
  CLI::App *clearing = command->add_subcommand("clear", "Remove all of it");
  command->require_subcommand(0, 1);
  command->callback([=, &action] {
    bool isClear = clearing->parsed();
    action = [=] { return finish(isClear ? clear() : list(*json)); };
  });
}

} // namespace tenon::tool
