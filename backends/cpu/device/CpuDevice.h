//===- CpuDevice.h - plans on the host's processor --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_DEVICE_CPUDEVICE_H
#define TENON_BACKENDS_CPU_DEVICE_CPUDEVICE_H

#include "backends/cpu/device/CodeLibrary.h"

#include "runtime/Devices.h"

namespace tenon::cpu {

class CpuDevice : public runtime::Device {
public:
  explicit CpuDevice(runtime::Pool &pool) : pool_(pool) {}

  std::string_view name() const override { return "cpu"; }
  Result<std::vector<runtime::DeviceUnit>> units() override;
  Result<std::vector<std::string>> missingFeatures(std::string_view features,
                                                   uint32_t unit) override;
  Result<std::shared_ptr<runtime::DeviceProgram>>
  load(std::shared_ptr<const runtime::Artifact> artifact,
       const std::string &variant, uint32_t unit) override;
  runtime::DevicePeak measurePeak(unsigned threads) override;

private:
  runtime::Pool &pool_;
};

class CpuProgram : public runtime::DeviceProgram {
public:
  CpuProgram(std::shared_ptr<const runtime::Artifact> artifact,
             CodeLibrary code, uint32_t variant,
             std::vector<format::KernelFunction *> kernels, runtime::Pool &pool)
      : artifact_(std::move(artifact)), code_(std::move(code)),
        variant_(variant), kernels_(std::move(kernels)), pool_(pool) {}

  uint32_t variant() const override { return variant_; }
  Result<std::unique_ptr<runtime::DeviceSession>>
  createSession(unsigned threads) override;

  const runtime::Artifact &artifact() const { return *artifact_; }
  format::KernelFunction *kernel(uint32_t index) const {
    return kernels_[index];
  }

private:
  std::shared_ptr<const runtime::Artifact> artifact_;
  CodeLibrary code_;
  uint32_t variant_;
  std::vector<format::KernelFunction *> kernels_;
  runtime::Pool &pool_;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_DEVICE_CPUDEVICE_H
