//===- safetensors_fuzz.cpp - hostile weights -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "support/Safetensors.h"

using namespace tenon;
using namespace tenon::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto file = SafetensorsFile::parse({data, size}, "f");
  if (!file) {
    require(file.status().message().starts_with("f: "));
    require(file.status().message().find('\n') == std::string::npos);
    return 0;
  }
  uint64_t total = 0, sum = 0;
  for (const SafetensorsInfo &tensor : file->tensors()) {
    require(file->find(tensor.name) == &tensor);
    uint64_t elements = 1;
    for (int64_t s : tensor.shape)
      elements *= static_cast<uint64_t>(s);
    require(elements * typeSize(tensor.type) == tensor.size);
    for (uint8_t byte : file->data(tensor))
      sum += byte;
    total += tensor.size;
  }
  // Every byte behind the header belongs to exactly one tensor.
  require(total <= size);
  (void)sum;
  return 0;
}
