//===- Instance.cpp - threads and devices that models share ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Instance.h"

#include "runtime/Devices.h"

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

} // namespace tenon::runtime
