//===- Instance.h - threads and devices that models share -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_INSTANCE_H
#define TENON_RUNTIME_INSTANCE_H

#include "runtime/Device.h"

namespace tenon::runtime {

/// What a unit of a device is asked for by: `vulkan`, `vulkan:1`.
std::string unitName(std::string_view device, size_t unit);

/// For any number of threads at once.
class Instance {
public:
  static Result<std::shared_ptr<Instance>> create(const PoolOptions &options);

  Pool &pool() { return *pool_; }
  std::span<const std::unique_ptr<Device>> devices() const { return devices_; }
  /// The device of this name; null if there is none.
  Device *findDevice(std::string_view name) const;
  /// The unit of a device that unitName() calls so, or an error that lists all.
  Result<std::pair<Device *, uint32_t>> findUnit(std::string_view name) const;

private:
  std::unique_ptr<Pool> pool_;
  std::vector<std::unique_ptr<Device>> devices_;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_INSTANCE_H
