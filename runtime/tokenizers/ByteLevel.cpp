//===- ByteLevel.cpp - bytes as visible characters --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "ByteLevel.h"

#include "Unicode.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

/// The characters that stand for bytes are below this one.
constexpr char32_t kEndOfCharacters = 0x144;

/// Whether a byte is written as the character of the same number.
constexpr bool isVisible(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) ||
         byte >= 0xAE;
}

struct ByteTables {
  ByteCharacters characters;
  std::array<int16_t, kEndOfCharacters> bytes; ///< Of a character, or -1.

  ByteTables() {
    bytes.fill(-1);
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      char32_t c = isVisible(byte) ? byte : next++;
      char utf8[4];
      characters[byte].size = static_cast<uint8_t>(encodeUtf8(c, utf8));
      characters[byte].bytes[0] = utf8[0];
      characters[byte].bytes[1] = utf8[1];
      bytes[c] = static_cast<int16_t>(byte);
    }
  }
  static const ByteTables &get() {
    static const ByteTables tables;
    return tables;
  }
};

/// Words by the expression of GPT-2,
///   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
class WordFinder {
public:
  explicit WordFinder(const CharTable &table)
      : table_(table), ascii_(table.ascii()) {}

  /// The end of the word at `at`, which isn't `end`.
  const char *endOfWord(const char *at, const char *end) const {
    if (*at == '\'')
      if (size_t size = contraction(at, end))
        return at + size;
    const char *behind = at;
    CharClasses kind = take(behind);
    if (*at == ' ' && behind != end) {
      const char *next = behind;
      CharClasses other = take(next);
      if (other != Whitespace) {
        kind = other;
        behind = next;
      }
    }
    if (kind != Whitespace)
      return endOfRun(behind, end, kind);
    // White space up to the end, or without the last one, which belongs to the
    // next word or is one itself.
    const char *last = at;
    while (behind != end) {
      const char *start = behind;
      if (take(behind) != Whitespace)
        return last == at ? start : last;
      last = start;
    }
    return end;
  }

private:
  static constexpr CharClasses kKinds = Letter | Number | Whitespace;

  /// One of kKinds, or 0; moves `at` behind the character.
  CharClasses take(const char *&at) const {
    if (static_cast<unsigned char>(*at) < 0x80)
      return ascii_[static_cast<unsigned char>(*at++)] & kKinds;
    return table_.classes(decodeUtf8(at)) & kKinds;
  }

  const char *endOfRun(const char *at, const char *end,
                       CharClasses kind) const {
    while (at != end) {
      const char *start = at;
      if (take(at) != kind)
        return start;
    }
    return end;
  }

  static size_t contraction(const char *at, const char *end) {
    auto is = [&](ptrdiff_t i, char c) { return end - at > i && at[i] == c; };
    if (is(1, 's') || is(1, 't') || is(1, 'm') || is(1, 'd'))
      return 2;
    bool two = (is(1, 'r') && is(2, 'e')) || (is(1, 'v') && is(2, 'e')) ||
               (is(1, 'l') && is(2, 'l'));
    return two ? 3 : 0;
  }

  const CharTable &table_;
  const CharClasses *ascii_;
};

class ByteLevelPreTokenizer : public PreTokenizer {
public:
  ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex)
      : addPrefixSpace_(addPrefixSpace), useRegex_(useRegex) {}

  void split(PreTokens &tokens) const override {
    if (addPrefixSpace_)
      addSpaces(tokens);
    if (useRegex_)
      findWords(tokens);
    tokens.next.clear();
    ByteWriter out(tokens.text, byteCharacters());
    for (const PreTokens::Span &span : tokens.spans)
      tokens.next.push_back(out.write(span));
    out.finish();
    tokens.spans.swap(tokens.next);
    if (tokens.text.isTooLong())
      tokens.spans.clear();
  }

private:
  /// Puts a space before every part that begins with none.
  static void addSpaces(PreTokens &tokens) {
    std::string_view before = tokens.text.text();
    tokens.next.clear();
    Rewriter out(tokens.text);
    uint32_t written = 0;
    for (const PreTokens::Span &span : tokens.spans) {
      uint32_t begin = written;
      if (before[span.begin] != ' ') {
        out.put(" ", tokens.text.source(span.begin));
        ++written;
      }
      out.copy(span.begin, span.end);
      written += span.end - span.begin;
      tokens.next.push_back({begin, written});
    }
    out.finish();
    tokens.spans.swap(tokens.next);
    if (tokens.text.isTooLong())
      tokens.spans.clear();
  }

  static void findWords(PreTokens &tokens) {
    WordFinder finder(CharTable::get());
    tokens.next.clear();
    const char *text = tokens.text.text().data();
    for (const PreTokens::Span &span : tokens.spans) {
      const char *at = text + span.begin, *end = text + span.end;
      while (at != end) {
        const char *start = at;
        at = finder.endOfWord(at, end);
        tokens.next.push_back({static_cast<uint32_t>(start - text),
                               static_cast<uint32_t>(at - text)});
      }
    }
    tokens.spans.swap(tokens.next);
  }

  bool addPrefixSpace_, useRegex_;
};

class ByteLevelNormalizer : public Normalizer {
public:
  void normalize(NormalizedString &text) const override {
    ByteWriter out(text, byteCharacters());
    out.write({0, static_cast<uint32_t>(text.text().size())});
    out.finish();
  }
};

class ByteLevelDecoder : public Decoder {
public:
  Status decode(std::vector<std::string> &tokens) const override {
    std::string bytes, text;
    for (const std::string &token : tokens)
      appendBytesOf(token, bytes);
    appendLossily(bytes, true, text);
    tokens.clear();
    tokens.push_back(std::move(text));
    return Status::ok();
  }
  bool isByteLevel() const override { return true; }
};

} // namespace

const ByteCharacters &byteCharacters() { return ByteTables::get().characters; }

void appendBytesOf(std::string_view token, std::string &bytes) {
  const ByteTables &tables = ByteTables::get();
  size_t before = bytes.size();
  const char *at = token.data(), *end = at + token.size();
  while (at != end) {
    char32_t c = decodeUtf8(at);
    int byte = c < kEndOfCharacters ? tables.bytes[c] : -1;
    if (byte < 0) {
      bytes.resize(before);
      bytes.append(token);
      return;
    }
    bytes.push_back(static_cast<char>(byte));
  }
}

size_t appendLossily(std::string_view bytes, bool final, std::string &text) {
  size_t done = 0;
  while (done != bytes.size()) {
    std::string_view rest = bytes.substr(done);
    size_t valid = std::min(findInvalidUtf8(rest), rest.size());
    text.append(rest.substr(0, valid));
    done += valid;
    rest.remove_prefix(valid);
    if (rest.empty())
      break;
    BrokenSequence broken = brokenSequence(rest);
    if (broken.incomplete && !final)
      break;
    text.append("\uFFFD");
    done += broken.size;
  }
  return done;
}

Result<std::unique_ptr<PreTokenizer>>
parseByteLevelPreTokenizer(const JsonObject &object) {
  TENON_ASSIGN_OR_RETURN(bool prefix, object.boolean("add_prefix_space"));
  TENON_ASSIGN_OR_RETURN(bool regex, object.boolean("use_regex", true));
  return std::unique_ptr<PreTokenizer>(
      new ByteLevelPreTokenizer(prefix, regex));
}

std::unique_ptr<Normalizer> makeByteLevelNormalizer() {
  return std::make_unique<ByteLevelNormalizer>();
}

std::unique_ptr<Decoder> makeByteLevelDecoder() {
  return std::make_unique<ByteLevelDecoder>();
}

} // namespace tenon::tokenizers
