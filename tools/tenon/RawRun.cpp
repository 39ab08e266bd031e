//===- RawRun.cpp - tensors from a file to a file -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/RawRun.h"

#include "support/Safetensors.h"
#include "support/Text.h"

#include <cstring>

namespace tenon::tool {

Status runRaw(runtime::Session &session, const std::string &entryName,
              const std::string &inputsFrom, const std::string &outputsTo) {
  TENON_ASSIGN_OR_RETURN(
      uint32_t entry,
      session.findEntry(entryName.empty()
                            ? session.model().artifact().manifest().entry
                            : entryName));
  TENON_ASSIGN_OR_RETURN(SafetensorsFile file,
                         SafetensorsFile::open(inputsFrom));
  std::vector<runtime::InputTensor> inputs;
  // The file's data start anywhere; these copies are aligned.
  std::vector<std::vector<uint64_t>> copies;
  for (const SafetensorsInfo &info : file.tensors()) {
    std::optional<runtime::DType> type = runtime::fromSafetensors(info.type);
    if (!type)
      return Status::invalid(
          inputsFrom, concat("tensor ", quote(info.name), " is of type ",
                             typeName(info.type), ", which no input has"));
    std::vector<uint64_t> &copy = copies.emplace_back(info.size / 8 + 1);
    std::memcpy(copy.data(), file.data(info).data(), info.size);
    inputs.push_back({info.name, *type, info.shape, copy.data()});
  }
  TENON_ASSIGN_OR_RETURN(auto outputs, session.run(entry, inputs));
  SafetensorsWriter writer;
  for (const runtime::OutputTensor &output : outputs) {
    uint64_t size = runtime::tensorBytes(output.type, output.shape).value_or(0);
    writer.add(std::string(output.name), runtime::toSafetensors(output.type),
               {output.shape.begin(), output.shape.end()},
               {static_cast<const uint8_t *>(output.data), size});
  }
  return writer.write(outputsTo);
}

} // namespace tenon::tool
