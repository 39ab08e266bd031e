//===- Run.cpp - calls of entries and tasks in C --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/capi/Objects.h"
#include "runtime/capi/Tensors.h"

#include "support/Text.h"

using namespace tenon;
using namespace tenon::capi;

/// Element `index` of an array whose elements have the size that the first one
/// says.
template <typename T> static T *elementOf(T *array, size_t index) {
  using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
  return reinterpret_cast<T *>(reinterpret_cast<Byte *>(array) +
                               index * array->size);
}

static std::span<const int64_t> shapeOf(const tenon_tensor &tensor) {
  return {tensor.shape, static_cast<size_t>(tensor.ndim)};
}

static void *dataOf(const tenon_tensor &tensor) {
  return tensor.data ? static_cast<char *>(tensor.data) + tensor.byte_offset
                     : nullptr;
}

/// Describes an output in the session's memory.
static void fillTensor(tenon_tensor *to, const runtime::OutputTensor &from) {
  tenon_tensor known{};
  known.name = to->name;
  known.data = from.data;
  known.device = {1, 0};
  known.ndim = static_cast<int32_t>(from.shape.size());
  known.dtype = toDlpack(from.type);
  known.shape = const_cast<int64_t *>(from.shape.data());
  writeStruct(to, known);
}

static Status run(SharedSession &session, const char *entryName,
                  const tenon_tensor *inputs, size_t inputCount,
                  tenon_tensor *outputs, size_t outputCount,
                  runtime::StateRows state) {
  SessionCall call(session);
  TENON_RETURN_IF_ERROR(call.status());
  if (!entryName)
    return Status::usage("entry", "is NULL");
  TENON_ASSIGN_OR_RETURN(uint32_t entry, session.session->findEntry(entryName));
  std::vector<runtime::InputTensor> tensors;
  for (size_t i = 0; i < inputCount; ++i) {
    TENON_ASSIGN_OR_RETURN(tenon_tensor tensor,
                           readStruct(elementOf(inputs, i)));
    TENON_RETURN_IF_ERROR(checkTensor(tensor));
    TENON_ASSIGN_OR_RETURN(auto type, fromDlpack(tensor.dtype, tensor.name));
    // Shapes stay the caller's memory.
    tensors.push_back(
        {elementOf(inputs, i)->name, type, shapeOf(tensor), dataOf(tensor)});
  }
  std::vector<runtime::OutputBuffer> into;
  for (size_t i = 0; i < outputCount; ++i) {
    TENON_ASSIGN_OR_RETURN(tenon_tensor tensor,
                           readStruct(elementOf(outputs, i)));
    if (!tensor.name)
      return Status::usage("output", "has no name");
    if (!tensor.data)
      continue;
    TENON_RETURN_IF_ERROR(checkTensor(tensor));
    TENON_ASSIGN_OR_RETURN(auto type, fromDlpack(tensor.dtype, tensor.name));
    into.push_back(
        {elementOf(outputs, i)->name, type, shapeOf(tensor), dataOf(tensor)});
  }
  // A name that is wrong must be found before the caller's memory is written.
  const runtime::Plan &plan = session.session->plan();
  std::span<const format::Port> ports = plan.outputs(plan.entries()[entry]);
  std::vector<size_t> places;
  for (size_t i = 0; i < outputCount; ++i) {
    std::string_view name = elementOf(outputs, i)->name;
    auto found = std::find_if(ports.begin(), ports.end(), [&](auto &port) {
      return plan.text(port.name) == name;
    });
    if (found == ports.end())
      return Status::invalid(printable(name), concat("entry ", quote(entryName),
                                                     " has no such output"));
    places.push_back(found - ports.begin());
  }
  TENON_ASSIGN_OR_RETURN(auto results,
                         session.session->run(entry, tensors, into, {}, state));
  for (size_t i = 0; i < outputCount; ++i)
    if (!elementOf(outputs, i)->data)
      fillTensor(elementOf(outputs, i), results[places[i]]);
  return Status::ok();
}

tenon_status *tenon_session_run(tenon_session *session, const char *entry,
                                const tenon_tensor *inputs, size_t input_count,
                                tenon_tensor *outputs, size_t output_count) {
  return guard([&] {
    return run(*session->shared, entry, inputs, input_count, outputs,
               output_count, {});
  });
}

tenon_status *tenon_session_run_state(tenon_session *session, const char *entry,
                                      tenon_state *state, const uint32_t *rows,
                                      size_t row_count,
                                      const tenon_tensor *inputs,
                                      size_t input_count, tenon_tensor *outputs,
                                      size_t output_count) {
  return guard([&]() -> Status {
    if (!state)
      return Status::usage("state", "is NULL");
    std::span<const uint32_t> chosen(rows, rows ? row_count : 0);
    return run(*session->shared, entry, inputs, input_count, outputs,
               output_count, {state->state.get(), chosen});
  });
}

tenon_status *tenon_session_run_task(tenon_session *session,
                                     const char *request, size_t request_size,
                                     const tenon_attachment *attachments,
                                     size_t attachment_count,
                                     tenon_event_callback callback, void *user,
                                     tenon_response **response) {
  return guard([&]() -> Status {
    std::shared_ptr<SharedSession> shared = session->shared;
    SessionCall call(*shared);
    TENON_RETURN_IF_ERROR(call.status());
    std::vector<heads::Attachment> given;
    for (size_t i = 0; i < attachment_count; ++i) {
      TENON_ASSIGN_OR_RETURN(tenon_attachment known,
                             readStruct(elementOf(attachments, i)));
      given.push_back({known.name ? known.name : "",
                       known.media_type ? known.media_type : "",
                       std::string(static_cast<const char *>(known.data),
                                   known.data_size)});
    }
    heads::Listener listener;
    if (callback) {
      listener.progress = [&](size_t done, size_t total) {
        tenon_event event{};
        event.size = sizeof(event);
        event.kind = TENON_EVENT_PROGRESS;
        event.done = done;
        event.total = total;
        return callback(user, &event) == 0;
      };
      listener.text = [&](const heads::TextPiece &piece) {
        std::string text(piece.text);
        tenon_event event{};
        event.size = sizeof(event);
        event.kind = TENON_EVENT_TEXT;
        event.input = piece.input;
        event.sequence = piece.sequence;
        event.text = text.c_str();
        event.text_size = text.size();
        return callback(user, &event) == 0;
      };
    }
    TENON_ASSIGN_OR_RETURN(
        auto answer,
        shared->model->tasks.run(*shared->session, {request, request_size},
                                 std::move(given), listener));
    *response = new tenon_response{std::move(answer)};
    return Status::ok();
  });
}

//===----------------------------------------------------------------------===//
// Responses
//===----------------------------------------------------------------------===//

const char *tenon_response_json(const tenon_response *response) {
  return response->answer.json.c_str();
}

size_t tenon_response_json_size(const tenon_response *response) {
  return response->answer.json.size();
}

size_t tenon_response_attachment_count(const tenon_response *response) {
  return response->answer.attachments.size();
}

tenon_status *tenon_response_attachment(const tenon_response *response,
                                        size_t index,
                                        tenon_attachment *attachment) {
  return guard([&]() -> Status {
    const auto &attachments = response->answer.attachments;
    if (index >= attachments.size())
      return Status::usage("attachment", concat("there is no ", index));
    const heads::Attachment &found = attachments[index];
    writeStruct(attachment, {0, found.name.c_str(), found.mediaType.c_str(),
                             found.bytes.data(), found.bytes.size()});
    return Status::ok();
  });
}

void tenon_response_free(tenon_response *response) { delete response; }
