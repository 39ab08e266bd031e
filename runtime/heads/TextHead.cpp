//===- TextHead.cpp - heads of texts one by one ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TextHead.h"

#include "runtime/heads/Parameters.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::heads {

TextResults TextResults::ofItem(size_t item) const {
  auto range = std::equal_range(items.begin(), items.end(), item);
  size_t begin = range.first - items.begin();
  size_t count = range.second - range.first;
  return {encodings.subspan(begin, count), items.subspan(begin, count),
          kept.subspan(begin, count)};
}

/// How a request of a head can ask for shorter texts.
static std::string lengthAdvice(const HeadInfo &info, size_t limit) {
  auto has = [&](std::string_view name) {
    return std::any_of(info.parameters.begin(), info.parameters.end(),
                       [&](const auto &spec) { return spec.name == name; });
  };
  if (has("max_length"))
    return concat("cut it with --truncation --max-length ", limit);
  for (std::string_view name : {"tokenizer_kwargs", "tokenize_kwargs"})
    if (has(name)) {
      std::string option(name);
      std::replace(option.begin(), option.end(), '_', '-');
      return concat("cut it with --", option,
                    " '{\"truncation\": true, \"max_length\": ", limit, "}'");
    }
  if (has("max_seq_len"))
    return concat("take it in windows with --max-seq-len ", limit);
  return concat("give a text of at most ", limit, " tokens");
}

TextHead::TextHead(const HeadInfo &info, TextRunner runner)
    : info_(info), runner_(std::move(runner)) {
  runner_.setLengthAdvice(lengthAdvice(info, runner_.maxTokens()));
}

std::vector<float> TextHead::keep(const TaskRequest &,
                                  const tokenizers::Encoding &,
                                  std::span<const RowView> rows) const {
  return {rows[0].all().begin(), rows[0].all().end()};
}

std::vector<Result<TaskAnswer>>
TextHead::run(runtime::Session &session, std::span<const TaskRequest> requests,
              const Listener &listener) const {
  // All texts in one list; request r has those from begins[r] to begins[r + 1].
  std::vector<tokenizers::Encoding> encodings;
  std::vector<size_t> items, begins = {0}, owners;
  std::vector<Status> statuses(requests.size());
  size_t maxBatch = 0;
  auto prepare = [&](const TaskRequest &request) -> Status {
    TENON_RETURN_IF_ERROR(checkParameters(request.parameters, info_));
    TENON_ASSIGN_OR_RETURN(size_t batch, batchSize(request.parameters));
    TENON_ASSIGN_OR_RETURN(auto encoded, encode(request));
    // Who asks for small batches gets them, whoever else is in them.
    if (batch)
      maxBatch = maxBatch ? std::min(maxBatch, batch) : batch;
    std::move(encoded.encodings.begin(), encoded.encodings.end(),
              std::back_inserter(encodings));
    items.insert(items.end(), encoded.inputs.begin(), encoded.inputs.end());
    return Status::ok();
  };
  for (size_t r = 0; r < requests.size(); ++r) {
    statuses[r] = prepare(requests[r]);
    begins.push_back(encodings.size());
    owners.resize(encodings.size(), r);
  }

  std::vector<std::vector<float>> kept(encodings.size());
  Status ran = runner_.run(session, encodings, maxBatch, listener.progress,
                           [&](size_t index, std::span<const RowView> rows) {
                             kept[index] = keep(requests[owners[index]],
                                                encodings[index], rows);
                           });

  std::vector<Result<TaskAnswer>> answers;
  for (size_t r = 0; r < requests.size(); ++r) {
    size_t begin = begins[r], count = begins[r + 1] - begin;
    Status status = statuses[r].isOk() ? ran : statuses[r];
    JsonWriter json;
    if (status.isOk())
      status = answer(requests[r],
                      {std::span(encodings).subspan(begin, count),
                       std::span(items).subspan(begin, count),
                       std::span(kept).subspan(begin, count)},
                      json);
    if (status.isOk())
      answers.push_back(TaskAnswer{json.take(), {}});
    else
      answers.push_back(std::move(status));
  }
  return answers;
}

} // namespace tenon::heads
