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
extern const HeadInfo fillMaskHead;
extern const HeadInfo imageClassificationHead;
extern const HeadInfo imageFeatureExtractionHead;
extern const HeadInfo nextSentencePredictionHead;
extern const HeadInfo questionAnsweringHead;
extern const HeadInfo sentenceEmbeddingHead;
extern const HeadInfo sentenceSimilarityHead;
extern const HeadInfo textClassificationHead;
extern const HeadInfo textGenerationHead;
extern const HeadInfo tokenClassificationHead;
extern const HeadInfo zeroShotClassificationHead;

std::span<const HeadInfo *const> allHeads() {
  static const HeadInfo *const heads[] = {
      &featureExtractionHead,      &fillMaskHead,
      &imageClassificationHead,    &imageFeatureExtractionHead,
      &nextSentencePredictionHead, &questionAnsweringHead,
      &sentenceEmbeddingHead,      &sentenceSimilarityHead,
      &textClassificationHead,     &textGenerationHead,
      &tokenClassificationHead,    &zeroShotClassificationHead,
  };
  return heads;
}

Result<const HeadInfo *> findHead(std::string_view task) {
  std::vector<std::string> names;
  for (const HeadInfo *head : allHeads()) {
    if (head->task == task ||
        std::find(head->aliases.begin(), head->aliases.end(), task) !=
            head->aliases.end())
      return head;
    names.emplace_back(head->task);
  }
  for (const HeadInfo *head : allHeads())
    names.insert(names.end(), head->aliases.begin(), head->aliases.end());
  return withSuggestion(
      Status::invalid("task", concat("there is no ", quote(task))), task, names,
      "tasks");
}

} // namespace tenon::heads
