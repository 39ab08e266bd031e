//===- VulkanDevice.cpp - plans on a GPU through Vulkan -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/VulkanProgram.h"

#include "runtime/Devices.h"

namespace tenon::vulkan {

namespace {
/// The driver is loaded with the first artifact that is for it: a program that
/// runs others doesn't pay for it.
class VulkanDevice : public runtime::Device {
public:
  std::string_view name() const override { return "vulkan"; }

  std::string description() const override {
    auto context = Context::get();
    return context ? (*context)->name() : "none";
  }

  Status check() const override {
    auto context = Context::get();
    return context ? Status::ok() : context.takeStatus();
  }

  Result<std::shared_ptr<runtime::DeviceProgram>>
  load(std::shared_ptr<const runtime::Artifact> artifact,
       const std::string &variant) override {
    TENON_ASSIGN_OR_RETURN(auto context, Context::get());
    return VulkanProgram::load(std::move(context), std::move(artifact),
                               variant);
  }

  /// Nothing is known of it yet.
  runtime::DevicePeak measurePeak(unsigned) override { return {}; }
};
} // namespace

} // namespace tenon::vulkan

namespace tenon::runtime {
std::unique_ptr<Device> createDevice_vulkan(const DeviceContext &) {
  return std::make_unique<vulkan::VulkanDevice>();
}
} // namespace tenon::runtime
