//===- Model.cpp - an artifact that is ready to run -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Model.h"

#include "support/Text.h"

namespace tenon::runtime {

Result<std::shared_ptr<const Model>>
Model::open(std::shared_ptr<Instance> instance, const std::string &path,
            const ModelOptions &options) {
  auto model = std::make_shared<Model>();
  TENON_ASSIGN_OR_RETURN(model->artifact_, Artifact::open(path));
  if (options.checkWeights)
    TENON_RETURN_IF_ERROR(
        model->artifact_->checkWeights(instance->pool().size()));
  const std::string &target = model->artifact_->manifest().target;
  Device *device = instance->findDevice(target);
  if (!device)
    return Status::invalid(
        path, concat("is for device ", quote(target), ", which isn't here"));
  TENON_ASSIGN_OR_RETURN(model->program_,
                         device->load(model->artifact_, options.variant));
  model->instance_ = std::move(instance);
  return std::shared_ptr<const Model>(std::move(model));
}

} // namespace tenon::runtime
