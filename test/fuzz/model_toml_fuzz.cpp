//===- model_toml_fuzz.cpp - hostile families -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "frontend/Family.h"

using namespace tenon;
using namespace tenon::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size);
  auto file = TomlFile::parse(std::move(text), "model.toml");
  if (!file)
    return 0;
  auto family = Family::read(*file, "folder");
  if (!family) {
    require(family.status().message().starts_with("model.toml:"));
    return 0;
  }
  // What readers rely on.
  require(!family->name.empty());
  for (const auto &[name, architecture] : family->architectures) {
    require(!architecture.model.empty());
    for (const std::string &task : architecture.tasks)
      require(family->tasks.count(task));
  }
  return 0;
}
