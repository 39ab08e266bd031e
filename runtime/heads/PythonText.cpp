//===- PythonText.cpp - strings as Python takes them ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/PythonText.h"

#include "runtime/tokenizers/Unicode.h"

#include "support/Text.h"

#include <algorithm>
#include <optional>
#include <utf8proc.h>

namespace tenon::heads {

using tokenizers::CharTable;

/// What Python's str.strip() takes away.
static bool isSpace(char32_t c) {
  return (c >= 0x1c && c <= 0x1f) ||
         CharTable::get().is(c, tokenizers::Whitespace);
}

std::string_view pythonStrip(std::string_view text) {
  const char *begin = text.data(), *end = begin + text.size();
  while (begin < end) {
    const char *next = begin;
    if (!isSpace(tokenizers::decodeUtf8(next)))
      break;
    begin = next;
  }
  while (begin < end) {
    const char *last = end - 1;
    while (tokenizers::isContinuationByte(*last))
      --last;
    const char *at = last;
    if (!isSpace(tokenizers::decodeUtf8(at)))
      break;
    end = last;
  }
  return {begin, static_cast<size_t>(end - begin)};
}

//===----------------------------------------------------------------------===//
// Lower case
//===----------------------------------------------------------------------===//

/// Unicode's Cased, as far as the general category tells.
static bool isCased(char32_t c) {
  utf8proc_category_t category =
      utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
         category == UTF8PROC_CATEGORY_LT;
}

/// Unicode's Case_Ignorable: marks, modifiers, and what stands inside words.
static bool isCaseIgnorable(char32_t c) {
  constexpr char32_t insideWords[] = {
      '\'',   '.',    ':',    0xb7,   0x387,  0x55f,  0x5f4,  0x2018, 0x2019,
      0x2024, 0x2027, 0xfe13, 0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
  if (std::find(std::begin(insideWords), std::end(insideWords), c) !=
      std::end(insideWords))
    return true;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_ME:
  case UTF8PROC_CATEGORY_CF:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_SK:
    return true;
  default:
    return false;
  }
}

/// Whether a sigma at `at` ends a word, as Unicode's Final_Sigma says.
static bool isFinalSigma(std::u32string_view points, size_t at) {
  size_t before = at;
  while (before > 0 && isCaseIgnorable(points[before - 1]))
    --before;
  if (before == 0 || !isCased(points[before - 1]))
    return false;
  size_t after = at + 1;
  while (after < points.size() && isCaseIgnorable(points[after]))
    ++after;
  return after == points.size() || !isCased(points[after]);
}

std::string pythonLower(std::string_view text) {
  constexpr char32_t sigma = 0x3a3, finalSigma = 0x3c2;
  std::u32string points;
  for (const char *at = text.data(), *end = at + text.size(); at < end;)
    points += tokenizers::decodeUtf8(at);
  std::string out;
  for (size_t i = 0; i < points.size(); ++i) {
    char32_t small[2] = {finalSigma, 0};
    unsigned count = 1;
    if (points[i] != sigma || !isFinalSigma(points, i))
      count = tokenizers::lowerCase(points[i], small);
    for (unsigned k = 0; k < count; ++k)
      tokenizers::appendUtf8(out, small[k]);
  }
  return out;
}

//===----------------------------------------------------------------------===//
// Lengths and slices
//===----------------------------------------------------------------------===//

size_t pythonLength(std::string_view text) {
  return tokenizers::countCodePoints(text);
}

CodePoints::CodePoints(std::string_view text) : text_(text) {
  starts_.reserve(text.size() + 1);
  for (size_t i = 0; i < text.size(); ++i)
    if (!tokenizers::isContinuationByte(text[i]))
      starts_.push_back(static_cast<uint32_t>(i));
  starts_.push_back(static_cast<uint32_t>(text.size()));
}

std::string_view CodePoints::slice(size_t begin, size_t end) const {
  end = std::min(end, size());
  if (begin >= end)
    return {};
  return text_.substr(starts_[begin], starts_[end] - starts_[begin]);
}

//===----------------------------------------------------------------------===//
// Formats
//===----------------------------------------------------------------------===//

namespace {
/// `[[fill]align][width][.precision]` of a string.
struct FormatSpec {
  std::string fill = " ";
  char align = '<';
  size_t width = 0;
  std::optional<size_t> precision;

  static std::optional<FormatSpec> parse(std::string_view text);
  std::string apply(std::string_view value) const;
};
} // namespace

/// The number that `text` begins with, taken away from it. Fields as wide as
/// that are no labels.
static std::optional<size_t> takeNumber(std::string_view &text) {
  constexpr size_t most = 10'000;
  size_t digits = 0, number = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    number = number * 10 + static_cast<size_t>(text[digits++] - '0');
    if (number > most)
      return std::nullopt;
  }
  if (digits == 0)
    return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

std::optional<FormatSpec> FormatSpec::parse(std::string_view text) {
  FormatSpec spec;
  auto isAlign = [](std::string_view rest) {
    return !rest.empty() && std::string_view("<>^").find(rest[0]) != rest.npos;
  };
  CodePoints points(text);
  std::string_view first = points.slice(0, 1);
  if (std::string_view rest = text.substr(first.size()); isAlign(rest)) {
    spec.fill = first;
    spec.align = rest[0];
    text = rest.substr(1);
  } else if (isAlign(text)) {
    spec.align = text[0];
    text.remove_prefix(1);
  }
  if (!text.empty() && text[0] == '0' && spec.fill == " ")
    spec.fill = "0";
  if (!text.empty() && text[0] != '.' && text[0] != 's') {
    auto width = takeNumber(text);
    if (!width)
      return std::nullopt;
    spec.width = *width;
  }
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    spec.precision = takeNumber(text);
    if (!spec.precision)
      return std::nullopt;
  }
  if (text == "s")
    text = {};
  return text.empty() ? std::optional(spec) : std::nullopt;
}

std::string FormatSpec::apply(std::string_view value) const {
  CodePoints points(value);
  std::string_view cut = points.slice(0, precision.value_or(points.size()));
  size_t length = pythonLength(cut);
  size_t missing = width > length ? width - length : 0;
  size_t left = align == '<' ? 0 : align == '>' ? missing : missing / 2;
  std::string out;
  for (size_t i = 0; i < left; ++i)
    out += fill;
  out += cut;
  for (size_t i = left; i < missing; ++i)
    out += fill;
  return out;
}

Result<std::string> pythonFormat(std::string_view format,
                                 std::string_view value,
                                 const std::string &where) {
  auto wrong = [&](std::string_view what) {
    return Status::usage(where, concat(what, " in ", quote(format)))
        .help("{} is where the label goes; {{ and }} are braces");
  };
  std::string out;
  bool automatic = false, numbered = false;
  for (size_t at = 0; at < format.size();) {
    size_t brace = std::min(format.find_first_of("{}", at), format.size());
    out += format.substr(at, brace - at);
    if (brace == format.size())
      break;
    at = brace + 1;
    if (at < format.size() && format[at] == format[brace]) {
      out += format[at++];
      continue;
    }
    size_t close = format.find('}', at);
    if (format[brace] == '}' || close == format.npos)
      return wrong("a single brace");
    std::string_view field = format.substr(at, close - at);
    at = close + 1;
    size_t colon = std::min(field.find(':'), field.size());
    std::string_view name = field.substr(0, colon);
    if (name.ends_with("!s"))
      name.remove_suffix(2);
    auto spec =
        FormatSpec::parse(field.substr(std::min(colon + 1, field.size())));
    if ((!name.empty() && name != "0") || !spec)
      return wrong(concat("a field '{", printable(field), "}'"));
    // A second `{}` would be a second value; both kinds don't mix.
    (name.empty() && !automatic ? automatic : numbered) = true;
    if (automatic && numbered)
      return wrong("a second {}");
    out += spec->apply(value);
    // A value may be long and its places many.
    constexpr size_t most = 64 * 1024 * 1024;
    if (out.size() > most)
      return Status::usage(where, "gives more than 64 MB");
  }
  return out;
}

} // namespace tenon::heads
