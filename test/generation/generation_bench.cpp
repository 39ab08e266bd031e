//===- generation_bench.cpp - what a step costs besides the model ---------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Prints microseconds for a step of a prompt with 50257 scores a row:
// `generation_bench`. A step of a small model takes 20,000.
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/GenerationDefaults.h"
#include "runtime/generation/Search.h"

#include <chrono>
#include <cstdio>
#include <random>

using namespace tenon;
using namespace tenon::generation;

namespace {
/// A model that nobody runs.
class Sizes : public TokenModel {
public:
  explicit Sizes(size_t vocabulary) : vocabulary_(vocabulary) {}

  size_t vocabularySize() const override { return vocabulary_; }
  size_t contextLimit() const override { return SIZE_MAX; }
  size_t maxRows() const override { return 64; }
  bool hasEncoder() const override { return false; }
  Result<Logits> prefill(std::span<const Prompt>) override { return Logits(); }
  Status reorder(std::span<const uint32_t>) override { return Status::ok(); }
  Result<Logits> step(std::span<const int32_t>) override { return Logits(); }
  Status score(std::span<const int32_t>, size_t, std::span<float>) override {
    return Status::ok();
  }

private:
  size_t vocabulary_;
};
} // namespace

static double microseconds(const Json &options,
                           const std::vector<float> &scores) {
  SearchTask task;
  for (size_t i = 0; i < 500; ++i)
    task.tokens.push_back(static_cast<int32_t>(i * i % 5000));
  task.config = *GenerationDefaults::create({})->withArguments(options);
  Sizes sizes(scores.size());
  auto search = Search::create(std::move(task), sizes);
  if (!search) {
    std::fprintf(stderr, "%s\n", search.status().message().c_str());
    std::exit(1);
  }
  double best = 1e9;
  std::vector<RowLogits> rows(1, RowLogits{scores});
  for (int i = 0; i < 40; ++i) {
    auto begin = std::chrono::steady_clock::now();
    if (!(*search)->advance(rows).isOk())
      std::exit(1);
    std::chrono::duration<double, std::micro> took =
        std::chrono::steady_clock::now() - begin;
    if (i > 0) // At first there is one row.
      best = std::min(best, took.count());
    rows.assign((*search)->rows().size(), RowLogits{scores});
  }
  return best;
}

int main() {
  // The scores of a model that knows what it wants, more or less.
  std::vector<float> scores(50257);
  std::mt19937 engine(1);
  std::normal_distribution<float> normal(-30, 4);
  for (float &score : scores)
    score = normal(engine);
  for (const char *text :
       {R"({})", R"({"repetition_penalty":1.2,"no_repeat_ngram_size":3})",
        R"({"do_sample":true})", R"({"do_sample":true,"top_k":0})",
        R"({"do_sample":true,"temperature":0.7,"top_k":50,"top_p":0.9})",
        R"({"do_sample":true,"top_k":0,"top_p":0.9})",
        R"({"do_sample":true,"top_k":0,"min_p":0.05})",
        R"({"do_sample":true,"top_k":0,"typical_p":0.9})",
        R"({"do_sample":true,"top_k":0,"eta_cutoff":0.001})",
        R"({"num_beams":4,"eos_token_id":1})",
        R"({"num_beams":4,"no_repeat_ngram_size":3,"eos_token_id":1})",
        R"({"num_beams":4,"num_beam_groups":2,"diversity_penalty":0.5})",
        R"({"num_beams":4,"do_sample":true,"eos_token_id":1})",
        R"({"num_beams":4,"do_sample":true,"top_k":0,"eos_token_id":1})"}) {
    Json options = Json::parse(text);
    options["max_new_tokens"] = 100;
    std::printf("%7.0f  %s\n", microseconds(options, scores), text);
  }
}
