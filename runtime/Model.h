//===- Model.h - an artifact that is ready to run ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MODEL_H
#define TENON_RUNTIME_MODEL_H

#include "runtime/Instance.h"

namespace tenon::runtime {

struct ModelOptions {
  /// The variant to use; empty: the best for this machine.
  std::string variant;
  /// Whether to compare the hashes of all weights, which reads them.
  bool checkWeights = false;
  /// What to run on, as unitName() calls it. Empty: the first of the
  /// artifact's targets that this machine has a device for and that can be
  /// loaded; software drivers only if there is none else.
  std::string device = {};
};

/// Immutable; for any number of threads at once.
class Model {
public:
  /// Opens an artifact, checks it and loads its code: from here on, code of the
  /// artifact may run.
  static Result<std::shared_ptr<const Model>>
  open(std::shared_ptr<Instance> instance, const std::string &path,
       const ModelOptions &options = {});

  const Artifact &artifact() const { return *artifact_; }
  const Plan &plan() const { return artifact_->plan(); }
  DeviceProgram &program() const { return *program_; }
  Instance &instance() const { return *instance_; }
  /// What it runs on.
  Device &device() const { return *device_; }
  const std::string &deviceName() const { return deviceName_; }

private:
  Status loadOn(Device &device, uint32_t unit, uint32_t target,
                const std::string &variant);
  Status loadOn(std::string_view name, const std::string &variant);
  Status loadAnywhere(const std::string &variant);

  std::shared_ptr<Instance> instance_;
  std::shared_ptr<Artifact> artifact_;
  std::shared_ptr<DeviceProgram> program_;
  Device *device_ = nullptr;
  std::string deviceName_;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_MODEL_H
