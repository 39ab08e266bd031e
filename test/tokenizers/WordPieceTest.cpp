//===- WordPieceTest.cpp - vocabularies and WordPiece -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/WordPiece.h"

namespace tenon::tokenizers {
namespace {

std::unique_ptr<Model> makeModel(const std::vector<std::string> &tokens,
                                 WordPieceOptions options = {}) {
  VocabularyBuilder builder("vocab.txt");
  for (size_t i = 0; i < tokens.size(); ++i)
    EXPECT_TRUE(builder.entry(tokens[i], static_cast<int64_t>(i)).isOk());
  auto model =
      WordPiece::make(std::move(builder), std::move(options), "vocab.txt");
  EXPECT_TRUE(model.isOk());
  return std::move(*model);
}

std::vector<std::array<int64_t, 3>> cut(const Model &model,
                                        std::string_view word) {
  std::vector<ModelToken> tokens;
  Status status = model.tokenize(word, tokens);
  EXPECT_TRUE(status.isOk()) << status.message();
  std::vector<std::array<int64_t, 3>> out;
  for (const ModelToken &token : tokens)
    out.push_back({token.id, token.begin, token.end});
  return out;
}

using Cut = std::vector<std::array<int64_t, 3>>;

TEST(WordPiece, TakesTheLongestFirst) {
  auto model = makeModel({"[UNK]", "un", "##aff", "##able", "una", "##b", "a"});
  EXPECT_EQ(cut(*model, "unaffable"),
            (Cut{{0, 0, 9}})); // "una" is longer than "un", then all fails.
  EXPECT_EQ(cut(*model, "unaffab"), (Cut{{0, 0, 7}}));
  EXPECT_EQ(cut(*model, "unab"), (Cut{{4, 0, 3}, {5, 3, 4}}));
  EXPECT_EQ(cut(*model, "ab"), (Cut{{6, 0, 1}, {5, 1, 2}}));
  EXPECT_EQ(cut(*model, "b"), (Cut{{0, 0, 1}})); // Continues words only.
}

TEST(WordPiece, KeepsToCharacters) {
  auto model = makeModel({"[UNK]", "\u00e9", "##\u00e9", "##\u4e2d"});
  EXPECT_EQ(cut(*model, "\u00e9\u00e9\u4e2d"),
            (Cut{{1, 0, 2}, {2, 2, 4}, {3, 4, 7}}));
  EXPECT_EQ(cut(*model, "\u00e8"), (Cut{{0, 0, 2}}));
}

TEST(WordPiece, LongWordsAreUnknown) {
  auto model = makeModel({"[UNK]", "a", "##a", "\u00e9", "##\u00e9"});
  EXPECT_EQ(cut(*model, std::string(100, 'a')).size(), 100u);
  EXPECT_EQ(cut(*model, std::string(101, 'a')), (Cut{{0, 0, 101}}));
  std::string accents;
  for (int i = 0; i < 100; ++i)
    accents += "\u00e9";
  EXPECT_EQ(cut(*model, accents).size(), 100u); // Characters, not bytes.
  EXPECT_EQ(cut(*model, accents + "\u00e9"), (Cut{{0, 0, 202}}));
}

TEST(WordPiece, OtherPrefixes) {
  WordPieceOptions options;
  options.prefix = "";
  auto none = makeModel({"[UNK]", "a", "b"}, options);
  EXPECT_EQ(cut(*none, "aba"), (Cut{{1, 0, 1}, {2, 1, 2}, {1, 2, 3}}));
  options.prefix = "@@";
  auto other = makeModel({"[UNK]", "a", "@@b", "##b"}, options);
  EXPECT_EQ(cut(*other, "ab"), (Cut{{1, 0, 1}, {2, 1, 2}}));
  EXPECT_EQ(cut(*other, "##b"), (Cut{{3, 0, 3}})); // It begins a word here.
}

TEST(WordPiece, MissingUnknownToken) {
  auto model = makeModel({"a"});
  EXPECT_EQ(cut(*model, "a"), (Cut{{0, 0, 1}}));
  std::vector<ModelToken> tokens;
  EXPECT_EQ(model->tokenize("b", tokens).message(),
            "vocab.txt: the unknown token '[UNK]' isn't in the vocabulary, and "
            "'b' needs it");
}

TEST(Vocabulary, RepeatedTokensAndIds) {
  VocabularyBuilder builder("f");
  for (auto [token, id] : {std::pair("a", 0), {"b", 1}, {"a", 5}, {"c", 1}})
    ASSERT_TRUE(builder.entry(token, id).isOk());
  Vocabulary vocabulary;
  ASSERT_TRUE(vocabulary
                  .build(std::move(builder.arena), std::move(builder.entries),
                         "##", "f")
                  .isOk());
  EXPECT_EQ(vocabulary.size(), 3u);
  EXPECT_EQ(vocabulary.find("a"), 5); // The last one counts.
  EXPECT_EQ(vocabulary.token(1), "c");
  EXPECT_EQ(vocabulary.token(0), std::nullopt);
  EXPECT_EQ(vocabulary.token(5), "a");
  EXPECT_EQ(vocabulary.token(-1), std::nullopt);
  EXPECT_EQ(vocabulary.token(6), std::nullopt);
  EXPECT_EQ(vocabulary.find(""), std::nullopt);
  EXPECT_EQ(vocabulary.largestId(), 5);
}

TEST(Vocabulary, FarApartIds) {
  VocabularyBuilder builder("f");
  for (auto [token, id] : {std::pair("a", 0), {"b", INT32_MAX}, {"c", 7}})
    ASSERT_TRUE(builder.entry(token, id).isOk());
  Vocabulary vocabulary;
  ASSERT_TRUE(
      vocabulary
          .build(std::move(builder.arena), std::move(builder.entries), "", "f")
          .isOk());
  EXPECT_EQ(vocabulary.token(INT32_MAX), "b");
  EXPECT_EQ(vocabulary.token(7), "c");
  EXPECT_EQ(vocabulary.token(8), std::nullopt);
  EXPECT_EQ(vocabulary.find("c"), 7);
}

TEST(Vocabulary, IdsOutOfRange) {
  VocabularyBuilder builder("f");
  EXPECT_EQ(builder.entry("a", -1).message(),
            "f: the id -1 of token 'a' is out of range");
  EXPECT_EQ(builder.entry("a", int64_t(1) << 31).message(),
            "f: the id 2147483648 of token 'a' is out of range");
}

TEST(Vocabulary, LooksUpStringsOfAllLengths) {
  std::vector<std::string> tokens = {"[UNK]"};
  for (size_t i = 1; i < 80; ++i)
    for (char c : {'a', 'b'}) {
      tokens.push_back(std::string(i - 1, 'x') + c);
      tokens.push_back(c + std::string(i, 'y'));
    }
  auto model = makeModel(tokens);
  for (size_t i = 0; i < tokens.size(); ++i)
    EXPECT_EQ(model->tokenToId(tokens[i]), static_cast<int32_t>(i))
        << tokens[i];
  EXPECT_EQ(model->tokenToId(std::string(40, 'x')), std::nullopt);
}

} // namespace
} // namespace tenon::tokenizers
