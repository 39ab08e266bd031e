//===- Model.cpp - an artifact that is ready to run -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Model.h"

#include "support/Text.h"

namespace tenon::runtime {

Status Model::loadOn(Device &device, uint32_t unit, uint32_t target,
                     const std::string &variant) {
  artifact_->select(target);
  TENON_ASSIGN_OR_RETURN(program_, device.load(artifact_, variant, unit));
  device_ = &device;
  deviceName_ = unitName(device.name(), unit);
  return Status::ok();
}

Status Model::loadOn(std::string_view name, const std::string &variant) {
  TENON_ASSIGN_OR_RETURN(auto found, instance_->findUnit(name));
  auto [device, unit] = found;
  std::vector<std::string> targets;
  for (const TargetView &target : artifact_->targets()) {
    if (target.name == device->name())
      return loadOn(*device, unit, static_cast<uint32_t>(targets.size()),
                    variant);
    targets.push_back(target.name);
  }
  return Status::invalid(artifact_->path(),
                         concat("has no code for device ", quote(name),
                                ", but for ", join(targets, ", ")));
}

Status Model::loadAnywhere(const std::string &variant) {
  Status first = Status::ok();
  uint32_t count = static_cast<uint32_t>(artifact_->targets().size());
  for (bool takesSoftware : {false, true})
    for (uint32_t i = 0; i < count; ++i) {
      const std::string &target = artifact_->targets()[i].name;
      Status status = Status::ok();
      if (Device *device = instance_->findDevice(target)) {
        auto units = device->units();
        if (units && takesSoftware != (units->front().isSoftware && count > 1))
          continue;
        status = units ? loadOn(*device, 0, i, variant) : units.takeStatus();
        if (status)
          return status;
      } else {
        status = Status::invalid(
            artifact_->path(),
            concat("is for device ", quote(target), ", which isn't here"));
      }
      if (first)
        first = std::move(status);
    }
  return first;
}

Result<std::shared_ptr<const Model>>
Model::open(std::shared_ptr<Instance> instance, const std::string &path,
            const ModelOptions &options) {
  auto model = std::make_shared<Model>();
  TENON_ASSIGN_OR_RETURN(model->artifact_, Artifact::open(path));
  if (options.checkWeights)
    TENON_RETURN_IF_ERROR(
        model->artifact_->checkWeights(instance->pool().size()));
  model->instance_ = std::move(instance);
  TENON_RETURN_IF_ERROR(options.device.empty()
                            ? model->loadAnywhere(options.variant)
                            : model->loadOn(options.device, options.variant));
  return std::shared_ptr<const Model>(std::move(model));
}

} // namespace tenon::runtime
