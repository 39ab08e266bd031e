//===- DevicesCommand.cpp - tenon devices ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include "tools/tenon/Diagnostics.h"

#include "runtime/Instance.h"

#include "support/JsonWriter.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace tenon::tool {

static Status listDevices(bool asJson) {
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  JsonWriter json;
  json.beginArray();
  for (const auto &device : instance->devices()) {
    auto units = device->units();
    if (!units && !asJson)
      reportNote(units.status().render());
    for (size_t i = 0; units && i < units->size(); ++i) {
      const runtime::DeviceUnit &unit = (*units)[i];
      std::string name = runtime::unitName(device->name(), i);
      json.beginObject().key("name").string(name);
      json.key("description").string(unit.description);
      json.key("software").boolean(unit.isSoftware).endObject();
      if (!asJson)
        std::printf("%s: %s%s\n", name.c_str(), unit.description.c_str(),
                    unit.isSoftware ? " (software)" : "");
    }
  }
  json.endArray();
  if (asJson)
    std::printf("%s\n", json.text().c_str());
  return Status::ok();
}

void addDevicesCommand(CLI::App &app, Action &action) {
  CLI::App *command =
      app.add_subcommand("devices", "List what models can run on here");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "one JSON value on stdout");
  command->callback(
      [=, &action] { action = [=] { return finish(listDevices(*json)); }; });
}

} // namespace tenon::tool
