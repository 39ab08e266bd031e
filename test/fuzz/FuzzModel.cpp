//===- FuzzModel.cpp - models of the goldens, to fuzz ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "FuzzModel.h"
#include "FuzzSupport.h"

#include "../runtime/ReferenceModel.h"

#include "support/Text.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <unistd.h>

namespace tenon::fuzz {

static FuzzModel open(const std::string &checkpoint) {
  std::string file = concat(std::filesystem::temp_directory_path().string(),
                            "/tenon-fuzz-", getpid(), ".tenon");
  Status status = buildReferenceModel(
      std::string(TENON_GOLDENS "/checkpoints/") + checkpoint, file);
  FuzzModel opened;
  if (status.isOk()) {
    static auto instance = runtime::Instance::create({.threads = 1});
    auto model = runtime::Model::open(*instance, file);
    status = model.status();
    if (model) {
      opened.model = *model;
      opened.tasks = std::make_unique<heads::TaskModel>(opened.model);
      opened.session = std::move(*runtime::Session::create(opened.model));
    }
  }
  // What is open stays, without a name.
  std::filesystem::remove(file);
  if (!status.isOk()) {
    std::fprintf(stderr, "%s: %s\n", checkpoint.c_str(),
                 status.render().c_str());
    std::abort();
  }
  return opened;
}

FuzzModel &FuzzModel::get(const std::string &checkpoint) {
  static std::map<std::string, FuzzModel> models;
  auto [at, isNew] = models.try_emplace(checkpoint);
  if (isNew)
    at->second = open(checkpoint);
  return at->second;
}

void checkAnswer(const Result<heads::TaskAnswer> &answer) {
  if (answer) {
    JsonLimits limits;
    limits.maxValues = size_t(1) << 28;
    require(parseJson(answer->json, "answer", limits).isOk());
    return;
  }
  const Status &status = answer.status();
  require(status.code() == StatusCode::Invalid ||
          status.code() == StatusCode::Usage);
  require(!status.message().empty());
  require(status.message().find('\n') == std::string::npos);
  for (const std::string &note : status.notes())
    require(note.find('\n') == std::string::npos);
}

} // namespace tenon::fuzz
