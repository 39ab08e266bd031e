//===- Json.h - reading JSON from outside -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// nlohmann's reader without exceptions, bounded in depth and size, with errors
// that say where: `config.json:3:14: ...`. JsonWriter.h writes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_JSON_H
#define TENON_SUPPORT_JSON_H

#include "support/Status.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tenon {

using Json = nlohmann::json;

struct JsonLimits {
  size_t maxDepth = 64;
  /// Values and keys, all together.
  size_t maxValues = size_t(1) << 22;
};

/// Parses one JSON value; of equal keys the last counts. Errors are at
/// `where:LINE:COLUMN`, or at `where` for limits.
Result<Json> parseJson(std::string_view text, const std::string &where,
                       const JsonLimits &limits = {});

/// Turns nlohmann's description of a syntax error, met after `position` bytes
/// of `text`, into a Status.
Status jsonSyntaxError(std::string_view text, const std::string &where,
                       size_t position, std::string_view description);

/// Members of a JSON object, with errors that name them. A member that is null
/// counts as missing. The object must outlive this.
class JsonMembers {
public:
  /// `context` goes before the key in messages and may be empty.
  JsonMembers(const Json &object, std::string where, std::string context = "")
      : object_(object), where_(std::move(where)),
        context_(std::move(context)) {}

  const std::string &where() const { return where_; }
  /// Fails if the value is no object; then all members are missing.
  Status checkObject() const;

  /// The member, or null if it is missing.
  const Json *find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key); }

  Result<std::string> string(std::string_view key) const;
  Result<std::string> string(std::string_view key, std::string ifMissing) const;
  Result<bool> boolean(std::string_view key, bool ifMissing) const;
  /// An integer of low .. high.
  Result<int64_t> integer(std::string_view key, int64_t low,
                          int64_t high) const;
  Result<int64_t> integer(std::string_view key, int64_t low, int64_t high,
                          int64_t ifMissing) const;
  Result<double> number(std::string_view key, double ifMissing) const;

  /// `'key' must be WHAT, but is VALUE`.
  Status wrong(std::string_view key, std::string_view what) const;

private:
  const Json &object_;
  std::string where_, context_;
};

} // namespace tenon

#endif // TENON_SUPPORT_JSON_H
