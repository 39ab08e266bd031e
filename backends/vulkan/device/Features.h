//===- Features.h - what kernels may ask of a device ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_FEATURES_H
#define TENON_BACKENDS_VULKAN_DEVICE_FEATURES_H

#include "backends/vulkan/device/Driver.h"

#include <string>
#include <string_view>
#include <vector>

namespace tenon::vulkan {

/// What a device has of the features that targets name, see Target::features()
/// of the compile half, and how they are switched on.
class Features {
public:
  /// Asks the device.
  Status query(const DriverDevice &device);

  bool has(std::string_view feature) const;
  /// Threads of a subgroup, of kernels that ask for no other number.
  uint32_t subgroupSize() const { return subgroup_.subgroupSize; }
  /// Whether kernels can ask for subgroups that lack no thread.
  bool hasFullSubgroups() const { return used13_.computeFullSubgroups; }
  /// The threads that subgroups must have by such a list; 0: any number.
  static uint32_t requiredSubgroupSize(std::string_view features);
  /// The bytes that are bound at once by such a list.
  static uint32_t range(std::string_view features);

  /// All that kernels may use, for VkDeviceCreateInfo; it lives as long as
  /// this.
  const VkPhysicalDeviceFeatures2 *switchedOn() const { return &used_; }
  const std::vector<const char *> &extensions() const { return extensions_; }

  Features() = default;
  Features(const Features &) = delete;

private:
  Status queryMatrices(const DriverDevice &device);
  bool hasNumber(std::string_view name, bool atMost, uint32_t bound) const;

  VkPhysicalDeviceLimits limits_ = {};
  bool isSoftware_ = false, hasVulkan13_ = false;
  VkPhysicalDeviceSubgroupProperties subgroup_ = {};
  VkPhysicalDeviceSubgroupSizeControlProperties subgroupSizes_ = {};
  VkPhysicalDeviceFloatControlsProperties floats_ = {};
  VkPhysicalDeviceShaderIntegerDotProductProperties dots_ = {};
  /// Of fp16 with sums in fp32, in a subgroup: "16x16x16".
  std::vector<std::string> matrices_;

  VkPhysicalDeviceFeatures2 used_ = {};
  VkPhysicalDeviceVulkan11Features used11_ = {};
  VkPhysicalDeviceVulkan12Features used12_ = {};
  VkPhysicalDeviceVulkan13Features used13_ = {};
  MatrixFeatures usedMatrices_ = {};
  std::vector<const char *> extensions_;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_FEATURES_H
