//===- AnswerSpansTest.cpp - the best spans of a window -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/AnswerSpans.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace tenon::heads;

namespace {

using Places = std::vector<std::pair<size_t, size_t>>;

Places places(const AnswerSpans &spans) {
  Places found;
  for (const AnswerSpan &span : spans.best)
    found.emplace_back(span.start, span.end);
  return found;
}

/// The same from the whole square matrix.
Places fromMatrix(std::span<const float> starts, std::span<const float> ends,
                  const std::vector<bool> &allowed, size_t count,
                  size_t maxTokens) {
  size_t n = starts.size();
  auto probabilities = [&](std::span<const float> logits) {
    std::vector<double> p(n);
    double sum = 0;
    for (size_t i = 0; i < n; ++i)
      sum += p[i] = allowed[i] ? std::exp(double(logits[i])) : 0;
    for (double &x : p)
      x /= sum;
    p[0] = 0;
    return p;
  };
  std::vector<double> s = probabilities(starts), e = probabilities(ends);
  std::vector<std::tuple<double, size_t, size_t>> all;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j)
      all.emplace_back(j >= i && j - i < maxTokens ? -s[i] * e[j] : 0, i, j);
  std::sort(all.begin(), all.end());
  Places best;
  for (size_t k = 0; k < std::min(count, all.size()); ++k) {
    auto [score, i, j] = all[k];
    if (allowed[i] && allowed[j])
      best.emplace_back(i, j);
  }
  return best;
}

TEST(AnswerSpansTest, AgreesWithTheWholeMatrix) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> logit(-4, 4);
  for (int trial = 0; trial < 300; ++trial) {
    size_t n = 1 + random() % 23;
    std::vector<float> starts(n), ends(n);
    std::vector<bool> allowed(n);
    for (size_t i = 0; i < n; ++i) {
      starts[i] = logit(random);
      ends[i] = logit(random);
      allowed[i] = i == 0 || random() % 3 != 0;
    }
    size_t count = 1 + random() % 30, maxTokens = 1 + random() % 8;
    AnswerSpans found =
        findAnswerSpans(starts, ends, allowed, count, maxTokens);
    EXPECT_EQ(places(found),
              fromMatrix(starts, ends, allowed, count, maxTokens))
        << "trial " << trial;
  }
}

TEST(AnswerSpansTest, HasAScoreForNoAnswer) {
  const float logits[] = {1, 2, 3};
  AnswerSpans found = findAnswerSpans(logits, logits, {true, true, true}, 1, 5);
  double p = std::exp(1.0) / (std::exp(1.0) + std::exp(2.0) + std::exp(3.0));
  EXPECT_NEAR(found.noAnswer, p * p, 1e-6);
  EXPECT_EQ(places(found), (Places{{2, 2}}));
}

TEST(AnswerSpansTest, FillsUpWithZeros) {
  // Only the last token can be an answer; the others come in order.
  const float logits[] = {0, 0, 0};
  AnswerSpans found =
      findAnswerSpans(logits, logits, {true, false, true}, 4, 1);
  EXPECT_EQ(places(found), (Places{{2, 2}, {0, 0}, {0, 2}}));
  EXPECT_EQ(found.best[1].score, 0);
}

TEST(AnswerSpansTest, TakesAnyCounts) {
  const float logits[] = {0, 1};
  size_t most = static_cast<size_t>(-1);
  EXPECT_EQ(
      findAnswerSpans(logits, logits, {true, true}, most, most).best.size(),
      4u);
}

} // namespace
