//===- Json.h - a bounded JSON reader for tokenizer files -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Reads tokenizer.json and its neighbours. A vocabulary and its merges are most
// of such a file, so they never become a tree: they go to a sink, with strings
// that point into the file where they have no escapes. That and the absence of
// exceptions are why this isn't nlohmann's reader (3.5 ms for a vocabulary of
// 30,000 words, against 0.9 ms).
//
// Hostile files: nesting is at most kMaxDepth, the tree at most kMaxNodes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_JSON_H
#define TENON_RUNTIME_TOKENIZERS_JSON_H

#include "support/Status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::tokenizers {

class JsonValue {
public:
  enum class Kind { Null, Boolean, Integer, Real, String, Array, Object };

  Kind kind = Kind::Null;
  bool boolean = false;
  int64_t integer =
      0;           ///< Of an Integer: a number without '.' or 'e', in range.
  double real = 0; ///< Of a Real, or the value of an Integer.
  std::string string;
  std::vector<JsonValue> items;  ///< Of an Array, or an Object's values.
  std::vector<std::string> keys; ///< Of an Object, as many as items.

  bool isNull() const { return kind == Kind::Null; }
  bool isBoolean() const { return kind == Kind::Boolean; }
  bool isInteger() const { return kind == Kind::Integer; }
  bool isNumber() const { return kind == Kind::Integer || kind == Kind::Real; }
  bool isString() const { return kind == Kind::String; }
  bool isArray() const { return kind == Kind::Array; }
  bool isObject() const { return kind == Kind::Object; }

  /// The member of an object, the last of equal ones; null if there is none or
  /// this is no object.
  const JsonValue *find(std::string_view key) const;
};

/// Receives the entries of `model.vocab` when that is an object, and of
/// `model.merges` when that is an array.
class VocabularySink {
public:
  virtual ~VocabularySink() = default;
  /// `bytes` is an upper bound for all tokens together.
  virtual void begin(size_t bytes) = 0;
  /// `token` is valid during the call only.
  virtual Status entry(std::string_view token, int64_t id) = 0;
  /// The next of the merges, in their order.
  virtual Status merge(std::string_view left, std::string_view right) = 0;
};

constexpr unsigned kMaxDepth = 64;
constexpr size_t kMaxNodes = size_t(1) << 20;

/// Reads one JSON value. Errors are `where: byte N: ...`. With a sink, the
/// object at model.vocab and the array at model.merges go there, and are empty
/// in the tree.
Result<JsonValue> parseJson(std::string_view text, std::string_view where,
                            VocabularySink *sink = nullptr);

/// Reads a vocab.json: one object of tokens and their ids.
Status parseVocabularyJson(std::string_view text, std::string_view where,
                           VocabularySink &sink);

/// Splits "left right", the older form of a merge, at its one space. False if
/// there isn't exactly one.
bool splitMerge(std::string_view text, std::string_view &left,
                std::string_view &right);

/// Reads members of one object of a file and says which one is wrong: `where:
/// CONTEXT needs 'KEY', a string`.
class JsonObject {
public:
  JsonObject(const JsonValue &value, std::string where, std::string context)
      : value_(value), where_(std::move(where)), context_(std::move(context)) {}

  const std::string &where() const { return where_; }
  const std::string &context() const { return context_; }
  const JsonValue *find(std::string_view key) const { return value_.find(key); }
  bool has(std::string_view key) const {
    const JsonValue *found = find(key);
    return found && !found->isNull();
  }

  Result<std::string> string(std::string_view key) const;
  Result<bool> boolean(std::string_view key) const;
  Result<bool> boolean(std::string_view key, bool ifMissing) const;
  /// An integer from `low` to `high`.
  Result<int64_t> integer(std::string_view key, int64_t low,
                          int64_t high) const;
  Result<const JsonValue *> array(std::string_view key) const;
  Result<const JsonValue *> object(std::string_view key) const;

  Status error(std::string what) const {
    return Status::invalid(where_, std::move(what));
  }
  Status needs(std::string_view key, std::string_view what) const;

private:
  const JsonValue &value_;
  std::string where_, context_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_JSON_H
