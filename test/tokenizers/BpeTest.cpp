//===- BpeTest.cpp - byte-pair encoding -------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/Bpe.h"

#include <chrono>
#include <random>
#include <set>
#include <thread>

namespace tenon::tokenizers {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Pieces = std::vector<std::string>;

Result<std::unique_ptr<Model>> make(const std::vector<std::string> &tokens,
                                    const Pairs &merges,
                                    BpeOptions options = {}) {
  VocabularyBuilder builder("vocab.json");
  builder.mergesWhere = "merges.txt";
  for (size_t i = 0; i < tokens.size(); ++i)
    EXPECT_TRUE(builder.entry(tokens[i], static_cast<int64_t>(i)).isOk());
  for (const auto &[left, right] : merges)
    EXPECT_TRUE(builder.merge(left, right).isOk());
  return Bpe::make(std::move(builder), std::move(options), "vocab.json");
}

std::unique_ptr<Model> model(const std::vector<std::string> &tokens,
                             const Pairs &merges, BpeOptions options = {}) {
  auto made = make(tokens, merges, std::move(options));
  EXPECT_TRUE(made.isOk()) << made.status().message();
  return std::move(*made);
}

/// The tokens of a word, with their place where it isn't as long as they are.
Pieces cut(const Model &model, std::string_view word) {
  std::vector<ModelToken> tokens;
  Status status = model.tokenize(word, tokens);
  if (!status)
    return {status.message()};
  Pieces out;
  for (const ModelToken &token : tokens) {
    out.emplace_back(*model.idToToken(token.id));
    if (out.back() != word.substr(token.begin, token.end - token.begin))
      out.back() +=
          "@" + std::to_string(token.begin) + "-" + std::to_string(token.end);
  }
  return out;
}

TEST(Bpe, MergesByRankThenFromTheLeft) {
  auto bpe =
      model({"a", "b", "c", "ab", "bc", "abc", "aa", "aaaa"},
            {{"b", "c"}, {"a", "b"}, {"a", "bc"}, {"a", "a"}, {"aa", "aa"}});
  EXPECT_EQ(cut(*bpe, "abc"), (Pieces{"abc"}));
  EXPECT_EQ(cut(*bpe, "abab"), (Pieces{"ab", "ab"}));
  EXPECT_EQ(cut(*bpe, "aabc"), (Pieces{"a", "abc"}));
  EXPECT_EQ(cut(*bpe, "aaa"), (Pieces{"aa", "a"}));
  EXPECT_EQ(cut(*bpe, "aaaaaaa"), (Pieces{"aaaa", "aa", "a"}));
  EXPECT_EQ(cut(*bpe, "cba"), (Pieces{"c", "b", "a"}));
}

TEST(Bpe, ATokenNeedsItsMerges) {
  // "abc" is a token that no merge makes: asking again must not change that.
  auto bpe = model({"a", "b", "c", "bc", "abc"}, {{"b", "c"}});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(cut(*bpe, "abc"), (Pieces{"a", "bc"}));
  BpeOptions ignore;
  ignore.ignoreMerges = true;
  auto whole = model({"a", "b", "c", "bc", "abc"}, {{"b", "c"}}, ignore);
  EXPECT_EQ(cut(*whole, "abc"), (Pieces{"abc"}));
  EXPECT_EQ(cut(*whole, "aabc"), (Pieces{"a", "a", "bc"}));
}

TEST(Bpe, EqualMerges) {
  Pairs merges = {{"a", "b"}, {"b", "c"}, {"a", "b"}};
  std::vector<std::string> tokens = {"a", "b", "c", "ab", "bc"};
  EXPECT_EQ(cut(*model(tokens, merges), "abc"), (Pieces{"a", "bc"}));
  VocabularyBuilder builder("vocab.json");
  builder.firstMergeCounts = true;
  for (size_t i = 0; i < tokens.size(); ++i)
    EXPECT_TRUE(builder.entry(tokens[i], static_cast<int64_t>(i)).isOk());
  for (const auto &[left, right] : merges)
    EXPECT_TRUE(builder.merge(left, right).isOk());
  auto first = Bpe::make(std::move(builder), {}, "vocab.json");
  ASSERT_TRUE(first.isOk());
  EXPECT_EQ(cut(**first, "abc"), (Pieces{"ab", "c"}));
}

TEST(Bpe, UnknownCharacters) {
  std::vector<std::string> tokens = {"a", "<unk>", "<0xC3>", "<0xA9>"};
  auto none = model(tokens, {});
  EXPECT_EQ(cut(*none, "a\u00e8\u4e2da"), (Pieces{"a", "a@1-2"}));
  EXPECT_EQ(cut(*none, "\u4e2d"), Pieces());
  BpeOptions options;
  options.unknownToken = "<unk>";
  EXPECT_EQ(cut(*model(tokens, {}, options), "a\u00e8\u4e2da"),
            (Pieces{"a", "<unk>@1-3", "<unk>@3-6", "a"}));
  options.fuseUnknown = true;
  EXPECT_EQ(cut(*model(tokens, {}, options), "a\u00e8\u4e2da"),
            (Pieces{"a", "<unk>@1-6", "a"}));
  options.byteFallback = true;
  EXPECT_EQ(cut(*model(tokens, {}, options), "\u00e9a"),
            (Pieces{"<0xC3>@0-1", "<0xA9>@1-2", "a"}));
  // An unknown one waits until something but bytes follows, as in the library.
  EXPECT_EQ(cut(*model(tokens, {}, options), "\u4e2d\u00e9a"),
            (Pieces{"<0xC3>@0-1", "<0xA9>@1-2", "<unk>@2-5", "a"}));
  options.unknownToken = "<none>";
  EXPECT_EQ(cut(*model(tokens, {}, options), "\u4e2d")[0],
            "vocab.json: the unknown token '<none>' isn't in the vocabulary, "
            "and '\u4e2d' needs it");
}

TEST(Bpe, PrefixAndSuffix) {
  BpeOptions options;
  options.prefix = "##";
  auto prefixed = model({"a", "##a", "##b", "ab", "##ba", "aba"},
                        {{"a", "##b"}, {"##b", "##a"}, {"ab", "##a"}}, options);
  EXPECT_EQ(cut(*prefixed, "ab"), (Pieces{"ab"}));
  EXPECT_EQ(cut(*prefixed, "aaba"), (Pieces{"a", "##a@1-2", "##ba@2-4"}));
  options.prefix.clear();
  options.suffix = "</w>";
  auto suffixed =
      model({"a", "b", "a</w>", "b</w>", "ab</w>"}, {{"a", "b</w>"}}, options);
  EXPECT_EQ(cut(*suffixed, "a"), (Pieces{"a</w>@0-1"}));
  EXPECT_EQ(cut(*suffixed, "aab"), (Pieces{"a", "ab</w>@1-3"}));
  EXPECT_EQ(suffixed->continuingPrefix(), "");
}

TEST(Bpe, Errors) {
  EXPECT_EQ(make({"a", "b"}, {{"a", "b"}}).status().message(),
            "merges.txt: merge 1 of 'a' and 'b': 'ab' isn't in the vocabulary");
  EXPECT_EQ(make({"a", "b", "ab"}, {{"a", "b"}, {"a", "c"}}).status().message(),
            "merges.txt: merge 2 of 'a' and 'c': 'c' isn't in the vocabulary");
  BpeOptions options;
  options.prefix = "##";
  EXPECT_EQ(make({"a", "b"}, {{"a", "b"}}, options).status().message(),
            "merges.txt: merge 1 of 'a' and 'b': the second one has no '##'");

  auto parse = [](const std::string &members) {
    return loadError(R"({"model":{"type":"BPE",)" + members + "}}");
  };
  EXPECT_EQ(parse(R"("vocab":{},"merges":[])"), "");
  EXPECT_EQ(loadError(R"({"model":{"vocab":{},"merges":[]}})"), "");
  EXPECT_EQ(parse(R"("vocab":{},"merges":{})"),
            "tokenizer.json: model BPE needs 'merges', an array");
  EXPECT_EQ(parse(R"("merges":[])"),
            "tokenizer.json: model BPE needs 'vocab', an object");
  EXPECT_EQ(parse(R"("dropout":0.1,"vocab":{},"merges":[])"),
            "tokenizer.json: model BPE with dropout isn't supported");
  EXPECT_EQ(parse(R"("dropout":0.0,"vocab":{},"merges":[])"), "");
  EXPECT_EQ(parse(R"("dropout":2,"vocab":{},"merges":[])"),
            "tokenizer.json: model BPE needs 'dropout', null or a number from "
            "0 to 1");
}

/// What the definition says: the first of the best pairs, again and again.
Pieces byDefinition(std::string_view word, const Pairs &merges) {
  Pieces pieces;
  for (char c : word)
    pieces.emplace_back(1, c);
  for (;;) {
    size_t best = merges.size(), at = 0;
    for (size_t i = 0; i + 1 < pieces.size(); ++i)
      for (size_t rank = 0; rank < best; ++rank)
        if (merges[rank].first == pieces[i] &&
            merges[rank].second == pieces[i + 1]) {
          best = rank;
          at = i;
        }
    if (best == merges.size())
      return pieces;
    pieces[at] += pieces[at + 1];
    pieces.erase(pieces.begin() + static_cast<ptrdiff_t>(at) + 1);
  }
}

TEST(Bpe, ShortAndLongWordsByDefinition) {
  std::mt19937 random(7);
  std::vector<std::string> tokens = {"a", "b", "c"};
  Pairs merges;
  std::set<std::string> known(tokens.begin(), tokens.end());
  while (merges.size() < 40) {
    std::string left = tokens[random() % tokens.size()];
    std::string right = tokens[random() % tokens.size()];
    if (left.size() + right.size() > 7 ||
        std::find(merges.begin(), merges.end(), std::pair(left, right)) !=
            merges.end())
      continue;
    merges.emplace_back(left, right);
    if (known.insert(left + right).second)
      tokens.push_back(left + right);
  }
  std::shuffle(merges.begin(), merges.end(), random);
  auto bpe = model(tokens, merges);
  for (int i = 0; i < 300; ++i) {
    // On both sides of the size from which a heap is used.
    std::string word(1 + random() % 120, 'a');
    for (char &c : word)
      c = static_cast<char>('a' + random() % 3);
    EXPECT_EQ(cut(*bpe, word), byDefinition(word, merges)) << word;
  }
}

TEST(Bpe, LongWordsOfOneLetter) {
  std::vector<std::string> tokens = {"a"};
  Pairs merges;
  while (tokens.back().size() < 64) {
    merges.emplace_back(tokens.back(), tokens.back());
    tokens.push_back(tokens.back() + tokens.back());
  }
  auto bpe = model(tokens, merges);
  std::vector<ModelToken> out;
  auto start = std::chrono::steady_clock::now();
  std::string word(1 << 20, 'a');
  ASSERT_TRUE(bpe->tokenize(word, out).isOk());
  EXPECT_EQ(out.size(), word.size() / 64);
  EXPECT_EQ(out.back().end, word.size());
  // A quadratic merge would take hours.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(1));
}

TEST(Bpe, WhatIsLearntOfWordsIsShared) {
  auto bpe = model({"a", "b", "c", "ab", "bc", "abc"},
                   {{"b", "c"}, {"a", "b"}, {"a", "bc"}});
  std::vector<std::thread> threads;
  std::array<bool, 4> same{};
  for (bool &result : same)
    threads.emplace_back([&] {
      result = true;
      for (int i = 0; i < 200; ++i)
        result &= cut(*bpe, "abc") == Pieces{"abc"} &&
                  cut(*bpe, "abca") == Pieces{"abc", "a"};
    });
  for (std::thread &thread : threads)
    thread.join();
  for (bool result : same)
    EXPECT_TRUE(result);
}

} // namespace
} // namespace tenon::tokenizers
