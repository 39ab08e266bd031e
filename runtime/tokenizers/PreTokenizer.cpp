//===- PreTokenizer.cpp - the second stage of a tokenizer -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "PreTokenizer.h"

#include "ByteLevel.h"
#include "Pattern.h"
#include "Unicode.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

using Span = PreTokens::Span;

/// Calls `each(text, span)` for every span; it appends new ones to tokens.next.
template <typename Each> void splitEach(PreTokens &tokens, Each each) {
  tokens.next.clear();
  std::string_view text = tokens.text.text();
  for (const Span &span : tokens.spans)
    each(text, span);
  tokens.spans.swap(tokens.next);
}

void addSpan(std::vector<Span> &out, size_t begin, size_t end) {
  if (begin != end)
    out.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
}

/// Splits on characters of a class, each a delimiter of its own.
template <typename IsDelimiter>
void splitOnCharacters(PreTokens &tokens, DelimiterBehavior behavior,
                       IsDelimiter isDelimiter) {
  std::vector<DelimiterPiece> pieces;
  splitEach(tokens, [&](std::string_view text, const Span &span) {
    pieces.clear();
    const char *begin = text.data(), *at = begin + span.begin;
    uint32_t last = span.begin;
    while (at != begin + span.end) {
      uint32_t start = static_cast<uint32_t>(at - begin);
      if (!isDelimiter(decodeUtf8(at)))
        continue;
      if (last != start)
        pieces.push_back({{last, start}, false});
      last = static_cast<uint32_t>(at - begin);
      pieces.push_back({{start, last}, true});
    }
    if (last != span.end)
      pieces.push_back({{last, span.end}, false});
    applyBehavior(pieces, behavior, tokens.next);
  });
}

/// BertPreTokenizer: white space goes, every punctuation character is a word.
class BertPreTokenizer : public PreTokenizer {
public:
  BertPreTokenizer() : table_(CharTable::get()) {}
  void split(PreTokens &tokens) const override {
    const CharClasses *ascii = table_.ascii();
    splitEach(tokens, [&](std::string_view text, const Span &span) {
      const char *begin = text.data(), *at = begin + span.begin;
      const char *end = begin + span.end, *word = at;
      while (at != end) {
        const char *start = at;
        CharClasses classes;
        if (static_cast<unsigned char>(*at) < 0x80)
          classes = ascii[static_cast<unsigned char>(*at++)];
        else
          classes = table_.classes(decodeUtf8(at));
        if (!(classes & (Whitespace | Punctuation)))
          continue;
        addSpan(tokens.next, static_cast<size_t>(word - begin),
                static_cast<size_t>(start - begin));
        if (classes & Punctuation)
          addSpan(tokens.next, static_cast<size_t>(start - begin),
                  static_cast<size_t>(at - begin));
        word = at;
      }
      addSpan(tokens.next, static_cast<size_t>(word - begin),
              static_cast<size_t>(end - begin));
    });
  }

private:
  const CharTable &table_;
};

/// Whitespace: the matches of \w+|[^\w\s]+.
class WhitespaceWords : public PreTokenizer {
public:
  void split(PreTokens &tokens) const override {
    const CharTable &table = CharTable::get();
    splitEach(tokens, [&](std::string_view text, const Span &span) {
      const char *begin = text.data(), *at = begin + span.begin;
      const char *end = begin + span.end, *word = at;
      CharClasses present = Whitespace;
      while (at != end) {
        const char *start = at;
        CharClasses kind = table.classes(decodeUtf8(at)) & (Word | Whitespace);
        if (kind == present)
          continue;
        if (present != Whitespace)
          addSpan(tokens.next, static_cast<size_t>(word - begin),
                  static_cast<size_t>(start - begin));
        word = start;
        present = kind;
      }
      if (present != Whitespace)
        addSpan(tokens.next, static_cast<size_t>(word - begin),
                static_cast<size_t>(end - begin));
    });
  }
};

/// WhitespaceSplit, Punctuation, Digits.
class SplitOnClass : public PreTokenizer {
public:
  SplitOnClass(CharClass which, DelimiterBehavior behavior)
      : which_(which), behavior_(behavior) {}
  void split(PreTokens &tokens) const override {
    const CharTable &table = CharTable::get();
    splitOnCharacters(tokens, behavior_,
                      [&](char32_t c) { return table.is(c, which_); });
  }

private:
  CharClass which_;
  DelimiterBehavior behavior_;
};

class SplitOnCharacter : public PreTokenizer {
public:
  explicit SplitOnCharacter(char32_t c) : c_(c) {}
  void split(PreTokens &tokens) const override {
    splitOnCharacters(tokens, DelimiterBehavior::Removed,
                      [&](char32_t c) { return c == c_; });
  }

private:
  char32_t c_;
};

class SplitOnPattern : public PreTokenizer {
public:
  SplitOnPattern(Pattern pattern, DelimiterBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}
  void split(PreTokens &tokens) const override {
    std::vector<Span> matches;
    std::vector<DelimiterPiece> pieces;
    splitEach(tokens, [&](std::string_view text, const Span &span) {
      matches.clear();
      pieces.clear();
      pattern_.find(text.substr(span.begin, span.end - span.begin), matches);
      uint32_t last = span.begin;
      for (const Span &match : matches) {
        uint32_t begin = span.begin + match.begin;
        if (last != begin)
          pieces.push_back({{last, begin}, invert_});
        last = span.begin + match.end;
        pieces.push_back({{begin, last}, !invert_});
      }
      if (last != span.end)
        pieces.push_back({{last, span.end}, invert_});
      applyBehavior(pieces, behavior_, tokens.next);
    });
  }

private:
  Pattern pattern_;
  DelimiterBehavior behavior_;
  bool invert_;
};

class FixedLength : public PreTokenizer {
public:
  explicit FixedLength(size_t length) : length_(length) {}
  void split(PreTokens &tokens) const override {
    splitEach(tokens, [&](std::string_view text, const Span &span) {
      size_t start = span.begin, count = 0;
      for (size_t i = span.begin; i < span.end; ++i) {
        if (isContinuationByte(text[i]) || count++ != length_)
          continue;
        addSpan(tokens.next, start, i);
        start = i;
        count = 1;
      }
      addSpan(tokens.next, start, span.end);
    });
  }

private:
  size_t length_;
};

/// Spaces become a visible character, which begins a word.
class Metaspace : public PreTokenizer {
public:
  enum class Scheme { First, Never, Always };

  Metaspace(char32_t replacement, Scheme scheme, bool split)
      : replacement_(replacement), scheme_(scheme), split_(split) {
    appendUtf8(bytes_, replacement);
  }

  void split(PreTokens &tokens) const override {
    NormalizedString &text = tokens.text;
    std::string_view before = text.text();
    tokens.next.clear();
    uint32_t written = 0;
    Rewriter out(text);
    for (const Span &span : tokens.spans) {
      uint32_t begin = written;
      auto put = [&](std::string_view bytes, uint32_t source) {
        out.put(bytes, source);
        written += static_cast<uint32_t>(bytes.size());
      };
      bool marked = before[span.begin] == ' ' ||
                    before.substr(span.begin, bytes_.size()) == bytes_;
      uint32_t first = text.source(span.begin);
      if (!marked && (scheme_ == Scheme::Always ||
                      (scheme_ == Scheme::First && first == 0)))
        put(bytes_, first);
      for (size_t i = span.begin; i < span.end; ++i) {
        uint32_t source = text.source(i);
        put(before[i] == ' ' ? std::string_view(bytes_) : before.substr(i, 1),
            source);
      }
      tokens.next.push_back({begin, written});
    }
    out.finish();
    if (text.isTooLong())
      tokens.next.clear();
    tokens.spans.swap(tokens.next);
    if (split_)
      splitOnCharacters(tokens, DelimiterBehavior::MergedWithNext,
                        [&](char32_t c) { return c == replacement_; });
  }

private:
  char32_t replacement_;
  Scheme scheme_;
  bool split_;
  std::string bytes_;
};

class PreTokenizerSequence : public PreTokenizer {
public:
  explicit PreTokenizerSequence(
      std::vector<std::unique_ptr<PreTokenizer>> stages)
      : stages_(std::move(stages)) {}
  void split(PreTokens &tokens) const override {
    for (const std::unique_ptr<PreTokenizer> &stage : stages_)
      stage->split(tokens);
  }

private:
  std::vector<std::unique_ptr<PreTokenizer>> stages_;
};

Result<DelimiterBehavior> parseBehavior(const JsonObject &object) {
  TENON_ASSIGN_OR_RETURN(std::string name, object.string("behavior"));
  if (name == "Removed")
    return DelimiterBehavior::Removed;
  if (name == "Isolated")
    return DelimiterBehavior::Isolated;
  if (name == "MergedWithPrevious")
    return DelimiterBehavior::MergedWithPrevious;
  if (name == "MergedWithNext")
    return DelimiterBehavior::MergedWithNext;
  if (name == "Contiguous")
    return DelimiterBehavior::Contiguous;
  return object.error(object.context() + " has the unknown behavior '" + name +
                      "'");
}

Result<char32_t> parseCharacter(const JsonObject &object,
                                std::string_view key) {
  TENON_ASSIGN_OR_RETURN(std::string text, object.string(key));
  const char *at = text.data();
  char32_t c = text.empty() ? 0 : decodeUtf8(at);
  if (text.empty() || at != text.data() + text.size())
    return object.needs(key, "one character");
  return c;
}

Result<std::unique_ptr<PreTokenizer>> parseMetaspace(const JsonObject &object) {
  TENON_ASSIGN_OR_RETURN(char32_t replacement,
                         parseCharacter(object, "replacement"));
  Metaspace::Scheme scheme = Metaspace::Scheme::Always;
  if (object.has("prepend_scheme")) {
    TENON_ASSIGN_OR_RETURN(std::string name, object.string("prepend_scheme"));
    if (name == "first")
      scheme = Metaspace::Scheme::First;
    else if (name == "never")
      scheme = Metaspace::Scheme::Never;
    else if (name != "always")
      return object.needs("prepend_scheme", "always, first or never");
  }
  TENON_ASSIGN_OR_RETURN(bool prefix, object.boolean("add_prefix_space", true));
  if (!prefix) {
    if (object.has("prepend_scheme") && scheme != Metaspace::Scheme::Never)
      return object.error(
          "Metaspace: add_prefix_space contradicts prepend_scheme");
    scheme = Metaspace::Scheme::Never;
  }
  TENON_ASSIGN_OR_RETURN(bool split, object.boolean("split", true));
  return std::unique_ptr<PreTokenizer>(
      new Metaspace(replacement, scheme, split));
}

} // namespace

void applyBehavior(const std::vector<DelimiterPiece> &pieces,
                   DelimiterBehavior behavior, std::vector<Span> &out) {
  size_t first = out.size();
  bool previous = false;
  switch (behavior) {
  case DelimiterBehavior::Removed:
    for (const DelimiterPiece &piece : pieces)
      if (!piece.isDelimiter)
        out.push_back(piece.span);
    return;
  case DelimiterBehavior::Isolated:
    for (const DelimiterPiece &piece : pieces)
      out.push_back(piece.span);
    return;
  case DelimiterBehavior::Contiguous:
  case DelimiterBehavior::MergedWithPrevious:
    for (const DelimiterPiece &piece : pieces) {
      bool merge = behavior == DelimiterBehavior::Contiguous
                       ? piece.isDelimiter == previous
                       : piece.isDelimiter && !previous;
      if (merge && out.size() > first)
        out.back().end = piece.span.end;
      else
        out.push_back(piece.span);
      previous = piece.isDelimiter;
    }
    return;
  case DelimiterBehavior::MergedWithNext:
    for (size_t i = pieces.size(); i-- > 0;) {
      if (pieces[i].isDelimiter && !previous && out.size() > first)
        out.back().begin = pieces[i].span.begin;
      else
        out.push_back(pieces[i].span);
      previous = pieces[i].isDelimiter;
    }
    std::reverse(out.begin() + static_cast<ptrdiff_t>(first), out.end());
    return;
  }
}

Result<std::unique_ptr<PreTokenizer>>
PreTokenizer::parse(const JsonValue &value, const std::string &where) {
  using Pointer = std::unique_ptr<PreTokenizer>;
  if (value.isNull())
    return Pointer();
  TENON_ASSIGN_OR_RETURN(
      std::string type,
      JsonObject(value, where, "pre_tokenizer").string("type"));
  JsonObject object(value, where, "pre_tokenizer " + type);
  if (type == "BertPreTokenizer")
    return Pointer(new BertPreTokenizer());
  if (type == "Whitespace")
    return Pointer(new WhitespaceWords());
  if (type == "WhitespaceSplit")
    return Pointer(new SplitOnClass(Whitespace, DelimiterBehavior::Removed));
  if (type == "Punctuation") {
    DelimiterBehavior behavior = DelimiterBehavior::Isolated;
    if (object.has("behavior")) {
      TENON_ASSIGN_OR_RETURN(behavior, parseBehavior(object));
    }
    return Pointer(new SplitOnClass(Punctuation, behavior));
  }
  if (type == "Digits") {
    TENON_ASSIGN_OR_RETURN(bool each, object.boolean("individual_digits"));
    return Pointer(
        new SplitOnClass(Numeric, each ? DelimiterBehavior::Isolated
                                       : DelimiterBehavior::Contiguous));
  }
  if (type == "CharDelimiterSplit" || type == "Delimiter") {
    TENON_ASSIGN_OR_RETURN(char32_t c, parseCharacter(object, "delimiter"));
    return Pointer(new SplitOnCharacter(c));
  }
  if (type == "Split") {
    TENON_ASSIGN_OR_RETURN(Pattern pattern, Pattern::parse(object));
    TENON_ASSIGN_OR_RETURN(DelimiterBehavior behavior, parseBehavior(object));
    TENON_ASSIGN_OR_RETURN(bool invert, object.boolean("invert"));
    return Pointer(new SplitOnPattern(std::move(pattern), behavior, invert));
  }
  if (type == "FixedLength") {
    int64_t length = 5;
    if (object.has("length")) {
      TENON_ASSIGN_OR_RETURN(length, object.integer("length", 1, INT32_MAX));
    }
    return Pointer(new FixedLength(static_cast<size_t>(length)));
  }
  if (type == "ByteLevel")
    return parseByteLevelPreTokenizer(object);
  if (type == "Metaspace")
    return parseMetaspace(object);
  if (type == "Sequence") {
    TENON_ASSIGN_OR_RETURN(const JsonValue *list,
                           object.array("pretokenizers"));
    std::vector<Pointer> stages;
    for (const JsonValue &item : list->items) {
      TENON_ASSIGN_OR_RETURN(Pointer stage, parse(item, where));
      if (!stage)
        return object.error("a pre_tokenizer of a Sequence is null");
      stages.push_back(std::move(stage));
    }
    return Pointer(new PreTokenizerSequence(std::move(stages)));
  }
  return object.error("pre_tokenizer of type '" + type + "' isn't supported");
}

} // namespace tenon::tokenizers
