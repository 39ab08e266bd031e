//===- artifact_fuzz.cpp - hostile artifacts ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The first byte says what the others are: 0, an artifact; else a plan section.
// What is accepted is used as inspect and a session use it, short of loading
// code.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "runtime/Artifact.h"
#include "runtime/PlanInstance.h"

#include <cstring>

using namespace tenon;
using namespace tenon::runtime;
using namespace tenon::fuzz;

/// Lays out every entry for its typical sizes.
static void use(const Plan &plan) {
  for (const format::Symbol &symbol : plan.symbols())
    require(symbol.min <= symbol.max && !plan.text(symbol.name).empty());
  for (uint32_t index = 0; index < plan.entries().size(); ++index) {
    const format::Entry &entry = plan.entries()[index];
    for (const format::Port &port : plan.inputs(entry))
      require(plan.dimsText(port.dims).size() < 100'000);
    // Packing takes quadratic time; real plans have some hundred buffers.
    if (entry.buffers.count + entry.inputs.count + entry.outputs.count > 500)
      continue;
    InstanceKey key;
    key.entry = index;
    for (const format::Symbol &symbol : plan.symbols())
      key.symbols.push_back(symbol.typical);
    key.inputsGiven.resize(entry.inputs.count);
    key.outputsGiven.resize(entry.outputs.count, true);
    for (uint32_t variant = 0;
         variant < std::max<size_t>(1, plan.variants().size()); ++variant) {
      auto instance =
          PlanInstance::create(plan, key, variant, key.symbols, "f");
      if (!instance)
        continue;
      for (uint32_t b = 0; b < entry.buffers.count; ++b)
        require((*instance)->bufferOffset(b) <= (*instance)->arenaSize());
    }
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  // Files are mapped at pages, so their sections are aligned.
  size_t room = (size + format::pageSize) / format::pageSize * format::pageSize;
  auto *copy =
      static_cast<uint8_t *>(std::aligned_alloc(format::pageSize, room));
  std::memcpy(copy, data + 1, size - 1);
  std::span<const uint8_t> bytes(copy, size - 1);
  if (data[0]) {
    if (auto plan = Plan::parse(bytes, uint64_t(1) << 20, "f"))
      use(*plan);
  } else if (auto artifact = Artifact::parse(bytes, "f", /*checkHash=*/false)) {
    for (uint32_t i = 0; i < (*artifact)->targets().size(); ++i) {
      (*artifact)->select(i);
      use((*artifact)->plan());
      for (const AssetView &module : (*artifact)->modules())
        require((*artifact)->module(module.name) == module.contents);
    }
    (void)(*artifact)->checkWeights(1);
    for (const AssetView &asset : (*artifact)->assets())
      require((*artifact)->asset(asset.name) == asset.contents);
  } else {
    require(artifact.status().message().starts_with("f: "));
  }
  std::free(copy);
  return 0;
}
