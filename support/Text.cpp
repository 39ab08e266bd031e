//===- Text.cpp - strings for messages ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Text.h"

#include <charconv>

namespace tenon {

void detail::Part::appendTo(std::string &out) const {
  if (kind_ == Kind::Text)
    out.append(text_, value_);
  else if (kind_ == Kind::Char)
    out += static_cast<char>(value_);
  else {
    char buffer[24], *last = buffer + sizeof(buffer);
    char *end =
        kind_ == Kind::Signed
            ? std::to_chars(buffer, last, static_cast<int64_t>(value_)).ptr
            : std::to_chars(buffer, last, value_).ptr;
    out.append(buffer, end);
  }
}

std::string detail::concatParts(std::initializer_list<Part> parts) {
  std::string out;
  for (const Part &part : parts)
    part.appendTo(out);
  return out;
}

std::string join(std::span<const std::string> parts,
                 std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i)
      out += separator;
    out += parts[i];
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

std::string asciiLowerCase(std::string_view text) {
  std::string lower(text);
  for (char &c : lower)
    if (c >= 'A' && c <= 'Z')
      c += 'a' - 'A';
  return lower;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  size_t begin = text.find_first_not_of(blanks);
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

template <typename T> static std::optional<T> parseAll(std::string_view text) {
  T value;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<int64_t> parseInteger(std::string_view text) {
  return parseAll<int64_t>(text);
}

std::optional<double> parseNumber(std::string_view text) {
  return parseAll<double>(text);
}

/// The bytes of the UTF-8 sequence at the start of `text`; 0 if there is none.
static size_t sequenceLength(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (text.empty())
    return 0;
  uint8_t first = byte(0);
  if (first < 0x80)
    return 1;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
  bool overlong =
      (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  bool outside =
      (first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) >= 0x90);
  return overlong || outside ? 0 : length;
}

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    size_t length = sequenceLength(text);
    if (!length)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text, size_t maxBytes) {
  std::string out;
  while (!text.empty()) {
    size_t length = sequenceLength(text);
    if (out.size() + length > maxBytes)
      return out + "…";
    uint8_t first = static_cast<uint8_t>(text[0]);
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
    bool control =
        first < 0x20 || first == 0x7f ||
        (first == 0xc2 && length == 2 && static_cast<uint8_t>(text[1]) < 0xa0);
    if (length && !control) {
      out += text.substr(0, length);
    } else {
      length = 1;
      out += "\\x" + hex(std::span(&first, 1));
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string quote(std::string_view text) { return "'" + printable(text) + "'"; }

std::string hex(std::span<const uint8_t> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (uint8_t byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string plural(uint64_t count, std::string_view noun) {
  return concat(count, ' ', noun, count == 1 ? "" : "s");
}

} // namespace tenon
