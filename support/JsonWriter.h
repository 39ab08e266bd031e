//===- JsonWriter.h - writing JSON ------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Writes JSON text straight away, without a tree in between, laid out as
// Python's `json.dumps(value, ensure_ascii=False)` does.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_JSONWRITER_H
#define TENON_SUPPORT_JSONWRITER_H

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon {

/// Calls must nest as JSON does: a key before each member of an object.
class JsonWriter {
public:
  JsonWriter &beginObject() { return open('{'); }
  JsonWriter &endObject() { return close('}'); }
  JsonWriter &beginArray() { return open('['); }
  JsonWriter &endArray() { return close(']'); }
  JsonWriter &key(std::string_view name);

  /// Bytes that aren't UTF-8 become U+FFFD.
  JsonWriter &string(std::string_view value);
  JsonWriter &integer(int64_t value);
  /// The shortest decimal that reads back as `value`, always with a point or
  /// an exponent. What isn't finite becomes null.
  JsonWriter &number(double value);
  JsonWriter &boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter &null() { return raw("null"); }
  /// A value that is JSON already.
  JsonWriter &raw(std::string_view json);

  const std::string &text() const { return text_; }
  std::string take() { return std::move(text_); }

private:
  JsonWriter &open(char bracket);
  JsonWriter &close(char bracket);
  void separate();

  std::string text_;
  bool needsComma_ = false;
};

} // namespace tenon

#endif // TENON_SUPPORT_JSONWRITER_H
