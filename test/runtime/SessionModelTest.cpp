//===- SessionModelTest.cpp - rows that go on in a session ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "../support/TestFiles.h"
#include "TestModel.h"

#include "runtime/generation/Perplexity.h"
#include "runtime/generation/ScoreMath.h"
#include "runtime/generation/SessionModel.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

namespace tenon::generation {
namespace {

using Tokens = std::vector<int32_t>;

class SessionModelTest : public testing::Test {
protected:
  SessionModelTest() {
    EXPECT_TRUE(makeTokenModel(TENON_GOLDENS "/decoders/gpt2-text")
                    .write(folder / "m.tenon")
                    .isOk());
    instance = *runtime::Instance::create({.threads = 2});
    model = *runtime::Model::open(instance, folder / "m.tenon");
    session = newSession();
  }

  Tokens random(size_t count) {
    Tokens made;
    for (size_t i = 0; i < count; ++i)
      made.push_back(static_cast<int32_t>(generator() % 317));
    return made;
  }

  static Tokens join(Tokens a, const Tokens &b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }

  static std::vector<float> prefill(SessionModel &rows,
                                    const std::vector<Tokens> &texts) {
    std::vector<Prompt> prompts;
    for (const Tokens &text : texts)
      prompts.push_back({text, {}});
    auto logits = rows.prefill(prompts);
    EXPECT_TRUE(logits.isOk()) << logits.status().message();
    return logits ? std::vector<float>(logits->begin(), logits->end())
                  : std::vector<float>();
  }

  /// The logits after texts in a session that has seen nothing.
  std::vector<float> fresh(const std::vector<Tokens> &texts) {
    auto other = newSession();
    auto rows = newRows(*other);
    return prefill(*rows, texts);
  }

  SessionModelLoan borrow() {
    auto loan = SessionModelLoan::take(*session);
    EXPECT_TRUE(loan.isOk());
    return std::move(*loan);
  }

  std::unique_ptr<runtime::Session>
  newSession(const runtime::SessionOptions &options = {}) {
    auto made = runtime::Session::create(model, options);
    EXPECT_TRUE(made.isOk());
    return std::move(*made);
  }

  static std::unique_ptr<SessionModel> newRows(runtime::Session &session) {
    auto made = SessionModel::create(session);
    EXPECT_TRUE(made.isOk());
    return std::move(*made);
  }

  TestFolder folder;
  std::mt19937 generator{7};
  std::shared_ptr<runtime::Instance> instance;
  std::shared_ptr<const runtime::Model> model;
  std::unique_ptr<runtime::Session> session;
};

TEST_F(SessionModelTest, PromptsGoOnFromEarlierCalls) {
  Tokens first = random(40), second = random(33), more = random(21);
  {
    auto rows = borrow();
    EXPECT_EQ(prefill(*rows, {first}), fresh({first}));
    EXPECT_EQ(rows->reusedTokens(), 0u);
    int32_t token = 5;
    ASSERT_TRUE(rows->step({&token, 1}).isOk());
  }
  {
    // Another conversation in between; both are kept.
    auto rows = borrow();
    EXPECT_EQ(prefill(*rows, {second}), fresh({second}));
    EXPECT_EQ(rows->reusedTokens(), 0u);
  }
  {
    auto rows = borrow();
    Tokens longer = join(join(first, {5}), more);
    std::vector<Tokens> texts = {join(second, more), random(9), longer};
    EXPECT_EQ(prefill(*rows, texts), fresh(texts));
    EXPECT_EQ(rows->reusedTokens(), 33u + 41u);
    // The rows that go on are the prompts, in their order.
    std::vector<int32_t> tokens = {1, 2, 3};
    auto logits = rows->step(tokens);
    ASSERT_TRUE(logits.isOk());
    for (size_t i = 0; i < 3; ++i)
      texts[i].push_back(tokens[i]);
    EXPECT_EQ(std::vector<float>(logits->begin(), logits->end()), fresh(texts));
  }
  // The same again: all but the last token is there.
  auto rows = borrow();
  EXPECT_EQ(prefill(*rows, {first}), fresh({first}));
  EXPECT_EQ(rows->reusedTokens(), 39u);
  // A few tokens aren't worth it.
  Tokens other = random(30);
  std::copy_n(first.begin(), 15, other.begin());
  EXPECT_EQ(prefill(*rows, {other}), fresh({other}));
  EXPECT_EQ(rows->reusedTokens(), 0u);
}

TEST_F(SessionModelTest, BestTokens) {
  ASSERT_TRUE(makeTokenModel(TENON_GOLDENS "/decoders/gpt2-text", true)
                  .write(folder / "l.tenon")
                  .isOk());
  auto plain = newRows(*session);
  plain->setWanted(1); // This model can't do otherwise.
  auto finding = *runtime::Model::open(instance, folder / "l.tenon");
  auto made = runtime::Session::create(finding);
  ASSERT_TRUE(made);
  std::unique_ptr<runtime::Session> other = std::move(*made);
  std::vector<Tokens> texts = {random(20), random(7), random(20)};
  std::vector<Prompt> prompts;
  for (const Tokens &text : texts)
    prompts.push_back({text, {}});
  {
    auto loan = SessionModelLoan::take(*other);
    SessionModelLoan rows = std::move(*loan);
    auto compare = [&](size_t count, const Result<Logits> &logits,
                       Result<Logits> none) {
      ASSERT_TRUE(logits.isOk());
      ASSERT_TRUE(none.isOk()) << none.status().message();
      EXPECT_TRUE(none->empty());
      ASSERT_EQ(rows->best().size(), 3u);
      for (size_t i = 0; i < 3; ++i) {
        auto row = logits->subspan(i * 317, 317);
        RowLogits found = rows->best()[i];
        ASSERT_EQ(found.tokens.size(), count);
        ASSERT_EQ(found.logits.size(), count);
        std::vector<size_t> expected = indicesOfLargest(row, count);
        for (size_t k = 0; k < count; ++k) {
          EXPECT_EQ(size_t(found.tokens[k]), expected[k]);
          EXPECT_EQ(found.logits[k], row[expected[k]]);
        }
        EXPECT_EQ(found.total,
                  count == 1 ? 0
                             : std::accumulate(row.begin(), row.end(), 0.0f));
      }
    };
    rows->setWanted(1);
    compare(1, plain->prefill(prompts), rows->prefill(prompts));
    std::vector<int32_t> tokens = {5, 6, 7};
    compare(1, plain->step(tokens), rows->step(tokens));
    // All ways mix as one likes.
    rows->setWanted(6);
    compare(6, plain->step(tokens), rows->step(tokens));
    rows->setWanted(0);
    auto logits = rows->step(tokens);
    ASSERT_TRUE(logits.isOk());
    auto expected = plain->step(tokens);
    EXPECT_TRUE(std::ranges::equal(*logits, *expected));
    rows->setWanted(20);
    compare(20, plain->step(tokens), rows->step(tokens));
    // More than it finds are all logits.
    rows->setWanted(21);
    EXPECT_EQ(rows->step(tokens)->size(), 3 * 317u);
    EXPECT_TRUE(rows->best().empty());
    expected = plain->step(tokens);

    // What it left away it can still give, behind a prompt as well.
    rows->setWanted(2);
    EXPECT_TRUE(rows->step(tokens)->empty());
    expected = plain->step(tokens);
    EXPECT_TRUE(std::ranges::equal(*rows->complete(), *expected));
    EXPECT_EQ(rows->state().length(0), plain->state().length(0));
    rows->setWanted(2);
    compare(2, plain->step(tokens), rows->step(tokens));
    std::vector<Prompt> one = {{{texts[1].data(), 1}, {}}};
    EXPECT_TRUE(rows->prefill(one)->empty());
    expected = plain->prefill(one);
    EXPECT_TRUE(std::ranges::equal(*rows->complete(), *expected));
    rows->setWanted(5);
    compare(5, plain->prefill(prompts), rows->prefill(prompts));
  }
  // Whoever borrows it next gets logits at first.
  auto loan = SessionModelLoan::take(*other);
  SessionModelLoan rows = std::move(*loan);
  EXPECT_EQ(rows->prefill(prompts)->size(), 3 * 317u);
}

TEST_F(SessionModelTest, BeamsAndKeptRows) {
  Tokens kept = random(50), prompt = random(20);
  {
    prefill(*borrow(), {kept});
  }
  auto rows = borrow();
  prefill(*rows, {prompt});
  uint32_t copies[] = {0, 0, 0};
  ASSERT_TRUE(rows->reorder(copies).isOk());
  std::vector<int32_t> tokens = {1, 2, 3};
  ASSERT_TRUE(rows->step(tokens).isOk());
  uint32_t beams[] = {2, 0};
  ASSERT_TRUE(rows->reorder(beams).isOk());
  tokens = {4, 5};
  auto logits = rows->step(tokens);
  ASSERT_TRUE(logits.isOk());
  EXPECT_EQ(std::vector<float>(logits->begin(), logits->end()),
            fresh({join(prompt, {3, 4}), join(prompt, {1, 5})}));
  uint32_t wrong[] = {2};
  EXPECT_EQ(rows->reorder(wrong).message(), "state: has no row 2, but 2 rows");
  EXPECT_FALSE(rows->step(Tokens{1, 2, 3}).isOk());
  prefill(*rows, {join(kept, {1, 2})});
  EXPECT_EQ(rows->reusedTokens(), 50u);
}

TEST_F(SessionModelTest, WhatIsKeptIsBounded) {
  size_t most = 0;
  for (int i = 0; i < 40; ++i) {
    auto rows = borrow();
    std::vector<Tokens> texts;
    for (size_t r = 0; r < 1 + generator() % 9; ++r)
      texts.push_back(random(1 + generator() % 120));
    EXPECT_EQ(prefill(*rows, texts), fresh(texts));
    rows->settle();
    size_t total = 0;
    for (const Tokens &held : rows->held())
      total += held.size();
    EXPECT_LE(total, 300u);
    EXPECT_EQ(rows->held().size(), rows->state().rows());
    most = std::max(most, total);
    // No more blocks than these need, of 16 tokens each, which fit into the
    // least that a block takes.
    static_assert(16 * 4 <= format::stateAlignment);
    uint64_t blocks =
        rows->state().memory().bytesInUse() / format::stateAlignment;
    EXPECT_LE(blocks, total / 16 + rows->held().size());
  }
  EXPECT_GT(most, 100u);

  session = newSession({.keptPositions = 64});
  Tokens shorter = random(30), longer = random(100);
  {
    prefill(*borrow(), {shorter, longer});
  }
  auto rows = borrow();
  ASSERT_EQ(rows->held().size(), 1u);
  EXPECT_EQ(rows->held()[0], shorter);
}

TEST_F(SessionModelTest, FailedCallsKeepWhatThereWas) {
  Tokens first = random(40), bad = join(first, {1, 2, 999});
  {
    prefill(*borrow(), {first});
  }
  auto rows = borrow();
  Prompt prompt = {bad, {}};
  EXPECT_FALSE(rows->prefill({&prompt, 1}).isOk());
  EXPECT_FALSE(rows->step(Tokens{1}).isOk()); // No row goes on.
  Tokens good = join(first, random(7));
  EXPECT_EQ(prefill(*rows, {good}), fresh({good}));
  EXPECT_EQ(rows->reusedTokens(), 40u);
  EXPECT_FALSE(rows->step(Tokens{999}).isOk());
  EXPECT_EQ(prefill(*rows, {join(good, {4})}), fresh({join(good, {4})}));
  EXPECT_EQ(rows->reusedTokens(), 47u);
}

TEST_F(SessionModelTest, CancelledWithinAPass) {
  for (unsigned threads : {1u, 2u}) {
    session = newSession({.threads = threads});
    Tokens first = random(60), text = join(first, random(200));
    {
      prefill(*borrow(), {first});
    }
    auto rows = borrow();
    std::atomic<bool> cancel = false;
    rows->setCancel(&cancel);
    // The pass takes a second.
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
      cancel = true;
    });
    Prompt prompt = {text, {}};
    auto logits = rows->prefill({&prompt, 1});
    other.join();
    ASSERT_FALSE(logits.isOk());
    EXPECT_EQ(logits.status().message(), "task: was cancelled");
    EXPECT_FALSE(rows->prefill({&prompt, 1}).isOk());
    cancel = false;
    Tokens shorter = join(first, random(30));
    EXPECT_EQ(prefill(*rows, {shorter}), fresh({shorter}));
    EXPECT_EQ(rows->reusedTokens(), 60u);
  }
}

TEST_F(SessionModelTest, ScoresInPieces) {
  Tokens text = random(300);
  auto rows = newRows(*session);
  std::vector<float> all(299);
  ASSERT_TRUE(rows->score(text, 1, all).isOk());
  for (size_t i : {1u, 2u, 100u, 255u, 256u, 257u, 258u, 299u}) {
    auto logits = fresh({{text.begin(), text.begin() + long(i)}});
    EXPECT_EQ(all[i - 1], logits[size_t(text[i])]) << i;
    std::vector<float> some(300 - i);
    ASSERT_TRUE(rows->score(text, i, some).isOk());
    EXPECT_EQ(some, std::vector<float>(all.begin() + long(i) - 1, all.end()));
  }
  EXPECT_EQ(rows->state().memory().bytesInUse(), 0u);
  EXPECT_TRUE(rows->score(text, 300, {}).isOk());
  EXPECT_FALSE(rows->score(text, 0, all).isOk());
  EXPECT_FALSE(rows->score(text, 2, all).isOk());
  text[150] = 400;
  EXPECT_FALSE(rows->score(text, 1, all).isOk());
}

/// A user that comes while the model is out gets another.
TEST_F(SessionModelTest, LoansSideBySide) {
  Tokens first = random(40), second = random(40);
  auto one = std::make_unique<SessionModelLoan>(borrow());
  auto two = std::make_unique<SessionModelLoan>(borrow());
  prefill(**one, {first});
  prefill(**two, {second});
  for (auto &[loan, text] :
       {std::pair(&one, &first), std::pair(&two, &second)}) {
    auto logits = (**loan)->step(Tokens{3});
    ASSERT_TRUE(logits.isOk());
    EXPECT_EQ(std::vector<float>(logits->begin(), logits->end()),
              fresh({join(*text, {3})}));
  }
  two.reset();
  one.reset(); // The last one stays.
  auto rows = borrow();
  prefill(*rows, {join(first, {3, 4})});
  EXPECT_EQ(rows->reusedTokens(), 41u);
}

} // namespace
} // namespace tenon::generation
