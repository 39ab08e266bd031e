//===- model_files_fuzz.cpp - hostile files beside a model ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The first byte chooses a model with its tokenizer; the rest are the files
// that are read beside it, with a zero byte between them, in the order below.
// Every head is made with them and asked, or says in a line what is wrong.
//
//===----------------------------------------------------------------------===//

#include "FuzzModel.h"

#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/Registry.h"

#include <map>

using namespace tenon;
using namespace tenon::fuzz;

static constexpr const char *checkpoints[] = {
    "sentence-mean", "bert-seqcls", "bert-token", "bert-qa", "bert-mlm-tied"};
static constexpr const char *fileNames[] = {
    "config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "modules.json",
    "1_Pooling/config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json"};

/// A request that every head can read something of.
static heads::TaskRequest requestFor(std::string_view task) {
  heads::TaskRequest request;
  request.inputs = "A [MASK] was x2 naïve.";
  if (task == "question-answering")
    request.inputs = {{"question", "Who?"}, {"context", "It was she."}};
  if (task == "sentence-similarity")
    request.inputs = {{"source_sentence", "One."}, {"sentences", {"Two."}}};
  if (task == "zero-shot-classification")
    request.parameters = {{"candidate_labels", {"one", "two"}}};
  return request;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  FuzzModel &fuzzed = FuzzModel::get(checkpoints[data[0] % 8 % 5]);
  // Half of the runs have a vocab.txt only, so that the settings count.
  std::map<std::string, std::string_view> files;
  for (const char *name : {"tokenizer.json", "vocab.txt"})
    if (auto file = fuzzed.model->artifact().asset(name))
      files[name] = *file;
  if (data[0] & 128 && files.count("vocab.txt"))
    files.erase("tokenizer.json");
  std::string_view rest(reinterpret_cast<const char *>(data) + 1, size - 1);
  for (const char *name : fileNames) {
    size_t end = std::min(rest.find('\0'), rest.size());
    if (end)
      files[name] = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  heads::ModelFiles modelFiles(
      fuzzed.model,
      [&](const std::string &name) -> std::optional<std::string_view> {
        auto found = files.find(name);
        if (found == files.end())
          return std::nullopt;
        return found->second;
      });
  for (const heads::HeadInfo *info : heads::allHeads()) {
    auto head = info->create(modelFiles);
    if (!head) {
      checkAnswer(head.status());
      continue;
    }
    heads::TaskRequest request = requestFor(info->task);
    checkAnswer((*head)->run(*fuzzed.session, {&request, 1}, {})[0]);
  }
  return 0;
}
