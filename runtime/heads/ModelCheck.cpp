//===- ModelCheck.cpp - whether a model's files fit it --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ModelCheck.h"

#include "runtime/heads/ImageRunner.h"
#include "runtime/heads/ModelFiles.h"

#include "support/Text.h"

namespace tenon::heads {

static constexpr char tensorsOnly[] =
    "tensors can be run through the model, texts can't";
static constexpr char noImages[] =
    "tensors can be run through the model, images can't";

/// The input of token ids; null if the model has none.
static const format::Port *findIds(const runtime::Artifact &artifact) {
  const runtime::Plan &plan = artifact.plan();
  std::optional<uint32_t> entry = plan.findEntry(artifact.manifest().entry);
  if (!entry)
    return nullptr;
  for (const format::Port &port : plan.inputs(plan.entries()[*entry]))
    if (plan.text(port.name) == "input_ids")
      return &port;
  return nullptr;
}

static Status checkTokenizer(const runtime::Artifact &artifact) {
  const format::Port *ids = findIds(artifact);
  if (!ids || !(artifact.asset("tokenizer.json") ||
                artifact.asset("vocab.txt") || artifact.asset("vocab.json")))
    return Status::ok();
  auto tokenizer = readTokenizer(artifact.path(), [&](const std::string &name) {
    return artifact.asset(name);
  });
  if (!tokenizer)
    return tokenizer.takeStatus().note(tensorsOnly);
  int32_t largest = tokenizer->largestId();
  if (!ids->checked || largest <= ids->valueMax)
    return Status::ok();
  return Status::invalid("tokenizer",
                         concat("its ids end at ", largest,
                                ", those of the model at ", ids->valueMax))
      .note("a text with a token beyond is an error when it is run");
}

static Status checkProcessor(const runtime::Artifact &artifact) {
  const runtime::Plan &plan = artifact.plan();
  std::optional<uint32_t> entry = plan.findEntry(artifact.manifest().entry);
  std::optional<ImageInput> input;
  if (entry)
    input = findImageInput(plan, *entry);
  if (!input || !artifact.manifest().task.starts_with("image-"))
    return Status::ok();
  Result<media::Processor> processor = readProcessor(
      [&](const std::string &name) { return artifact.asset(name); });
  Status status =
      processor ? checkImageSize(*input, *processor) : processor.takeStatus();
  if (status.isOk())
    return status;
  return std::move(status).note(noImages);
}

static Status checkLabels(const runtime::Artifact &artifact) {
  std::optional<std::string_view> text = artifact.asset("config.json");
  if (!text || !artifact.manifest().task.ends_with("classification"))
    return Status::ok();
  TENON_ASSIGN_OR_RETURN(Json config, parseJson(*text, "config.json"));
  Result<Labels> labels = Labels::parse(config);
  if (labels)
    return Status::ok();
  bool isImage = artifact.manifest().task.starts_with("image-");
  return labels.takeStatus().note(isImage ? noImages : tensorsOnly);
}

std::vector<Status> checkModelFiles(const runtime::Artifact &artifact) {
  std::vector<Status> found;
  for (Status status : {checkTokenizer(artifact), checkProcessor(artifact),
                        checkLabels(artifact)})
    if (!status.isOk())
      found.push_back(std::move(status));
  return found;
}

} // namespace tenon::heads
