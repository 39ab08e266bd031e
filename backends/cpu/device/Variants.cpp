//===- Variants.cpp - which code suits this processor ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/device/Variants.h"

#include "runtime/CpuFeatures.h"

#include "support/EditDistance.h"
#include "support/Text.h"

namespace tenon::cpu {

Result<uint32_t> selectVariant(const runtime::Artifact &artifact,
                               const std::string &name) {
  const runtime::Plan &plan = artifact.plan();
  std::vector<std::string> names, lacking;
  for (uint32_t i = 0; i < plan.variants().size(); ++i) {
    const format::Variant &variant = plan.variants()[i];
    names.emplace_back(plan.text(variant.name));
    if (!name.empty() && name != names.back())
      continue;
    std::vector<std::string> missing =
        runtime::missingFeatures(plan.text(variant.features));
    if (missing.empty())
      return i;
    lacking.push_back(
        concat(names.back(), " (lacks ", join(missing, ", "), ")"));
  }
  if (names.empty())
    return Status::invalid(artifact.path(), "has no code for any CPU");
  if (lacking.empty())
    return withSuggestion(
        Status::invalid(artifact.path(),
                        concat("has no code for CPU ", quote(name))),
        name, names, "it has code for");
  return Status::invalid(
             artifact.path(),
             concat("this CPU can't run its code for ", join(lacking, ", ")))
      .help("compile the model for this CPU, with --cpu native");
}

} // namespace tenon::cpu
