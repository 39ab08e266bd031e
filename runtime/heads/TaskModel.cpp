//===- TaskModel.cpp - a model with the heads for its tasks ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TaskModel.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::heads {

Result<const HeadInfo *> TaskModel::info(std::string_view task) const {
  if (task.empty())
    task = files_.task();
  if (task.empty())
    return Status::invalid(files_.model().artifact().path(),
                           "is for no task of its own")
        .help("name one with --task, or give raw tensors with --inputs-from");
  return findHead(task);
}

Result<const Head *> TaskModel::head(std::string_view task) {
  TENON_ASSIGN_OR_RETURN(const HeadInfo *found, info(task));
  std::lock_guard lock(mutex_);
  std::unique_ptr<Head> &head = heads_[found->task];
  if (!head) {
    TENON_ASSIGN_OR_RETURN(head, found->create(files_));
  }
  return head.get();
}

Result<TaskRequest> parseRequest(const Json &request, std::string &task,
                                 bool mayLack) {
  std::vector<std::string> known = {"inputs", "parameters", "task"};
  if (!request.is_object() || !(mayLack || request.contains("inputs")))
    return Status::invalid("request", mayLack
                                          ? "must be an object"
                                          : "must be an object with 'inputs'");
  for (const auto &[key, value] : request.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      return withSuggestion(
          Status::invalid("request", concat("unknown key ", quote(key))), key,
          known, "its keys");
  TENON_ASSIGN_OR_RETURN(task,
                         JsonMembers(request, "request").string("task", ""));
  TaskRequest result;
  if (request.contains("inputs"))
    result.inputs = request["inputs"];
  if (request.contains("parameters"))
    result.parameters = request["parameters"];
  return result;
}

Result<TaskAnswer> TaskModel::run(runtime::Session &session,
                                  std::string_view request,
                                  std::vector<Attachment> attachments,
                                  const Listener &listener) {
  TENON_ASSIGN_OR_RETURN(Json json, parseJson(request, "request"));
  std::string task;
  TENON_ASSIGN_OR_RETURN(TaskRequest parsed, parseRequest(json, task));
  parsed.attachments = std::move(attachments);
  TENON_ASSIGN_OR_RETURN(const Head *found, head(task));
  return std::move(found->run(session, {&parsed, 1}, listener)[0]);
}

Result<std::unique_ptr<AnswerSteps>>
TaskModel::begin(runtime::Session &session, std::string_view request,
                 std::span<const int32_t> tokens) {
  TENON_ASSIGN_OR_RETURN(Json json, parseJson(request, "request"));
  std::string task;
  TENON_ASSIGN_OR_RETURN(TaskRequest parsed,
                         parseRequest(json, task, !tokens.empty()));
  TENON_ASSIGN_OR_RETURN(const Head *found, head(task));
  return found->begin(session, parsed, tokens);
}

} // namespace tenon::heads
