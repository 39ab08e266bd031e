//===- ImageHead.cpp - heads of images one by one -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ImageHead.h"

#include "runtime/heads/Parameters.h"
#include "runtime/heads/TextOptions.h"

#include <algorithm>

namespace tenon::heads {

std::vector<Result<TaskAnswer>>
ImageHead::run(runtime::Session &session, std::span<const TaskRequest> requests,
               const Listener &listener) const {
  // All images in one list; request r has those from begins[r] to
  // begins[r + 1].
  std::vector<ImageSource> images;
  std::vector<size_t> begins = {0}, owners;
  std::vector<Status> statuses(requests.size());
  size_t maxBatch = 0;
  auto prepare = [&](const TaskRequest &request) -> Status {
    TENON_RETURN_IF_ERROR(checkParameters(request.parameters, info_));
    TENON_RETURN_IF_ERROR(check(request.parameters));
    TENON_ASSIGN_OR_RETURN(size_t batch, batchSize(request.parameters));
    TENON_ASSIGN_OR_RETURN(auto sources, imageSources(request));
    // Who asks for small batches gets them, whoever else is in them.
    if (batch)
      maxBatch = maxBatch ? std::min(maxBatch, batch) : batch;
    std::move(sources.begin(), sources.end(), std::back_inserter(images));
    return Status::ok();
  };
  for (size_t r = 0; r < requests.size(); ++r) {
    statuses[r] = prepare(requests[r]);
    begins.push_back(images.size());
    owners.resize(images.size(), r);
  }

  std::vector<ImageResult> results(images.size());
  std::vector<Status> failures(images.size());
  Status ran = runner_.run(
      session, images, maxBatch, listener.progress,
      [&](size_t index, std::span<const RowView> rows) {
        const RowView &row = rows[output(requests[owners[index]].parameters)];
        results[index] = {{row.all().begin(), row.all().end()},
                          {row.shape.begin(), row.shape.end()}};
      },
      [&](size_t index, Status status) {
        failures[index] = std::move(status);
        // A list has one answer, and it won't come.
        return requests.size() > 1;
      });

  std::vector<Result<TaskAnswer>> answers;
  for (size_t r = 0; r < requests.size(); ++r) {
    Status status = statuses[r].isOk() ? ran : statuses[r];
    for (size_t i = begins[r]; i < begins[r + 1] && status.isOk(); ++i)
      status = failures[i];
    if (!status.isOk()) {
      answers.push_back(std::move(status));
      continue;
    }
    JsonWriter json;
    bool isList = requests[r].inputs.is_array();
    if (isList)
      json.beginArray();
    for (size_t i = begins[r]; i < begins[r + 1]; ++i)
      answer(requests[r].parameters, std::move(results[i]), json);
    if (isList)
      json.endArray();
    answers.push_back(TaskAnswer{json.take(), {}});
  }
  return answers;
}

Result<Json> imagesOfCommandLine(const CommandLineInputs &inputs,
                                 std::string_view task) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, task));
  return textsOfCommandLine(inputs.positional);
}

} // namespace tenon::heads
