//===- VulkanDevice.cpp - plans on a GPU through Vulkan -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/VulkanProgram.h"

#include "runtime/Devices.h"

#include <mutex>

namespace tenon::vulkan {

namespace {
/// The driver is loaded when somebody asks for its devices: a program that runs
/// other artifacts doesn't pay for it.
class VulkanDevice : public runtime::Device {
public:
  std::string_view name() const override { return "vulkan"; }

  Result<std::vector<runtime::DeviceUnit>> units() override {
    TENON_ASSIGN_OR_RETURN(auto driver, start());
    std::vector<runtime::DeviceUnit> units;
    for (const DriverDevice &device : driver->devices())
      units.push_back({device.properties.deviceName, device.isSoftware()});
    return units;
  }

  Result<std::vector<std::string>> missingFeatures(std::string_view features,
                                                   uint32_t unit) override {
    TENON_ASSIGN_OR_RETURN(auto driver, start());
    TENON_ASSIGN_OR_RETURN(auto context, Context::get(driver, unit));
    return context->missingFeatures(features);
  }

  Result<std::shared_ptr<runtime::DeviceProgram>>
  load(std::shared_ptr<const runtime::Artifact> artifact,
       const std::string &variant, uint32_t unit) override {
    TENON_ASSIGN_OR_RETURN(auto driver, start());
    TENON_ASSIGN_OR_RETURN(auto context, Context::get(driver, unit));
    return VulkanProgram::load(std::move(context), std::move(artifact),
                               variant);
  }

private:
  /// Its devices keep their numbers as long as this lives.
  Result<std::shared_ptr<const Driver>> start() {
    std::lock_guard lock(mutex_);
    if (!driver_) {
      TENON_ASSIGN_OR_RETURN(driver_, Driver::get());
    }
    return driver_;
  }

  std::mutex mutex_;
  std::shared_ptr<const Driver> driver_;
};
} // namespace

} // namespace tenon::vulkan

namespace tenon::runtime {
std::unique_ptr<Device> createDevice_vulkan(const DeviceContext &) {
  return std::make_unique<vulkan::VulkanDevice>();
}
} // namespace tenon::runtime
