//===- Manifest.cpp - what an artifact says of itself ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Manifest.h"

#include "dialect/TenonOps.h"
#include "frontend/Frontend.h"
#include "support/File.h"
#include "support/Hash.h"
#include "support/Json.h"

#include <nlohmann/json.hpp>

using namespace tenon;
using namespace mlir;

Result<runtime::Manifest> tenon::makeManifest(ModuleOp module,
                                              StringRef target) {
  runtime::Manifest manifest;
  if (auto text = module->getAttrOfType<StringAttr>("tenon.manifest")) {
    auto json = nlohmann::json::parse(text.getValue().begin(),
                                      text.getValue().end(), nullptr,
                                      /*allow_exceptions=*/false);
    if (!json.is_object())
      return Status::invalid("tenon.manifest", "isn't a JSON object");
    auto take = [&](const char *key, std::string &value) {
      if (auto it = json.find(key); it != json.end() && it->is_string())
        value = it->get<std::string>();
    };
    take("family", manifest.family);
    take("architecture", manifest.architecture);
    take("task", manifest.task);
    take("entry", manifest.entry);
  }
  manifest.target = target.str();
  manifest.compiler = "tenon " TENON_VERSION;
  return manifest;
}

Result<std::vector<format::AssetSpec>> tenon::readAssets(ModuleOp module) {
  std::vector<format::AssetSpec> assets;
  auto list = module->getAttrOfType<ArrayAttr>("tenon.assets");
  if (!list)
    return assets;
  for (Attribute entry : list) {
    auto asset = dyn_cast<DictionaryAttr>(entry);
    auto get = [&](StringRef key) {
      auto value = asset ? asset.getAs<StringAttr>(key) : StringAttr();
      return value ? value.str() : std::string();
    };
    std::string file = get("file");
    TENON_ASSIGN_OR_RETURN(std::string contents, readFile(file, maxAssetSize));
    if (std::string hash = get("hash");
        !hash.empty() && hash128(contents).toString() != hash)
      return Status::invalid(file, "has changed since the module was made");
    assets.push_back({get("name"), std::move(contents)});
  }
  return assets;
}

std::string tenon::makeRecords(ModuleOp module) {
  nlohmann::json ops = nlohmann::json::array();
  if (auto list = module->getAttrOfType<ArrayAttr>("tenon.records"))
    for (Attribute entry : list) {
      nlohmann::json op = nlohmann::json::object();
      for (NamedAttribute field : cast<DictionaryAttr>(entry)) {
        std::string key = field.getName().str();
        if (auto text = dyn_cast<StringAttr>(field.getValue()))
          op[key] = text.str();
        else if (auto dim = dyn_cast<DimAttr>(field.getValue()))
          op[key] = dim.str();
        else if (auto number = dyn_cast<IntegerAttr>(field.getValue()))
          op[key] = number.getInt();
      }
      ops.push_back(std::move(op));
    }
  return nlohmann::json{{"ops", std::move(ops)}}.dump();
}
