//===- Pattern.cpp - what Replace and Split look for ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Pattern.h"

#include "Unicode.h"

#include <charconv>

namespace tenon::tokenizers {

namespace {

constexpr std::string_view kSpecial = ".^$*+?()[]{}|\\";

/// An escape that stands for one character, or 0.
char32_t escaped(char c) {
  switch (c) {
  case 'n':
    return '\n';
  case 't':
    return '\t';
  case 'r':
    return '\r';
  case 'f':
    return '\f';
  case 'v':
    return '\v';
  default:
    break;
  }
  bool letterOrDigit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                       (c >= 'a' && c <= 'z');
  return static_cast<unsigned char>(c) < 0x80 && !letterOrDigit
             ? static_cast<char32_t>(c)
             : 0;
}

char32_t takeCharacter(std::string_view &rest) {
  const char *at = rest.data();
  char32_t c = decodeUtf8(at);
  rest.remove_prefix(static_cast<size_t>(at - rest.data()));
  return c;
}

} // namespace

Pattern Pattern::literal(std::string text) {
  Pattern pattern;
  pattern.literal_ = std::move(text);
  return pattern;
}

/// Reads what stands for one character, or for any of several.
bool Pattern::parseClass(std::string_view &rest, Pattern &pattern) {
  auto add = [&](char32_t first, char32_t last) {
    pattern.class_.push_back({first, last});
  };
  auto addSpace = [&] { // \s
    add(9, 13), add(' ', ' '), add(0x85, 0x85), add(0xA0, 0xA0);
    add(0x1680, 0x1680), add(0x2000, 0x200A), add(0x2028, 0x2029);
    add(0x202F, 0x202F), add(0x205F, 0x205F), add(0x3000, 0x3000);
  };
  auto takeEscape = [&](char32_t &c) {
    if (rest.size() < 2)
      return false;
    c = escaped(rest[1]);
    rest.remove_prefix(2);
    return c != 0;
  };
  if (rest.empty())
    return false;
  if (rest.substr(0, 2) == "\\s") {
    rest.remove_prefix(2);
    addSpace();
    return true;
  }
  char32_t c = 0;
  if (rest[0] == '\\') {
    if (!takeEscape(c))
      return false;
    add(c, c);
    return true;
  }
  if (rest[0] != '[') {
    if (kSpecial.find(rest[0]) != std::string_view::npos)
      return false;
    c = takeCharacter(rest);
    add(c, c);
    return true;
  }
  rest.remove_prefix(1);
  if (!rest.empty() && rest[0] == '^') {
    pattern.negated_ = true;
    rest.remove_prefix(1);
  }
  bool first = true;
  for (;; first = false) {
    if (rest.empty())
      return false;
    if (rest[0] == ']' && !first) {
      rest.remove_prefix(1);
      return true;
    }
    if (rest.substr(0, 2) == "\\s") {
      rest.remove_prefix(2);
      addSpace();
      continue;
    }
    // Nested classes, intersections and an unescaped '-' at an end mean
    // different things to different engines.
    auto takeOne = [&](char32_t &one) {
      if (rest.empty())
        return false;
      if (rest[0] == '\\')
        return takeEscape(one);
      if (rest[0] == '[' || rest[0] == ']' || rest[0] == '&' || rest[0] == '-')
        return false;
      one = takeCharacter(rest);
      return true;
    };
    char32_t last = 0;
    if (!takeOne(c))
      return false;
    last = c;
    if (!rest.empty() && rest[0] == '-') {
      rest.remove_prefix(1);
      if (!takeOne(last) || last < c)
        return false;
    }
    add(c, last);
  }
}

/// Reads the rest of an expression of one class: nothing or a quantifier.
bool Pattern::parseQuantifier(std::string_view rest, Pattern &pattern) {
  if (rest.empty()) {
    pattern.high_ = 1;
    return true;
  }
  if (rest == "+")
    return true;
  if (rest[0] != '{' || rest.back() != '}')
    return false;
  const char *at = rest.data() + 1, *end = rest.data() + rest.size() - 1;
  auto number = [&](size_t &out) {
    auto [next, failed] = std::from_chars(at, end, out);
    if (failed != std::errc() || out == 0 || out > 1000)
      return false;
    at = next;
    return true;
  };
  if (!number(pattern.low_))
    return false;
  if (at == end) {
    pattern.high_ = pattern.low_;
    return true;
  }
  if (*at++ != ',')
    return false;
  if (at == end)
    return true;
  return number(pattern.high_) && at == end && pattern.high_ >= pattern.low_;
}

std::optional<Pattern> Pattern::regex(std::string_view expression) {
  Pattern repeat;
  repeat.repeat_ = true;
  std::string_view rest = expression;
  if (parseClass(rest, repeat) && parseQuantifier(rest, repeat))
    return repeat;
  // Literal text.
  std::string text;
  for (rest = expression; !rest.empty();) {
    if (rest[0] == '\\') {
      char32_t c = rest.size() > 1 ? escaped(rest[1]) : 0;
      if (!c)
        return std::nullopt;
      appendUtf8(text, c);
      rest.remove_prefix(2);
    } else if (kSpecial.find(rest[0]) != std::string_view::npos) {
      return std::nullopt;
    } else {
      text.push_back(rest[0]);
      rest.remove_prefix(1);
    }
  }
  if (text.empty())
    return std::nullopt;
  return literal(std::move(text));
}

Result<Pattern> Pattern::parse(const JsonObject &object) {
  TENON_ASSIGN_OR_RETURN(const JsonValue *value, object.object("pattern"));
  if (value->keys.size() == 1 && value->items[0].isString()) {
    const std::string &text = value->items[0].string;
    if (value->keys[0] == "String") {
      if (text.empty())
        return object.error(object.context() +
                            " with an empty pattern isn't supported");
      return literal(text);
    }
    if (value->keys[0] == "Regex") {
      if (std::optional<Pattern> simple = regex(text))
        return *simple;
      return object.error(object.context() + " with the expression '" + text +
                          "' isn't supported: only literal text or one "
                          "repeated character is");
    }
  }
  return object.needs("pattern", "a String or a Regex");
}

bool Pattern::inClass(char32_t c) const {
  for (const Range &range : class_)
    if (c >= range.first && c <= range.last)
      return !negated_;
  return negated_;
}

void Pattern::find(std::string_view text,
                   std::vector<NormalizedString::Match> &matches) const {
  if (!repeat_) {
    for (size_t at = 0; (at = text.find(literal_, at)) != text.npos;
         at += literal_.size())
      matches.push_back({static_cast<uint32_t>(at),
                         static_cast<uint32_t>(at + literal_.size())});
    return;
  }
  const char *begin = text.data(), *at = begin, *end = begin + text.size();
  while (at != end) {
    const char *start = at;
    size_t count = 0;
    while (at != end && count < high_) {
      const char *next = at;
      if (!inClass(decodeUtf8(next)))
        break;
      at = next;
      ++count;
    }
    if (count >= low_)
      matches.push_back({static_cast<uint32_t>(start - begin),
                         static_cast<uint32_t>(at - begin)});
    else if (count == 0)
      decodeUtf8(at);
  }
}

} // namespace tenon::tokenizers
