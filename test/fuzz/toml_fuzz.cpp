//===- toml_fuzz.cpp - hostile settings -----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "support/Toml.h"

using namespace tenon;
using namespace tenon::fuzz;

/// Reports every key and value, as a reader of settings may do.
static void visit(const TomlFile &file, const toml::table &table) {
  std::vector<std::string> known = {"rules", "epilogue", "tile"};
  Status status = file.checkKeys(table, known);
  require(status.isOk() || !status.render().empty());
  for (const auto &[key, value] : table) {
    require(!file.error(value, "is wrong").render().empty());
    if (const toml::table *inner = value.as_table())
      visit(file, *inner);
    if (const toml::array *items = value.as_array())
      for (const toml::node &item : *items)
        require(!file.error(item, "is wrong").render().empty());
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size);
  auto file = TomlFile::parse(std::move(text), "f.toml");
  if (file)
    visit(*file, file->root());
  else
    require(file.status().message().starts_with("f.toml:"));
  return 0;
}
