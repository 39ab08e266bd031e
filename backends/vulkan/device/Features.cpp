//===- Features.cpp - what kernels may ask of a device --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/Features.h"

#include "backends/vulkan/Bindings.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::vulkan {

static constexpr const char *matrixExtension = "VK_KHR_cooperative_matrix";

Status Features::query(const DriverDevice &device) {
  limits_ = device.properties.limits;
  isSoftware_ = device.isSoftware();
  hasVulkan13_ = device.apiVersion >= VK_API_VERSION_1_3;
  // The structs of 1.1 came with 1.2. Before, kernels for `baseline` run.
  bool hasVulkan12 = device.apiVersion >= VK_API_VERSION_1_2;

  VkPhysicalDeviceVulkan13Features in13 = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES};
  VkPhysicalDeviceVulkan12Features in12 = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
      hasVulkan13_ ? &in13 : nullptr};
  VkPhysicalDeviceVulkan11Features in11 = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, &in12};
  VkPhysicalDeviceFeatures2 present = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
      hasVulkan12 ? &in11 : nullptr};
  vkGetPhysicalDeviceFeatures2(device.handle, &present);

  subgroupSizes_.sType =
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES;
  subgroup_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  subgroup_.pNext = hasVulkan12 ? &floats_ : nullptr;
  floats_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES;
  floats_.pNext = hasVulkan13_ ? &subgroupSizes_ : nullptr;
  subgroupSizes_.pNext = &dots_;
  dots_.sType =
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES;
  VkPhysicalDeviceProperties2 properties = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &subgroup_};
  vkGetPhysicalDeviceProperties2(device.handle, &properties);
  if (!(subgroup_.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT))
    subgroup_.supportedOperations = 0;
  if (!(subgroupSizes_.requiredSubgroupSizeStages &
        VK_SHADER_STAGE_COMPUTE_BIT))
    in13.subgroupSizeControl = VK_FALSE;

  // Only what kernels use: some features cost time.
  used_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  used_.pNext = hasVulkan12 ? &used11_ : nullptr;
  used_.features.shaderInt64 = present.features.shaderInt64;
  used_.features.shaderInt16 = present.features.shaderInt16;
  used11_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
  used11_.pNext = &used12_;
  used11_.storageBuffer16BitAccess = in11.storageBuffer16BitAccess;
  used12_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  used12_.pNext = hasVulkan13_ ? &used13_ : nullptr;
  used12_.shaderInt8 = in12.shaderInt8;
  used12_.shaderFloat16 = in12.shaderFloat16;
  used12_.storageBuffer8BitAccess = in12.storageBuffer8BitAccess;
  used13_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES;
  used13_.subgroupSizeControl = in13.subgroupSizeControl;
  used13_.shaderIntegerDotProduct = in13.shaderIntegerDotProduct;
  used13_.computeFullSubgroups =
      in13.subgroupSizeControl && in13.computeFullSubgroups;
  // With the first alone, words couldn't be shared by all threads of a device.
  used12_.vulkanMemoryModel = used12_.vulkanMemoryModelDeviceScope =
      in12.vulkanMemoryModel && in12.vulkanMemoryModelDeviceScope;

  std::vector<VkExtensionProperties> all;
  TENON_RETURN_IF_ERROR(
      listAll(all, "list what a device has",
              [&](uint32_t *count, VkExtensionProperties *properties) {
                return vkEnumerateDeviceExtensionProperties(
                    device.handle, nullptr, count, properties);
              }));
  // Who has this wants it switched on; kernels need nothing that it lacks.
  constexpr const char *portability = "VK_KHR_portability_subset";
  if (hasExtension(all, portability))
    extensions_.push_back(portability);
  // A loader gives the function also where no device has it.
  return hasVulkan13_ && used12_.vulkanMemoryModel &&
                 hasExtension(all, matrixExtension) &&
                 vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR
             ? queryMatrices(device)
             : Status::ok();
}

/// Numbers of VkComponentTypeKHR, VkScopeKHR.
static constexpr uint32_t float16 = 0, float32 = 1, ofSubgroup = 3;

Status Features::queryMatrices(const DriverDevice &device) {
  MatrixFeatures present = {MatrixFeatures::type};
  VkPhysicalDeviceFeatures2 features = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &present};
  vkGetPhysicalDeviceFeatures2(device.handle, &features);
  MatrixStages stages = {MatrixStages::type};
  VkPhysicalDeviceProperties2 properties = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &stages};
  vkGetPhysicalDeviceProperties2(device.handle, &properties);
  if (!present.cooperativeMatrix ||
      !(stages.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT))
    return Status::ok();

  std::vector<MatrixProperties> kinds;
  TENON_RETURN_IF_ERROR(
      listAll(kinds, "list a device's matrices",
              [&](uint32_t *count, MatrixProperties *properties) {
                return vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(
                    device.handle, count, properties);
              },
              {MatrixProperties::type}));
  for (const MatrixProperties &kind : kinds)
    if (kind.aType == float16 && kind.bType == float16 &&
        kind.cType == float32 && kind.resultType == float32 &&
        kind.scope == ofSubgroup)
      matrices_.push_back(concat(kind.m, "x", kind.n, "x", kind.k));
  if (matrices_.empty())
    return Status::ok();
  usedMatrices_ = {MatrixFeatures::type};
  usedMatrices_.cooperativeMatrix = VK_TRUE;
  used13_.pNext = &usedMatrices_;
  extensions_.push_back(matrixExtension);
  return Status::ok();
}

bool Features::hasNumber(std::string_view name, bool atMost,
                         uint32_t bound) const {
  const std::pair<std::string_view, uint32_t> numbers[] = {
      {"maxComputeWorkGroupInvocations",
       std::min(limits_.maxComputeWorkGroupInvocations,
                limits_.maxComputeWorkGroupSize[0])},
      {"maxComputeSharedMemorySize", limits_.maxComputeSharedMemorySize},
      {"maxTexelBufferElements", limits_.maxTexelBufferElements},
      {"maxStorageBufferRange", limits_.maxStorageBufferRange},
      {"maxComputeWorkgroupSubgroups",
       subgroupSizes_.maxComputeWorkgroupSubgroups},
      {"subgroupSize", subgroup_.subgroupSize}};
  return std::ranges::any_of(numbers, [&](const auto &entry) {
    return entry.first == name &&
           (atMost ? entry.second <= bound : entry.second >= bound);
  });
}

/// The number behind `key` in a list of features, or `none`.
static uint32_t numberOf(std::string_view features, std::string_view key,
                         uint32_t none) {
  for (std::string_view feature : split(features, ','))
    if (feature.starts_with(key))
      if (auto number = parseInteger(feature.substr(key.size()));
          number && *number > 0 && *number <= UINT32_MAX)
        return static_cast<uint32_t>(*number);
  return none;
}

uint32_t Features::requiredSubgroupSize(std::string_view features) {
  return numberOf(features, "requiredSubgroupSize=", 0);
}

uint32_t Features::range(std::string_view features) {
  return numberOf(features, rangeFeature, guaranteedRange);
}

bool Features::has(std::string_view feature) const {
  size_t equals = feature.find('=');
  if (equals != feature.npos) {
    std::string_view name = feature.substr(0, equals);
    std::string_view text = feature.substr(equals + 1);
    if (name == "cooperativeMatrix")
      return std::ranges::find(matrices_, text) != matrices_.end();
    auto number = parseInteger(text);
    if (!number || *number < 0 || *number > UINT32_MAX)
      return false;
    auto bound = static_cast<uint32_t>(*number);
    if (name == "requiredSubgroupSize")
      return used13_.subgroupSizeControl &&
             bound >= subgroupSizes_.minSubgroupSize &&
             bound <= subgroupSizes_.maxSubgroupSize;
    return !name.empty() && hasNumber(name.substr(0, name.size() - 1),
                                      name.back() == '<', bound);
  }
  const std::pair<std::string_view, bool> known[] = {
      {"shaderInt64", used_.features.shaderInt64},
      {"shaderInt16", used_.features.shaderInt16},
      {"shaderInt8", used12_.shaderInt8},
      {"shaderFloat16", used12_.shaderFloat16},
      {"shaderSignedZeroInfNanPreserveFloat32",
       floats_.shaderSignedZeroInfNanPreserveFloat32},
      {"shaderSignedZeroInfNanPreserveFloat16",
       floats_.shaderSignedZeroInfNanPreserveFloat16},
      {"storageBuffer16BitAccess", used11_.storageBuffer16BitAccess},
      {"storageBuffer8BitAccess", used12_.storageBuffer8BitAccess},
      {"shaderIntegerDotProduct", used13_.shaderIntegerDotProduct},
      {"integerDotProduct4x8BitPackedSignedAccelerated",
       dots_.integerDotProduct4x8BitPackedSignedAccelerated},
      {"vulkanMemoryModel", used12_.vulkanMemoryModel},
      {"VK_API_VERSION_1_3", hasVulkan13_},
      {"VK_PHYSICAL_DEVICE_TYPE_CPU", isSoftware_},
      {"VK_SUBGROUP_FEATURE_ARITHMETIC_BIT",
       subgroup_.supportedOperations & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT}};
  return std::ranges::any_of(known, [&](const auto &entry) {
    return entry.first == feature && entry.second;
  });
}

} // namespace tenon::vulkan
