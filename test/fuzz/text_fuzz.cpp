//===- text_fuzz.cpp - any text through real tokenizers ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The first byte chooses a tokenizer of the goldens or a byte-level one, the
// second how to cut; the rest is a text, a second one and words, with a zero
// byte between them. Only UTF-8 is encoded; offsets lie in the text and in
// order; the windows of a cut text are all of it; pairs, batches and
// repetitions give what single texts do.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/tokenizers/Unicode.h"

#include "support/File.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace tenon;
using namespace tenon::tokenizers;
using namespace tenon::fuzz;

namespace {

/// A byte-level one: a token for each byte and for some pairs.
Tokenizer makeByteLevel() {
  std::string vocabulary = "{", merges;
  char32_t next = 0x100;
  int id = 0;
  for (unsigned byte = 0; byte < 256; ++byte, ++id) {
    bool isVisible =
        (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
    std::string token;
    if (byte == '"' || byte == '\\')
      token = "\\";
    appendUtf8(token, isVisible ? byte : next++);
    vocabulary += (id ? ",\"" : "\"") + token + "\":" + std::to_string(id);
  }
  for (auto [left, right] : {std::pair{"t", "h"},
                             {"th", "e"},
                             {"\u0120", "the"},
                             {"\u00c3", "\u00a9"},
                             {"\u00f0", "\u0141"},
                             {"x", "x"},
                             {"xx", "xx"}}) {
    merges += std::string(left) + " " + right + "\n";
    vocabulary +=
        std::string(",\"") + left + right + "\":" + std::to_string(id++);
  }
  vocabulary += "}";
  TokenizerFiles files;
  files.vocabJson = vocabulary;
  files.mergesTxt = merges;
  auto tokenizer = Tokenizer::fromFiles(files);
  require(tokenizer.isOk());
  return *tokenizer;
}

std::vector<Tokenizer> loadTokenizers() {
  std::vector<Tokenizer> tokenizers;
  for (const char *name :
       {"accents", "added", "cased", "cased-stripped", "uncased"}) {
    auto contents = [&](const char *file) {
      auto read = readFile(std::string(TENON_GOLDENS "/tokenizers/") + name +
                               "/" + file,
                           1 << 24);
      return read ? *read : std::string();
    };
    std::string json = contents("tokenizer.json"),
                config = contents("tokenizer_config.json"),
                special = contents("special_tokens_map.json");
    TokenizerFiles files;
    files.tokenizerJson = json;
    files.tokenizerConfig = config;
    files.specialTokensMap = special;
    auto tokenizer = Tokenizer::fromFiles(files);
    if (!tokenizer) {
      std::fprintf(stderr, "%s: %s\n", name,
                   tokenizer.status().message().c_str());
      std::abort();
    }
    tokenizers.push_back(*tokenizer);
  }
  tokenizers.push_back(makeByteLevel());
  return tokenizers;
}

bool isText(std::string_view text) {
  return findInvalidUtf8(text) == std::string_view::npos;
}

bool same(const Encoding &a, const Encoding &b) {
  return a.ids == b.ids && a.typeIds == b.typeIds &&
         a.attentionMask == b.attentionMask &&
         a.specialTokensMask == b.specialTokensMask && a.offsets == b.offsets &&
         a.wordIds == b.wordIds && a.sequenceIds == b.sequenceIds &&
         std::equal(a.overflow.begin(), a.overflow.end(), b.overflow.begin(),
                    b.overflow.end(), same);
}

/// The tokens of text `sequence`, without those added around it.
struct Tokens {
  std::vector<int32_t> ids, words;
  std::vector<Encoding::Offset> offsets;

  Tokens() = default;
  Tokens(const Encoding &encoding, int8_t sequence) {
    for (size_t i = 0; i < encoding.size(); ++i)
      if (!encoding.specialTokensMask[i] &&
          encoding.sequenceIds[i] == sequence) {
        ids.push_back(encoding.ids[i]);
        words.push_back(encoding.wordIds[i]);
        offsets.push_back(encoding.offsets[i]);
      }
  }
  bool operator==(const Tokens &) const = default;
};

/// What holds for every encoding. `lengths` are the code points of its texts,
/// or of the words of its only one.
void check(const Tokenizer &tokenizer, const Encoding &encoding,
           const std::vector<size_t> &lengths, bool isWords) {
  size_t size = encoding.size();
  require(encoding.typeIds.size() == size && encoding.offsets.size() == size &&
          encoding.attentionMask.size() == size &&
          encoding.specialTokensMask.size() == size &&
          encoding.wordIds.size() == size &&
          encoding.sequenceIds.size() == size);
  int64_t lastPart = -1, lastWord = -1;
  uint32_t lastBegin = 0;
  for (size_t i = 0; i < size; ++i) {
    require(tokenizer.idToToken(encoding.ids[i]).has_value());
    require(encoding.attentionMask[i] == 1);
    if (encoding.specialTokensMask[i]) {
      require(encoding.offsets[i] == (Encoding::Offset{0, 0}));
      continue;
    }
    int8_t sequence = encoding.sequenceIds[i];
    int32_t word = encoding.wordIds[i];
    require(sequence >= 0 && word >= 0);
    // The text that the offsets are in: one of the pair, or a word.
    int64_t part = isWords ? word : sequence;
    require(part >= lastPart && size_t(part) < lengths.size());
    if (part != lastPart)
      lastBegin = 0;
    if (!isWords && part == lastPart)
      require(word >= lastWord);
    auto [begin, end] = encoding.offsets[i];
    require(begin < end && end <= lengths[part]);
    require(begin >= lastBegin);
    lastBegin = begin;
    lastPart = part;
    lastWord = word;
    // The look-ups go through all tokens.
    if (size > 256)
      continue;
    auto tokens = encoding.wordToTokens(word, sequence);
    require(tokens && tokens->first <= i && i < tokens->second);
    auto chars = encoding.wordToChars(word, sequence);
    require(chars && chars->begin <= chars->end);
    if (!isWords) {
      auto token = encoding.charToToken(begin, sequence);
      require(token && encoding.offsets[*token].begin <= begin &&
              begin < encoding.offsets[*token].end);
    }
  }
  for (bool skip : {false, true})
    for (bool clean : {false, true}) {
      auto text = tokenizer.decode(encoding.ids, {skip, clean});
      require(text && isText(*text));
    }
}

/// The windows of a text, put together again, are its tokens.
void checkWindows(const Encoding &cut, const Tokens &whole, size_t stride,
                  Side side) {
  std::vector<const Encoding *> windows = {&cut};
  for (const Encoding &window : cut.overflow)
    windows.push_back(&window);
  if (side == Side::Left)
    std::reverse(windows.begin(), windows.end());
  Tokens all;
  for (const Encoding *window : windows) {
    Tokens part(*window, 0);
    size_t shared = 0;
    if (!all.ids.empty()) {
      // The window that ends at the border may be shorter than the others, and
      // share more.
      require(part.ids.size() >= stride || windows.size() == 1);
      shared = std::min(stride, part.ids.size());
      require(all.ids.size() >= shared);
      require(std::equal(part.ids.begin(), part.ids.begin() + shared,
                         all.ids.end() - shared));
    }
    all.ids.insert(all.ids.end(), part.ids.begin() + shared, part.ids.end());
    all.words.insert(all.words.end(), part.words.begin() + shared,
                     part.words.end());
    all.offsets.insert(all.offsets.end(), part.offsets.begin() + shared,
                       part.offsets.end());
  }
  require(all == whole);
}

/// Encodes twice, and in a batch of two, and checks that all are the same.
std::optional<Encoding> encode(const Tokenizer &tokenizer,
                               const EncodeInput &input, bool isValid,
                               const EncodeOptions &options = {}) {
  auto encoding = tokenizer.encode(input, options);
  require(encoding.isOk() == isValid);
  if (!encoding) {
    require(encoding.status().what().find('\n') == std::string::npos);
    return std::nullopt;
  }
  EncodeInput other{TextInput("other")};
  EncodeInput inputs[] = {other, input};
  auto batch = tokenizer.encodeBatch(inputs, options);
  require(batch.isOk());
  size_t first = 0;
  while (batch->inputs[first] == 0)
    ++first;
  Encoding again = batch->encodings[first];
  again.overflow.assign(batch->encodings.begin() + first + 1,
                        batch->encodings.end());
  require(same(*encoding, again));
  return std::move(*encoding);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::vector<Tokenizer> tokenizers = loadTokenizers();
  if (size < 2)
    return 0;
  const Tokenizer &tokenizer = tokenizers[data[0] % tokenizers.size()];
  bool isByteLevel = &tokenizer == &tokenizers.back();
  uint8_t choice = data[1];
  std::string_view rest(reinterpret_cast<const char *>(data) + 2, size - 2);
  std::string_view first = take(rest), second = take(rest);
  std::vector<std::string_view> words;
  while (!rest.empty())
    words.push_back(take(rest));

  auto one = encode(tokenizer, TextInput(first), isText(first));
  if (one) {
    check(tokenizer, *one, {countCodePoints(first)}, false);
    if (isByteLevel)
      require(*tokenizer.decode(one->ids, {false, false}) == first);
    Tokens whole(*one, 0);
    size_t added = tokenizer.specialTokensToAdd(false);
    size_t stride = choice / 16 % 4, room = stride + 1 + choice % 8;
    EncodeOptions cut;
    cut.truncation =
        Truncation{added + room, stride, TruncationStrategy::LongestFirst,
                   choice & 128 ? Side::Left : Side::Right};
    cut.returnOverflow = true;
    if (auto windows = encode(tokenizer, TextInput(first), true, cut)) {
      for (const Encoding &window : windows->overflow)
        require(window.size() <= added + room);
      require(windows->size() <= added + room);
      checkWindows(*windows, whole, stride, cut.truncation->side);
    }
    EncodeOptions padded;
    padded.padding = Padding{std::nullopt, 8, Side::Right, 0, 0};
    auto longer = tokenizer.encode(TextInput(first), padded);
    require(longer && longer->size() % 8 == 0 &&
            std::equal(one->ids.begin(), one->ids.end(), longer->ids.begin()));
  }

  bool isPair = isText(first) && isText(second);
  if (auto pair = encode(tokenizer, {first, second}, isPair)) {
    check(tokenizer, *pair, {countCodePoints(first), countCodePoints(second)},
          false);
    require(Tokens(*pair, 0) == Tokens(*one, 0));
    auto other = tokenizer.encode(TextInput(second));
    require(other && Tokens(*pair, 1) == Tokens(*other, 0));
  }

  // Words need a space before each, which this byte-level one doesn't add.
  bool areWords =
      std::all_of(words.begin(), words.end(), isText) && !isByteLevel;
  auto split = encode(
      tokenizer, TextInput(std::span<const std::string_view>(words)), areWords);
  if (split) {
    std::vector<size_t> lengths;
    for (std::string_view word : words)
      lengths.push_back(countCodePoints(word));
    check(tokenizer, *split, lengths, true);
  }
  return 0;
}
