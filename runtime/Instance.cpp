//===- Instance.cpp - threads and devices that models share ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Instance.h"

#include "runtime/Devices.h"

#include "support/Text.h"

namespace tenon::runtime {

Result<std::shared_ptr<Instance>> Instance::create(const PoolOptions &options) {
  auto instance = std::make_shared<Instance>();
  TENON_ASSIGN_OR_RETURN(instance->pool_, Pool::create(options));
  instance->devices_ = createDevices({*instance->pool_});
  return instance;
}

Device *Instance::findDevice(std::string_view name) const {
  for (const auto &device : devices_)
    if (device->name() == name)
      return device.get();
  return nullptr;
}

std::string unitName(std::string_view device, size_t unit) {
  return unit ? concat(device, ':', unit) : std::string(device);
}

Result<std::pair<Device *, uint32_t>>
Instance::findUnit(std::string_view name) const {
  std::string reason;
  std::vector<std::string> names;
  for (const auto &device : devices_) {
    auto units = device->units();
    if (!units && name.substr(0, name.find(':')) == device->name())
      reason = concat(" (", units.status().what(), ")");
    for (uint32_t i = 0; units && i < units->size(); ++i) {
      names.push_back(unitName(device->name(), i));
      if (name == names.back())
        return std::pair(device.get(), i);
    }
  }
  return Status::usage("device",
                       concat("there is no ", quote(name), " here", reason,
                              ": devices are ", join(names, ", ")));
}

} // namespace tenon::runtime
