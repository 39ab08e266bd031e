//===- Registry.cpp - the tasks of this build -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Registry.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::heads {

// Each is defined in the file of its name.
extern const HeadInfo featureExtractionHead;
extern const HeadInfo sentenceEmbeddingHead;
extern const HeadInfo sentenceSimilarityHead;
extern const HeadInfo textClassificationHead;

std::span<const HeadInfo *const> allHeads() {
  static const HeadInfo *const heads[] = {
      &featureExtractionHead,
      &sentenceEmbeddingHead,
      &sentenceSimilarityHead,
      &textClassificationHead,
  };
  return heads;
}

// Tasks of pipelines that have no head yet.
static constexpr std::string_view absentTasks[] = {
    "fill-mask", "next-sentence-prediction", "question-answering",
    "token-classification", "zero-shot-classification"};

Result<const HeadInfo *> findHead(std::string_view task) {
  std::vector<std::string> names;
  for (const HeadInfo *head : allHeads()) {
    if (head->task == task ||
        std::find(head->aliases.begin(), head->aliases.end(), task) !=
            head->aliases.end())
      return head;
    names.emplace_back(head->task);
  }
  if (std::find(std::begin(absentTasks), std::end(absentTasks), task) !=
      std::end(absentTasks))
    return Status::invalid("task",
                           concat("this version can't do ", quote(task)))
        .help("it can do: " + join(names, ", "))
        .help("raw tensors go through every model: --inputs-from");
  return withSuggestion(
      Status::invalid("task", concat("there is no ", quote(task))), task, names,
      "tasks");
}

} // namespace tenon::heads
