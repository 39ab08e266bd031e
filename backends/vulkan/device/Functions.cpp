//===- Functions.cpp - the functions of Vulkan that are used --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/Functions.h"

#include <cstring>
#include <dlfcn.h>

namespace tenon::vulkan {

#define TENON_DEFINE(name) PFN_##name name;
TENON_VULKAN_GLOBAL_FUNCTIONS(TENON_DEFINE)
TENON_VULKAN_FUNCTIONS(TENON_DEFINE)
#undef TENON_DEFINE
VkResult(VKAPI_PTR *vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)(
    VkPhysicalDevice, uint32_t *, MatrixProperties *);

static PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr;

bool loadGlobalFunctions() {
  // It stays: drivers start threads that outlive what they were started for.
  static void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return false;
  vkGetInstanceProcAddr = reinterpret_cast<PFN_vkGetInstanceProcAddr>(
      dlsym(library, "vkGetInstanceProcAddr"));
  if (!vkGetInstanceProcAddr)
    return false;
  bool hasAll = true;
#define TENON_LOAD(name)                                                       \
  name = reinterpret_cast<PFN_##name>(vkGetInstanceProcAddr(nullptr, #name));  \
  hasAll &= name != nullptr;
  TENON_VULKAN_GLOBAL_FUNCTIONS(TENON_LOAD)
#undef TENON_LOAD
  return hasAll;
}

bool loadFunctions(VkInstance instance) {
  bool hasAll = true;
  // A call for each takes half the code that a copy of this would.
  auto load = [&](const char *name, void *to) __attribute__((noinline)) {
    PFN_vkVoidFunction function = vkGetInstanceProcAddr(instance, name);
    hasAll &= function != nullptr;
    std::memcpy(to, &function, sizeof(function));
  };
#define TENON_LOAD(name) load(#name, &name);
  TENON_VULKAN_FUNCTIONS(TENON_LOAD)
#undef TENON_LOAD
  vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR = reinterpret_cast<
      decltype(vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)>(
      vkGetInstanceProcAddr(
          instance, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR"));
  return hasAll;
}

} // namespace tenon::vulkan
