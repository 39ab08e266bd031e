//===- CApiGeneratorTest.cpp - answers token by token in C ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "CApiGeneratorFixture.h"

#include <atomic>
#include <cmath>
#include <cstdio>
#include <map>
#include <thread>

using namespace tenon;

namespace {

const Json greedy = {{"do_sample", false}};
const Json requests[] = {
    {{"inputs", "The old river"},
     {"parameters", {{"do_sample", false}, {"max_new_tokens", 30}}}},
    {{"inputs", {"naïve 北京", "", "A"}},
     {"parameters", {{"seed", 3}, {"max_new_tokens", 20}}}},
    {{"inputs", "Birds"},
     {"parameters",
      {{"seed", 4}, {"num_return_sequences", 3}, {"max_new_tokens", 15}}}},
    {{"inputs", "Birds"},
     {"parameters",
      {{"seed", 4},
       {"top_k", 5},
       {"return_full_text", false},
       {"repetition_penalty", 1.3},
       {"max_new_tokens", 15}}}},
    {{"inputs", {"Birds were", "I"}},
     {"parameters",
      {{"do_sample", false},
       {"num_beams", 3},
       {"num_return_sequences", 2},
       {"max_new_tokens", 9}}}},
};

TEST_F(CApiGeneratorTest, GivesWhatTheTaskGives) {
  for (const Json &request : requests)
    for (bool bySteps : {false, true}) {
      Generator generator(session, request);
      ASSERT_EQ(generator.error, "") << request;
      if (bySteps)
        generator.runSteps();
      else
        ASSERT_EQ(generator.run(), "");
      std::string expected = answer(request);
      EXPECT_EQ(generator.result(), expected);
      EXPECT_EQ(generator.result(), expected); // The same each time.
      EXPECT_NE(generator.last.ending, uint32_t(TENON_ENDING_OPEN));
      // Each text came piece by piece.
      Json all = *parseJson(expected, "answer");
      if (!request["inputs"].is_array())
        all = Json::array({all});
      for (size_t i = 0; i < all.size(); ++i)
        for (size_t s = 0; s < all[i].size(); ++s) {
          std::string text = all[i][s]["generated_text"];
          EXPECT_TRUE(text.ends_with(generator.texts[{i, s}])) << text;
          EXPECT_EQ(generator.sequence(i, s), (generator.tokens[{i, s}]));
          bool isBeam = request["parameters"].contains("num_beams");
          EXPECT_EQ(generator.score != 0, isBeam);
          EXPECT_EQ(std::isnan(generator.last.log_probability), isBeam);
        }
      EXPECT_EQ(generator.step(), "");
      EXPECT_EQ(generator.goesOn, 0u);
    }
}

TEST_F(CApiGeneratorTest, LogProbabilities) {
  Generator generator(session, request("The old river", greedy));
  ASSERT_EQ(generator.step(), "");
  ASSERT_EQ(tenon_generator_token_count(generator.handle), 1u);
  tenon_token token = {};
  token.size = sizeof(token);
  ASSERT_EQ(take(tenon_generator_token(generator.handle, 0, &token)), "");
  EXPECT_EQ(take(tenon_generator_token(generator.handle, 1, &token)),
            "token: there is no 1");
  // Against the entry's logits.
  Generator ids(session, request("The old river", {{"return_tensors", true},
                                                   {"max_new_tokens", 1}}));
  ids.runSteps();
  Json all = (*parseJson(ids.result(), ""))[0]["generated_token_ids"];
  std::vector<int64_t> prompt = all.get<std::vector<int64_t>>();
  prompt.pop_back();
  int64_t shape[] = {1, static_cast<int64_t>(prompt.size())};
  tenon_tensor input = {
      sizeof(tenon_tensor), "input_ids", prompt.data(), {1, 0}, 2,
      {0, 64, 1},           shape,       nullptr,       0};
  tenon_tensor output = {};
  output.size = sizeof(output);
  output.name = "logits";
  tenon_state *state = nullptr;
  ASSERT_EQ(take(tenon_state_create(session, 1, &state)), "");
  ASSERT_EQ(take(tenon_session_run_state(session, "prefill", state, nullptr, 0,
                                         &input, 1, &output, 1)),
            "");
  tenon_state_free(state);
  const auto *logits = static_cast<const float *>(output.data);
  double sum = 0;
  for (int i = 0; i < 317; ++i)
    sum += std::exp(double(logits[i]));
  EXPECT_NEAR(token.log_probability,
              double(logits[token.token]) - std::log(sum), 1e-5);
  // A caller that knows less of the struct.
  struct {
    size_t size;
    uint64_t input, sequence;
    int32_t token;
    uint32_t guard;
  } older = {offsetof(tenon_token, ending), 9, 9, 9, 77};
  ASSERT_EQ(take(tenon_generator_token(
                generator.handle, 0, reinterpret_cast<tenon_token *>(&older))),
            "");
  EXPECT_EQ(older.token, token.token);
  EXPECT_EQ(older.guard, 77u);
}

TEST_F(CApiGeneratorTest, GoesOn) {
  Generator generator(session, request("The old river runs past", greedy));
  generator.runSteps();
  std::string text = (*parseJson(generator.result(), ""))[0]["generated_text"];
  std::vector<int32_t> made = generator.sequence(0, 0);
  // The ids so far, from an answer in ids.
  Generator ids(session,
                request("The old river runs past",
                        {{"do_sample", false}, {"return_tensors", true}}));
  ids.runSteps();
  auto all = (*parseJson(ids.result(), ""))[0]["generated_token_ids"]
                 .get<std::vector<int32_t>>();
  ASSERT_TRUE(std::equal(made.rbegin(), made.rend(), all.rbegin()));

  // By text, by tokens, and with nothing: each as a fresh session with all of
  // the tokens.
  std::vector<int32_t> more = {5, 80, 12};
  auto expect = [&](std::vector<int32_t> prompt) {
    tenon_session *fresh = newSession(1);
    std::vector<int32_t> found;
    {
      Generator whole(
          fresh,
          {{"parameters", {{"do_sample", false}, {"max_new_tokens", 12}}}},
          std::move(prompt));
      EXPECT_EQ(whole.error, "");
      EXPECT_EQ(whole.run(), "");
      found = whole.sequence(0, 0);
    }
    tenon_session_release(fresh);
    return found;
  };
  ASSERT_EQ(generator.more(nullptr, more), "");
  generator.runSteps();
  all.insert(all.end(), more.begin(), more.end());
  EXPECT_EQ(generator.sequence(0, 0), expect(all));
  auto extend = [&] {
    auto fresh = generator.sequence(0, 0);
    all.insert(all.end(), fresh.begin(), fresh.end());
  };
  extend();
  ASSERT_EQ(generator.more(nullptr), "");
  generator.runSteps();
  EXPECT_EQ(generator.sequence(0, 0), expect(all));
  extend();
  std::string before =
      (*parseJson(generator.result(), ""))[0]["generated_text"];
  EXPECT_TRUE(before.starts_with(text));
  ASSERT_EQ(generator.more({{"inputs", " A"}}), "");
  generator.runSteps();
  std::string after = (*parseJson(generator.result(), ""))[0]["generated_text"];
  EXPECT_TRUE(after.starts_with(before + " A")) << after;
  // Parameters may change.
  ASSERT_EQ(
      generator.more(
          {{"inputs", "B"},
           {"parameters",
            {{"do_sample", false}, {"num_beams", 2}, {"max_new_tokens", 3}}}}),
      "");
  EXPECT_EQ(generator.run(), "");
  EXPECT_EQ(generator.sequence(0, 0).size(), 3u);
  // Too long: said, and nothing else happens.
  EXPECT_NE(generator.more({{"parameters", {{"max_new_tokens", 999}}}}), "");
  EXPECT_EQ(generator.step(), "");
  EXPECT_EQ(generator.goesOn, 0u);
  EXPECT_EQ(generator.more({{"inputs", {"a", "b"}}}),
            "inputs: are 2, but there are 1 texts to go on");
}

TEST_F(CApiGeneratorTest, SideBySideInASession) {
  std::vector<std::unique_ptr<Generator>> all;
  for (const Json &request : requests)
    all.push_back(std::make_unique<Generator>(session, request));
  for (bool any = true; any;) {
    any = false;
    for (auto &generator : all) {
      ASSERT_EQ(generator->step(), "");
      any = any || generator->goesOn;
    }
    EXPECT_EQ(task(session, requests[0]), answer(requests[0]));
  }
  for (size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i]->result(), answer(requests[i]));
  // They hold what they need.
  tenon_session *other = newSession();
  Generator last(other, requests[0]);
  tenon_session_release(other);
  last.runSteps();
  EXPECT_EQ(last.result(), answer(requests[0]));
}

TEST_F(CApiGeneratorTest, CancelledFromAnotherThread) {
  std::vector<int32_t> tokens(200, 7);
  for (int i = 0; i < 2; ++i) {
    Generator generator(session, {{"parameters", greedy}}, tokens);
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(40 * i));
      tenon_generator_cancel(generator.handle);
    });
    EXPECT_EQ(generator.step(), "task: was cancelled");
    other.join();
    EXPECT_EQ(generator.step(), "");
    EXPECT_EQ(generator.goesOn, 0u);
    EXPECT_EQ(tenon_generator_token_count(generator.handle), 0u);
    EXPECT_TRUE(generator.result().starts_with("[{\"generated_text\": \""));
    EXPECT_EQ(generator.sequence(0, 0).size(), 0u);
    EXPECT_EQ(generator.ending, uint32_t(TENON_ENDING_OPEN));
    EXPECT_EQ(task(session, requests[0]), answer(requests[0]));
  }
}

TEST_F(CApiGeneratorTest, CallbacksMayDoAnything) {
  struct Told {
    tenon_session *session;
    tenon_generator *generator;
    int count = 0;
  };
  auto begin = [&](Told &told) {
    std::string text = requests[0].dump();
    ASSERT_EQ(take(tenon_generator_create(session, text.data(), text.size(),
                                          nullptr, 0, &told.generator)),
              "");
  };
  Told told = {session, nullptr};
  begin(told);
  EXPECT_EQ(take(tenon_generator_run(
                told.generator,
                [](void *user, const tenon_token *) {
                  auto &told = *static_cast<Told *>(user);
                  EXPECT_EQ(task(told.session, requests[0]),
                            "session: is used by the call that this callback "
                            "belongs to");
                  return int(++told.count == 3);
                },
                &told)),
            "task: was cancelled");
  EXPECT_EQ(told.count, 3);
  tenon_generator_free(told.generator);

  // Cancelled: the step after fails. Freed: the same, and nothing is lost.
  for (bool isFreed : {false, true}) {
    told = {session, nullptr};
    begin(told);
    auto callback = isFreed ? [](void *user, const tenon_token *) {
      auto &told = *static_cast<Told *>(user);
      tenon_generator_free(told.generator);
      ++told.count;
      return 0;
    } : [](void *user, const tenon_token *) {
      auto &told = *static_cast<Told *>(user);
      tenon_generator_cancel(told.generator);
      ++told.count;
      return 0;
    };
    EXPECT_EQ(take(tenon_generator_run(told.generator, callback, &told)),
              "task: was cancelled");
    EXPECT_EQ(told.count, 1);
    if (!isFreed)
      tenon_generator_free(told.generator);
  }
  EXPECT_EQ(task(session, requests[0]), answer(requests[0]));
}

TEST_F(CApiGeneratorTest, FreedWhileAnotherThreadRuns) {
  std::vector<int32_t> tokens(200, 7);
  tenon_generator *generator = nullptr;
  ASSERT_EQ(take(tenon_generator_create(session, nullptr, 0, tokens.data(),
                                        tokens.size(), &generator)),
            "");
  // The first token waits for the other thread, however quick the machine is.
  struct Meeting {
    std::atomic<bool> isIn = false, isFreed = false;
  } meeting;
  std::thread other([&] {
    auto wait = [](void *user, const tenon_token *) {
      auto &meeting = *static_cast<Meeting *>(user);
      meeting.isIn = true;
      while (!meeting.isFreed)
        std::this_thread::yield();
      return 0;
    };
    EXPECT_EQ(take(tenon_generator_run(generator, wait, &meeting)),
              "task: was cancelled");
    meeting.isIn = true;
  });
  while (!meeting.isIn)
    std::this_thread::yield();
  tenon_generator_free(generator);
  meeting.isFreed = true;
  other.join();
  EXPECT_EQ(task(session, requests[0]), answer(requests[0]));
}

TEST_F(CApiGeneratorTest, Errors) {
  auto error = [&](const Json &request, std::vector<int32_t> tokens = {}) {
    return Generator(session, request, std::move(tokens)).error;
  };
  EXPECT_EQ(error(5), "request: must be an object with 'inputs'");
  EXPECT_EQ(error({{"inputs", "a"}}, {1}),
            "inputs: exclude a prompt of tokens");
  EXPECT_EQ(error(Json::object(), {317}),
            "prompt: has the token 317, but the model's are 0 to 316");
  EXPECT_NE(error(Json::object(), {-1}), "");
  EXPECT_EQ(error({{"inputs", "a"}, {"parameters", {{"top_kk", 1}}}}),
            "top_kk: is no parameter of text-generation");
  EXPECT_NE(error({{"inputs", "a"}, {"task", "fill-mask"}}), "");
  tenon_generator *none = nullptr;
  EXPECT_EQ(
      take(tenon_generator_create(session, nullptr, 0, nullptr, 0, &none)),
      "request: must be an object with 'inputs'");
  EXPECT_EQ(none, nullptr);
  tenon_generator_free(nullptr);
  Generator generator(session, requests[0]);
  EXPECT_EQ(generator.more({{"inputs", "a"}}, {1}),
            "inputs: exclude a prompt of tokens");
  EXPECT_EQ(generator.more(7), "request: must be an object");
  tenon_sequence sequence = {};
  sequence.size = sizeof(sequence);
  EXPECT_EQ(take(tenon_generator_sequence(generator.handle, 0, 1, &sequence)),
            "sequence: input 0 has no 1");
  EXPECT_EQ(take(tenon_generator_sequence(generator.handle, 1, 0, &sequence)),
            "sequence: input 1 has no 0");
  tenon_token token = {};
  EXPECT_EQ(take(tenon_generator_token(generator.handle, 0, &token)),
            "struct: has no size: set it to sizeof the struct");
}

TEST_F(CApiGeneratorTest, TheExampleRuns) {
  for (const char *program : {TENON_GENERATE_STATIC, TENON_GENERATE_SHARED}) {
    std::string command = std::string(program) + " " + (folder / "m.tenon") +
                          " Birds \" A\" 2>&1";
    FILE *pipe = popen(command.c_str(), "r");
    std::string output;
    char buffer[4096];
    while (size_t count = fread(buffer, 1, sizeof(buffer), pipe))
      output.append(buffer, count);
    EXPECT_EQ(pclose(pipe), 0) << output;
    EXPECT_TRUE(output.starts_with("Birds")) << output;
    EXPECT_NE(output.find("\n9 tokens, log-probability -"), output.npos);
    EXPECT_NE(output.find("[{\"generated_text\": \"Birds"), output.npos);
  }
}

/// Many sessions over one model at once, each with a thread.
TEST_F(CApiGeneratorTest, SessionsInThreads) {
  std::vector<std::string> expected;
  for (const Json &request : requests)
    expected.push_back(answer(request));
  std::vector<std::thread> users;
  std::atomic<int> wrong = 0;
  for (uint32_t user = 0; user < 4; ++user)
    users.emplace_back([&, user] {
      tenon_session *own = newSession(1 + user % 2);
      for (size_t i = 0; i < 15; ++i) {
        size_t at = (i * 3 + user) % std::size(requests);
        if (i % 3 == 2) {
          wrong += task(own, requests[at]) != expected[at];
          continue;
        }
        Generator generator(own, requests[at]);
        generator.runSteps();
        wrong += generator.result() != expected[at];
      }
      tenon_session_release(own);
    });
  for (std::thread &user : users)
    user.join();
  EXPECT_EQ(wrong, 0);
}

} // namespace
