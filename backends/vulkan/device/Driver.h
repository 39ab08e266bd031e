//===- Driver.h - Vulkan's driver and its devices ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_DRIVER_H
#define TENON_BACKENDS_VULKAN_DEVICE_DRIVER_H

#include "backends/vulkan/device/Functions.h"

#include "support/Status.h"

#include <memory>
#include <string_view>
#include <vector>

namespace tenon::vulkan {

/// An error if `result` is one: `what` couldn't be done.
Status checkResult(VkResult result, std::string_view what);

/// A device that can run kernels, not yet opened.
struct DriverDevice {
  VkPhysicalDevice handle;
  VkPhysicalDeviceProperties properties;
  /// What may be used: the lesser of the device's version and the instance's.
  uint32_t apiVersion;
  uint32_t queueFamily;
  /// Nanoseconds of a step of the device's clock; 0 if it has none.
  double clockStep;

  bool isSoftware() const {
    return properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
  }
};

/// The driver, and what it found when it was started. For any number of
/// threads.
class Driver {
public:
  /// That of this process, started by the first call and whenever nobody had
  /// it. Fails if there is none, or none with a device.
  static Result<std::shared_ptr<const Driver>> get();

  Driver() = default;
  Driver(const Driver &) = delete;
  ~Driver();

  /// Best first and never empty.
  const std::vector<DriverDevice> &devices() const { return devices_; }

private:
  Status start();
  Status findDevices();

  VkInstance instance_ = VK_NULL_HANDLE;
  uint32_t apiVersion_ = 0; ///< That the instance was made for.
  std::vector<DriverDevice> devices_;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_DRIVER_H
