//===- Status.h - errors as values ------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Failures of the runtime, the parsers and the driver. An error has the shape
// that the command line prints, `WHERE: WHAT`, and may carry notes and a help
// line. Nothing here throws, and nothing here depends on LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_STATUS_H
#define TENON_SUPPORT_STATUS_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon {

/// Why a call failed; the values are the exit statuses of the command line.
enum class StatusCode {
  Ok = 0,
  Invalid = 1,  ///< What the caller gave is wrong: a file, a tensor, a value.
  Usage = 2,    ///< The call itself is wrong: an unknown option, say.
  Internal = 70 ///< A defect of Tenon.
};

/// Success, or one error. `where` is a file, `file:line:col`, or a tensor's
/// name; `what` one line without a full stop.
class [[nodiscard]] Status {
public:
  Status() = default;

  static Status ok() { return Status(); }
  static Status invalid(std::string where, std::string what) {
    return Status(StatusCode::Invalid, std::move(where), std::move(what));
  }
  static Status usage(std::string where, std::string what) {
    return Status(StatusCode::Usage, std::move(where), std::move(what));
  }
  static Status internal(std::string where, std::string what) {
    return Status(StatusCode::Internal, std::move(where), std::move(what));
  }

  // These return values, not references: `s = std::move(s).note(...)` would
  // move an object to itself and lose it.

  /// Adds a `note:` line (facts) or a `help:` line (what to do).
  Status note(std::string text) && {
    notes_.push_back("note: " + std::move(text));
    return std::move(*this);
  }
  Status help(std::string text) && {
    notes_.push_back("help: " + std::move(text));
    return std::move(*this);
  }
  /// Adds a line printed as it is (a source line, a caret).
  Status line(std::string text) && {
    notes_.push_back(std::move(text));
    return std::move(*this);
  }

  bool isOk() const { return code_ == StatusCode::Ok; }
  explicit operator bool() const { return isOk(); }

  StatusCode code() const { return code_; }
  const std::string &where() const { return where_; }
  const std::string &what() const { return what_; }
  const std::vector<std::string> &notes() const { return notes_; }

  /// `WHERE: WHAT`, without notes.
  std::string message() const {
    return where_.empty() ? what_ : where_ + ": " + what_;
  }
  /// The message and its notes, a line each, without a final newline.
  std::string render() const {
    std::string text = message();
    for (const std::string &note : notes_)
      text += "\n" + note;
    return text;
  }

private:
  Status(StatusCode code, std::string where, std::string what)
      : code_(code), where_(std::move(where)), what_(std::move(what)) {}

  StatusCode code_ = StatusCode::Ok;
  std::string where_, what_;
  std::vector<std::string> notes_;
};

/// A value, or the error that prevented it.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status status) : status_(std::move(status)) {
    assert(!status_.isOk() && "a Result without a value needs an error");
  }

  explicit operator bool() const { return value_.has_value(); }
  bool isOk() const { return value_.has_value(); }
  const Status &status() const { return status_; }
  Status takeStatus() { return std::move(status_); }

  T &operator*() { return *value_; }
  const T &operator*() const { return *value_; }
  T *operator->() { return &*value_; }
  const T *operator->() const { return &*value_; }

private:
  std::optional<T> value_;
  Status status_;
};

/// Returns the error of `expr` (a Status) from the enclosing function.
#define TENON_RETURN_IF_ERROR(expr)                                            \
  do {                                                                         \
    if (::tenon::Status status_ = (expr); !status_.isOk())                     \
      return status_;                                                          \
  } while (false)

#define TENON_CONCAT_(a, b) a##b
#define TENON_CONCAT(a, b) TENON_CONCAT_(a, b)
/// `TENON_ASSIGN_OR_RETURN(auto x, f())`: binds the value of a Result, or
/// returns its error.
#define TENON_ASSIGN_OR_RETURN(decl, expr)                                     \
  auto TENON_CONCAT(result_, __LINE__) = (expr);                               \
  if (!TENON_CONCAT(result_, __LINE__))                                        \
    return TENON_CONCAT(result_, __LINE__).takeStatus();                       \
  decl = std::move(*TENON_CONCAT(result_, __LINE__))

} // namespace tenon

#endif // TENON_SUPPORT_STATUS_H
