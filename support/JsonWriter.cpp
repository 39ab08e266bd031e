//===- JsonWriter.cpp - writing JSON --------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/JsonWriter.h"

#include "support/Text.h"

#include <charconv>
#include <cmath>

namespace tenon {

void JsonWriter::separate() {
  if (needsComma_)
    text_ += ", ";
  needsComma_ = true;
}

JsonWriter &JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  needsComma_ = false;
  return *this;
}

JsonWriter &JsonWriter::close(char bracket) {
  text_ += bracket;
  needsComma_ = true;
  return *this;
}

JsonWriter &JsonWriter::key(std::string_view name) {
  string(name);
  text_ += ": ";
  needsComma_ = false;
  return *this;
}

JsonWriter &JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

JsonWriter &JsonWriter::integer(int64_t value) {
  separate();
  detail::Part(value).appendTo(text_);
  return *this;
}

JsonWriter &JsonWriter::number(double value) {
  if (!std::isfinite(value))
    return null();
  separate();
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string_view digits(buffer, static_cast<size_t>(end - buffer));
  text_ += digits;
  if (digits.find_first_of(".e") == digits.npos)
    text_ += ".0";
  return *this;
}

/// The length of the UTF-8 sequence at the start of `text`, 0 if it is none.
static size_t validPrefix(std::string_view text) {
  for (size_t length = 1; length <= 4 && length <= text.size(); ++length)
    if (isUtf8(text.substr(0, length)))
      return length;
  return 0;
}

JsonWriter &JsonWriter::string(std::string_view value) {
  separate();
  text_ += '"';
  while (!value.empty()) {
    uint8_t c = static_cast<uint8_t>(value[0]);
    size_t length = 1;
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += value[0];
    } else if (c >= 0x80) {
      length = validPrefix(value);
      text_ += length ? value.substr(0, length) : "\xef\xbf\xbd";
      length = length ? length : 1;
    } else if (c >= 0x20 && c != 0x7f) {
      text_ += value[0];
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (c == '\t') {
      text_ += "\\t";
    } else if (c == '\r') {
      text_ += "\\r";
    } else {
      text_ += "\\u00" + hex(std::span(&c, 1));
    }
    value.remove_prefix(length);
  }
  text_ += '"';
  return *this;
}

} // namespace tenon
