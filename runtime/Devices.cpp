//===- Devices.cpp - the devices of this build ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Devices.h"

namespace tenon::runtime {

std::vector<std::unique_ptr<Device>>
createDevices(const DeviceContext &context) {
  std::vector<std::unique_ptr<Device>> devices;
#define TENON_DEVICE(name) devices.push_back(createDevice_##name(context));
#include "runtime/DeviceList.def"
#undef TENON_DEVICE
  return devices;
}

} // namespace tenon::runtime
