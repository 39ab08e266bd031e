//===- CpuDevice.cpp - plans on the host's processor ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/device/CpuDevice.h"

#include "backends/cpu/device/CpuSession.h"
#include "backends/cpu/device/Probes.h"
#include "backends/cpu/device/Variants.h"
#include "runtime/CpuFeatures.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::cpu {

Result<std::vector<runtime::DeviceUnit>> CpuDevice::units() {
  return std::vector<runtime::DeviceUnit>{
      {concat(runtime::processorName(), ", ", runtime::processorLevel(), ", ",
              plural(pool_.size(), "thread"))}};
}

Result<std::vector<std::string>>
CpuDevice::missingFeatures(std::string_view features, uint32_t) {
  return runtime::missingFeatures(features);
}

Result<std::shared_ptr<runtime::DeviceProgram>>
CpuDevice::load(std::shared_ptr<const runtime::Artifact> artifact,
                const std::string &variant, uint32_t) {
  TENON_ASSIGN_OR_RETURN(uint32_t index, selectVariant(*artifact, variant));
  TENON_ASSIGN_OR_RETURN(CodeLibrary code, CodeLibrary::load(artifact));
  TENON_ASSIGN_OR_RETURN(auto kernels, code.kernels(index));
  return std::shared_ptr<runtime::DeviceProgram>(std::make_shared<CpuProgram>(
      std::move(artifact), std::move(code), index, std::move(kernels), pool_));
}

runtime::DevicePeak CpuDevice::measurePeak(unsigned threads) {
  return cpu::measurePeak(pool_, threads ? threads : pool_.size());
}

Result<std::unique_ptr<runtime::DeviceSession>>
CpuProgram::createSession(unsigned threads) {
  if (!threads)
    threads = pool_.size();
  if (threads > pool_.size())
    return Status::invalid("threads",
                           concat("a session can't have ", threads,
                                  ", the instance has ", pool_.size()));
  return std::unique_ptr<runtime::DeviceSession>(
      std::make_unique<CpuSession>(*this, pool_, threads));
}

} // namespace tenon::cpu

namespace tenon::runtime {
std::unique_ptr<Device> createDevice_cpu(const DeviceContext &context) {
  return std::make_unique<cpu::CpuDevice>(context.pool);
}
} // namespace tenon::runtime
