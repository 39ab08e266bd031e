//===- Objects.h - what the handles of the C interface are ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_CAPI_OBJECTS_H
#define TENON_RUNTIME_CAPI_OBJECTS_H

#include "runtime/heads/TaskModel.h"

#include "support/Status.h"

#include <tenon/tenon.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <mutex>

struct tenon_status {
  int code;
  std::string message, notes;
};

struct tenon_instance {
  std::shared_ptr<tenon::runtime::Instance> instance;
};

namespace tenon::capi {

/// A port's description, with the memory it points to.
struct PortText {
  std::string name, dims;
  std::vector<int64_t> shape;
};

/// What sessions of a model share.
struct SharedModel {
  explicit SharedModel(std::shared_ptr<const runtime::Model> opened)
      : model(std::move(opened)), tasks(model) {}

  std::shared_ptr<const runtime::Model> model;
  heads::TaskModel tasks;
  std::vector<std::string> entryNames;
  /// For each entry, its inputs, then its outputs.
  std::vector<std::vector<PortText>> ports;
};

/// What a session's handle shares with its generators.
struct SharedSession {
  std::shared_ptr<SharedModel> model;
  std::unique_ptr<runtime::Session> session;
  /// Held during a call, within which callbacks may lock it again.
  std::recursive_mutex mutex;
  bool isBusy = false;
};

/// A call of a session, from its begin to its end.
class SessionCall {
public:
  struct Wait {};

  /// Fails if there is a call already.
  explicit SessionCall(SharedSession &session)
      : lock_(session.mutex, std::try_to_lock), session_(session),
        isMine_(lock_ && !session.isBusy) {
    if (isMine_)
      session.isBusy = true;
  }
  /// Waits for the calls of other threads. In a callback of a call, whose
  /// session does nothing meanwhile, it is part of that call.
  SessionCall(SharedSession &session, Wait)
      : lock_(session.mutex), session_(session), isMine_(!session.isBusy) {
    session.isBusy = true;
  }
  SessionCall(const SessionCall &) = delete;
  ~SessionCall() {
    if (isMine_)
      session_.isBusy = false;
  }

  Status status() const {
    if (isMine_)
      return Status::ok();
    return Status::invalid("session", lock_ ? "is used by the call that this "
                                              "callback belongs to"
                                            : "is used by another thread");
  }

private:
  std::unique_lock<std::recursive_mutex> lock_;
  SharedSession &session_;
  bool isMine_;
};

/// What a generator's handle shares with the calls that use it.
struct Generation {
  Generation(std::shared_ptr<SharedSession> session,
             std::unique_ptr<heads::AnswerSteps> steps)
      : session(std::move(session)), steps(std::move(steps)) {}
  Generation(const Generation &) = delete;
  ~Generation();

  std::shared_ptr<SharedSession> session;
  std::unique_ptr<heads::AnswerSteps> steps;
};

} // namespace tenon::capi

struct tenon_model {
  std::shared_ptr<tenon::capi::SharedModel> shared;
};

struct tenon_session {
  std::shared_ptr<tenon::capi::SharedSession> shared;
};

struct tenon_generator {
  std::shared_ptr<tenon::capi::Generation> generation;
};

struct tenon_state {
  std::unique_ptr<tenon::runtime::State> state;
};

struct tenon_response {
  tenon::heads::TaskAnswer answer;
};

namespace tenon::capi {

tenon_status *makeStatus(const Status &status);

/// Runs the body of a function of the interface, from which neither an error
/// nor an exception may escape otherwise.
template <typename Body> tenon_status *guard(Body body) {
  try {
    Status status = body();
    return status.isOk() ? nullptr : makeStatus(status);
  } catch (const std::exception &error) {
    return makeStatus(Status::internal("runtime", error.what()));
  } catch (...) {
    return makeStatus(Status::internal("runtime", "unknown exception"));
  }
}

/// The caller's struct as this version knows it: members that it doesn't have
/// are zero. NULL gives zeros. Fails if its size isn't set.
template <typename T> Result<T> readStruct(const T *given) {
  T known{};
  if (!given)
    return known;
  if (given->size < 2 * sizeof(size_t))
    return Status::usage("struct", "has no size: set it to sizeof the struct");
  std::memcpy(&known, given, std::min(given->size, sizeof(T)));
  return known;
}

/// Writes as much of `value` as the caller's struct has room for.
template <typename T> void writeStruct(T *to, T value) {
  value.size = to->size;
  std::memcpy(to, &value, std::min(to->size, sizeof(T)));
}

} // namespace tenon::capi

#endif // TENON_RUNTIME_CAPI_OBJECTS_H
