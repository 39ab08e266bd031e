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

/// All that `list(count, items)` knows, one of Vulkan's functions that give
/// how many there are or as many as there is room for. What it adds between two
/// calls is fetched, too. `blank` is what it fills in.
template <typename T, typename List>
Status listAll(std::vector<T> &all, std::string_view what, const List &list,
               const T &blank = {}) {
  VkResult result;
  uint32_t count = 0;
  do {
    result = list(&count, nullptr);
    all.assign(count, blank);
    if (result == VK_SUCCESS && count)
      result = list(&count, all.data());
  } while (result == VK_INCOMPLETE);
  all.resize(count);
  return checkResult(result, what);
}

bool hasExtension(const std::vector<VkExtensionProperties> &all,
                  std::string_view name);

/// A device that can run kernels, not yet opened.
struct DriverDevice {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  VkPhysicalDeviceProperties properties = {};
  /// What may be used: the lesser of the device's version and the instance's.
  uint32_t apiVersion = 0;
  uint32_t queueFamily = 0;
  /// Nanoseconds of a step of the device's clock; 0 if it has none.
  double clockStep = 0;
  uint64_t clockMask = 0; ///< The bits of its times.

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
