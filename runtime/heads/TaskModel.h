//===- TaskModel.h - a model with the heads for its tasks -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TASKMODEL_H
#define TENON_RUNTIME_HEADS_TASKMODEL_H

#include "runtime/heads/AnswerSteps.h"
#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/Registry.h"

#include <map>

namespace tenon::heads {

/// Makes heads when they are first asked for; for any number of threads.
class TaskModel {
public:
  explicit TaskModel(std::shared_ptr<const runtime::Model> model)
      : files_(std::move(model)) {}

  ModelFiles &files() { return files_; }

  /// The head of a task, or of the model's own task if `task` is empty.
  Result<const Head *> head(std::string_view task);
  /// What the registry says of that head.
  Result<const HeadInfo *> info(std::string_view task) const;

  /// Answers a request given as JSON text: `{"inputs": ..., "parameters":
  /// {...}, "task": ...}`, of which all but the inputs may be missing.
  Result<TaskAnswer> run(runtime::Session &session, std::string_view request,
                         std::vector<Attachment> attachments,
                         const Listener &listener);

  /// Begins to answer a request, in which the inputs may be missing if there
  /// are `tokens`: see Head::begin(). The session and this must outlive what is
  /// returned.
  Result<std::unique_ptr<AnswerSteps>> begin(runtime::Session &session,
                                             std::string_view request,
                                             std::span<const int32_t> tokens);

private:
  ModelFiles files_;
  std::mutex mutex_;
  std::map<std::string_view, std::unique_ptr<Head>> heads_;
};

/// Reads a request; the task is in `task`, empty if it doesn't say. `mayLack`:
/// the inputs may be missing, and are null then.
Result<TaskRequest> parseRequest(const Json &request, std::string &task,
                                 bool mayLack = false);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TASKMODEL_H
