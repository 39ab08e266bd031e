//===- Json.cpp - a bounded JSON reader for tokenizer files -----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Json.h"

#include "Unicode.h"

#include <charconv>

namespace tenon::tokenizers {

namespace {

class Reader {
public:
  Reader(std::string_view text, std::string_view where, VocabularySink *sink)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()),
        where_(where), sink_(sink) {}

  /// Where a value stands, as far as finding model.vocab needs it.
  enum class Place { Root, Model, Vocabulary, Merges, Other };

  Result<JsonValue> read(Place place) {
    JsonValue value;
    TENON_RETURN_IF_ERROR(readValue(value, 0, place));
    skipSpace();
    if (at_ != end_)
      return error("text after the value");
    return value;
  }

private:
  Status error(const std::string &what) const {
    return Status::invalid(where_, "byte " + std::to_string(at_ - begin_) +
                                       ": " + what);
  }

  void skipSpace() {
    while (at_ != end_ &&
           (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r'))
      ++at_;
  }
  bool take(char c) {
    skipSpace();
    if (at_ == end_ || *at_ != c)
      return false;
    ++at_;
    return true;
  }
  Status expect(char c) {
    if (take(c))
      return Status::ok();
    return error(std::string("expected '") + c + "'" +
                 (at_ == end_ ? ", not the end of the file" : ""));
  }

  Status readValue(JsonValue &value, unsigned depth, Place place) {
    if (depth > kMaxDepth)
      return error("nested more than " + std::to_string(kMaxDepth) + " deep");
    if (++nodes_ > kMaxNodes)
      return error("more than " + std::to_string(kMaxNodes) + " values");
    skipSpace();
    if (at_ == end_)
      return error("expected a value, not the end of the file");
    switch (*at_) {
    case '{':
      if (place == Place::Vocabulary && sink_)
        return readVocabulary(value);
      return readObject(value, depth, place);
    case '[':
      if (place == Place::Merges && sink_)
        return readMerges(value);
      return readArray(value, depth);
    case '"': {
      value.kind = JsonValue::Kind::String;
      std::string_view view;
      TENON_RETURN_IF_ERROR(readString(view));
      value.string = view;
      return Status::ok();
    }
    case 't':
      value.boolean = true;
      return readWord("true", value, JsonValue::Kind::Boolean);
    case 'f':
      return readWord("false", value, JsonValue::Kind::Boolean);
    case 'n':
      return readWord("null", value, JsonValue::Kind::Null);
    default:
      return readNumber(value);
    }
  }

  Status readWord(std::string_view word, JsonValue &value,
                  JsonValue::Kind kind) {
    if (std::string_view(at_, static_cast<size_t>(end_ - at_))
            .substr(0, word.size()) != word)
      return error("expected a value");
    at_ += word.size();
    value.kind = kind;
    return Status::ok();
  }

  Status readObject(JsonValue &value, unsigned depth, Place place) {
    value.kind = JsonValue::Kind::Object;
    ++at_;
    if (take('}'))
      return Status::ok();
    do {
      skipSpace();
      std::string_view key;
      TENON_RETURN_IF_ERROR(readString(key));
      value.keys.emplace_back(key);
      TENON_RETURN_IF_ERROR(expect(':'));
      Place inner = Place::Other;
      if (place == Place::Root && value.keys.back() == "model")
        inner = Place::Model;
      else if (place == Place::Model && value.keys.back() == "vocab")
        inner = Place::Vocabulary;
      else if (place == Place::Model && value.keys.back() == "merges")
        inner = Place::Merges;
      value.items.emplace_back();
      TENON_RETURN_IF_ERROR(readValue(value.items.back(), depth + 1, inner));
    } while (take(','));
    return expect('}');
  }

  Status readVocabulary(JsonValue &value) {
    value.kind = JsonValue::Kind::Object;
    if (vocabularySeen_)
      return error("a second vocabulary");
    vocabularySeen_ = true;
    sink_->begin(static_cast<size_t>(end_ - at_));
    ++at_;
    if (take('}'))
      return Status::ok();
    JsonValue number;
    do {
      skipSpace();
      std::string_view token;
      TENON_RETURN_IF_ERROR(readString(token));
      TENON_RETURN_IF_ERROR(expect(':'));
      skipSpace();
      number.kind = JsonValue::Kind::Null;
      if (at_ != end_)
        TENON_RETURN_IF_ERROR(readNumber(number));
      if (!number.isInteger())
        return error("the id of a token must be a whole number");
      if (Status status = sink_->entry(token, number.integer); !status.isOk())
        return status;
    } while (take(','));
    return expect('}');
  }

  /// Pairs, all as ["left", "right"] or all as "left right".
  Status readMerges(JsonValue &value) {
    value.kind = JsonValue::Kind::Array;
    if (mergesSeen_)
      return error("a second list of merges");
    mergesSeen_ = true;
    ++at_;
    if (take(']'))
      return Status::ok();
    skipSpace();
    bool pairs = at_ != end_ && *at_ == '[';
    std::string left; // Reading the right side may reuse the view's memory.
    do {
      skipSpace();
      std::string_view text, first, second;
      if (pairs) {
        TENON_RETURN_IF_ERROR(expect('['));
        skipSpace();
        TENON_RETURN_IF_ERROR(readString(text));
        left = text;
        first = left;
        TENON_RETURN_IF_ERROR(expect(','));
        skipSpace();
        TENON_RETURN_IF_ERROR(readString(second));
        TENON_RETURN_IF_ERROR(expect(']'));
      } else {
        TENON_RETURN_IF_ERROR(readString(text));
        if (text.substr(0, 8) == "#version")
          continue;
        if (!splitMerge(text, first, second))
          return error("a merge isn't two tokens with a space between");
      }
      TENON_RETURN_IF_ERROR(sink_->merge(first, second));
    } while (take(','));
    return expect(']');
  }

  Status readArray(JsonValue &value, unsigned depth) {
    value.kind = JsonValue::Kind::Array;
    ++at_;
    if (take(']'))
      return Status::ok();
    do {
      value.items.emplace_back();
      TENON_RETURN_IF_ERROR(
          readValue(value.items.back(), depth + 1, Place::Other));
    } while (take(','));
    return expect(']');
  }

  /// `out` points into the file or into scratch_.
  Status readString(std::string_view &out) {
    if (at_ == end_ || *at_ != '"')
      return error("expected '\"'");
    const char *start = ++at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' &&
           static_cast<unsigned char>(*at_) >= 0x20)
      ++at_;
    if (at_ != end_ && *at_ == '"') {
      out = std::string_view(start, static_cast<size_t>(at_ - start));
      ++at_;
      return Status::ok();
    }
    scratch_.assign(start, at_);
    while (at_ != end_ && *at_ != '"') {
      if (static_cast<unsigned char>(*at_) < 0x20)
        return error("a control character in a string");
      if (*at_ == '\\')
        TENON_RETURN_IF_ERROR(readEscape());
      else
        scratch_.push_back(*at_++);
    }
    if (at_ == end_)
      return error("a string without an end");
    ++at_;
    out = scratch_;
    return Status::ok();
  }

  Status readEscape() {
    ++at_;
    if (at_ == end_)
      return error("a string without an end");
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    size_t name = kNames.find(*at_);
    if (name != std::string_view::npos) {
      scratch_.push_back(kValues[name]);
      ++at_;
      return Status::ok();
    }
    if (*at_ != 'u')
      return error("an unknown escape");
    ++at_;
    char32_t c = 0, low = 0;
    if (!readHex(c))
      return error("\\u needs four hexadecimal digits");
    if (c >= 0xD800 && c <= 0xDFFF) {
      bool pair =
          c <= 0xDBFF && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u';
      if (pair) {
        at_ += 2;
        pair = readHex(low) && low >= 0xDC00 && low <= 0xDFFF;
      }
      if (!pair)
        return error("a lone surrogate");
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    appendUtf8(scratch_, c);
    return Status::ok();
  }

  bool readHex(char32_t &c) {
    if (end_ - at_ < 4)
      return false;
    unsigned value = 0;
    auto [rest, failed] = std::from_chars(at_, at_ + 4, value, 16);
    if (failed != std::errc() || rest != at_ + 4)
      return false;
    at_ += 4;
    c = value;
    return true;
  }

  Status readNumber(JsonValue &value) {
    auto digit = [&] { return at_ != end_ && *at_ >= '0' && *at_ <= '9'; };
    const char *start = at_;
    bool whole = true;
    if (*at_ == '-')
      ++at_;
    if (!digit()) {
      at_ = start;
      return error("expected a value");
    }
    if (*at_ == '0')
      ++at_;
    else
      while (digit())
        ++at_;
    if (digit())
      return error("a number that begins with 0");
    if (at_ != end_ && *at_ == '.') {
      whole = false;
      ++at_;
      if (!digit())
        return error("expected a digit");
      while (digit())
        ++at_;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      whole = false;
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-'))
        ++at_;
      if (!digit())
        return error("expected a digit");
      while (digit())
        ++at_;
    }
    if (whole && std::from_chars(start, at_, value.integer).ec == std::errc()) {
      value.kind = JsonValue::Kind::Integer;
      value.real = static_cast<double>(value.integer);
      return Status::ok();
    }
    value.kind = JsonValue::Kind::Real;
    if (std::from_chars(start, at_, value.real).ec != std::errc())
      return error("a number out of range");
    return Status::ok();
  }

  const char *begin_, *at_, *end_;
  std::string where_;
  VocabularySink *sink_;
  std::string scratch_;
  size_t nodes_ = 0;
  bool vocabularySeen_ = false, mergesSeen_ = false;
};

} // namespace

const JsonValue *JsonValue::find(std::string_view key) const {
  for (size_t i = keys.size(); i-- > 0;)
    if (keys[i] == key)
      return &items[i];
  return nullptr;
}

Result<JsonValue> parseJson(std::string_view text, std::string_view where,
                            VocabularySink *sink) {
  if (size_t bad = findInvalidUtf8(text); bad != std::string_view::npos)
    return Status::invalid(std::string(where),
                           "byte " + std::to_string(bad) + ": invalid UTF-8");
  return Reader(text, where, sink).read(Reader::Place::Root);
}

Status parseVocabularyJson(std::string_view text, std::string_view where,
                           VocabularySink &sink) {
  if (size_t bad = findInvalidUtf8(text); bad != std::string_view::npos)
    return Status::invalid(std::string(where),
                           "byte " + std::to_string(bad) + ": invalid UTF-8");
  TENON_ASSIGN_OR_RETURN(
      JsonValue value,
      Reader(text, where, &sink).read(Reader::Place::Vocabulary));
  if (!value.isObject())
    return Status::invalid(std::string(where), "not an object");
  return Status::ok();
}

bool splitMerge(std::string_view text, std::string_view &left,
                std::string_view &right) {
  size_t space = text.find(' ');
  if (space == std::string_view::npos ||
      text.find(' ', space + 1) != std::string_view::npos)
    return false;
  left = text.substr(0, space);
  right = text.substr(space + 1);
  return true;
}

Status JsonObject::needs(std::string_view key, std::string_view what) const {
  return error(context_ + " needs '" + std::string(key) + "', " +
               std::string(what));
}

Result<std::string> JsonObject::string(std::string_view key) const {
  const JsonValue *found = find(key);
  if (!found || !found->isString())
    return needs(key, "a string");
  return found->string;
}

Result<bool> JsonObject::boolean(std::string_view key) const {
  const JsonValue *found = find(key);
  if (!found || !found->isBoolean())
    return needs(key, "true or false");
  return found->boolean;
}

Result<bool> JsonObject::boolean(std::string_view key, bool ifMissing) const {
  return has(key) ? boolean(key) : Result<bool>(ifMissing);
}

Result<int64_t> JsonObject::integer(std::string_view key, int64_t low,
                                    int64_t high) const {
  const JsonValue *found = find(key);
  if (!found || !found->isInteger() || found->integer < low ||
      found->integer > high)
    return needs(key, "a whole number from " + std::to_string(low) + " to " +
                          std::to_string(high));
  return found->integer;
}

Result<const JsonValue *> JsonObject::array(std::string_view key) const {
  const JsonValue *found = find(key);
  if (!found || !found->isArray())
    return needs(key, "an array");
  return found;
}

Result<const JsonValue *> JsonObject::object(std::string_view key) const {
  const JsonValue *found = find(key);
  if (!found || !found->isObject())
    return needs(key, "an object");
  return found;
}

} // namespace tenon::tokenizers
