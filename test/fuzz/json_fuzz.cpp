//===- json_fuzz.cpp - hostile JSON files and requests --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "support/Json.h"
#include "support/JsonWriter.h"

#include "runtime/heads/TaskModel.h"

using namespace tenon;
using namespace tenon::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  auto value = parseJson(text, "f.json");
  if (!value) {
    require(value.status().message().starts_with("f.json"));
    return 0;
  }
  std::string task;
  auto request = heads::parseRequest(*value, task);
  require(request || !request.status().message().empty());
  if (value->is_object()) {
    auto labels = heads::Labels::parse(*value);
    require(labels || !labels.status().message().empty());
    (void)runtime::Manifest::parse(text, "f");
  }
  // What is written reads back as it was.
  JsonWriter writer;
  writer.string(text);
  auto again = parseJson(writer.text(), "again");
  require(again && again->is_string());
  return 0;
}
