//===- Text.h - strings for messages ----------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Small helpers to build and read the strings of messages. Bytes from files and
// users pass through `printable` before they reach a terminal.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_TEXT_H
#define TENON_SUPPORT_TEXT_H

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

namespace detail {
/// A part of a text: a string that lives elsewhere, a character or an integer.
class Part {
public:
  explicit Part(std::string_view text)
      : kind_(Kind::Text), text_(text.data()), value_(text.size()) {}
  explicit Part(char c)
      : kind_(Kind::Char), value_(static_cast<unsigned char>(c)) {}
  template <std::integral T>
    requires(!std::same_as<T, char> && !std::same_as<T, bool>)
  explicit Part(T value)
      : kind_(std::signed_integral<T> ? Kind::Signed : Kind::Unsigned),
        value_(static_cast<uint64_t>(value)) {}

  void appendTo(std::string &out) const;

private:
  enum class Kind : uint8_t { Text, Char, Signed, Unsigned };
  Kind kind_;
  const char *text_ = nullptr;
  uint64_t value_; ///< The length of a text.
};

// Not a template: messages have many shapes.
std::string concatParts(std::initializer_list<Part> parts);
} // namespace detail

/// The parts one behind the other: strings, characters and integers.
template <typename... Parts> std::string concat(const Parts &...parts) {
  return detail::concatParts({detail::Part(parts)...});
}

/// `parts` with `separator` between them.
std::string join(std::span<const std::string> parts,
                 std::string_view separator);

/// The pieces between separators; at least one, possibly empty.
std::vector<std::string_view> split(std::string_view text, char separator);

/// With A to Z as a to z; other bytes as they are.
std::string asciiLowerCase(std::string_view text);

/// Without spaces, tabs and line ends at either end.
std::string_view trim(std::string_view text);

/// A decimal integer that is all of `text`.
std::optional<int64_t> parseInteger(std::string_view text);
std::optional<double> parseNumber(std::string_view text);

/// Whether `text` is UTF-8: no overlong forms, surrogates or values above
/// U+10FFFF.
bool isUtf8(std::string_view text);

/// `text` for a message: invalid UTF-8 and control characters become `\xNN`,
/// and what is beyond `maxBytes` becomes `…`.
std::string printable(std::string_view text, size_t maxBytes = 200);

/// `'text'`, printable.
std::string quote(std::string_view text);

/// Lower-case hexadecimal digits.
std::string hex(std::span<const uint8_t> bytes);

/// `1 file`, `3 files`.
std::string plural(uint64_t count, std::string_view noun);

} // namespace tenon

#endif // TENON_SUPPORT_TEXT_H
