//===- request_fuzz.cpp - hostile requests ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The first byte chooses a task, the second one of two models for it, and the
// rest is a request. If that names no task, it is asked for the chosen one. An
// answer is JSON, an error a line.
//
//===----------------------------------------------------------------------===//

#include "FuzzModel.h"
#include "FuzzTasks.h"

using namespace tenon;
using namespace tenon::fuzz;

/// Two checkpoints for each of the tasks.
static constexpr const char *checkpoints[][2] = {
    {"bert-seqcls", "bert-seqcls-multilabel"},
    {"bert-token", "distilbert-token"},
    {"bert-qa", "distilbert-qa"},
    {"bert-mlm-tied", "distilbert-mlm"},
    {"bert-nsp", "bert-nsp"},
    {"bert-nli", "bert-nli"},
    {"bert-base", "distilbert-base"},
    {"sentence-mean", "sentence-cls-mean"},
    {"sentence-max", "sentence-cls"}};
static_assert(std::size(checkpoints) == std::size(tasks));

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  size_t task = data[0] % std::size(tasks);
  FuzzModel &model = FuzzModel::get(checkpoints[task][data[1] % 2]);
  std::string request(reinterpret_cast<const char *>(data) + 2, size - 2);
  auto json = parseJson(request, "request");
  if (json && json->is_object() && !json->contains("task")) {
    (*json)["task"] = tasks[task];
    request = json->dump();
  }
  checkAnswer(model.tasks->run(*model.session, request, {}, {}));
  return 0;
}
