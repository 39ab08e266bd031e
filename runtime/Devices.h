//===- Devices.h - the devices of this build --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_DEVICES_H
#define TENON_RUNTIME_DEVICES_H

#include "runtime/Device.h"

namespace tenon::runtime {

/// What an instance lends its devices.
struct DeviceContext {
  Pool &pool;
};

// `createDevice_NAME` for each folder backends/NAME/device. It is called
// whenever an instance is made, so drivers are left for later: see
// Device::check().
#define TENON_DEVICE(name)                                                     \
  std::unique_ptr<Device> createDevice_##name(const DeviceContext &context);
#include "runtime/DeviceList.def"
#undef TENON_DEVICE

/// All devices that this build knows.
std::vector<std::unique_ptr<Device>>
createDevices(const DeviceContext &context);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DEVICES_H
