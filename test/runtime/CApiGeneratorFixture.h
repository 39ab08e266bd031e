//===- CApiGeneratorFixture.h - a model that generates, in C ----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_CAPIGENERATORFIXTURE_H
#define TENON_TEST_RUNTIME_CAPIGENERATORFIXTURE_H

#include "../support/TestFiles.h"
#include "TestModel.h"

#include "support/Json.h"

#include <tenon/tenon.h>

#include <map>

namespace tenon {

/// Takes a status; its message, empty for success.
inline std::string take(tenon_status *status) {
  std::string text = status ? tenon_status_message(status) : "";
  tenon_status_free(status);
  return text;
}

/// A generator, with its answers as C++ has them.
struct Generator {
  Generator(tenon_session *session, const Json &request,
            std::vector<int32_t> tokens = {}) {
    std::string text = request.dump();
    error = take(tenon_generator_create(
        session, text.data(), text.size(),
        tokens.empty() ? nullptr : tokens.data(), tokens.size(), &handle));
  }
  Generator(const Generator &) = delete;
  ~Generator() { tenon_generator_free(handle); }

  std::string step() { return take(tenon_generator_step(handle, &goesOn)); }
  std::string run() {
    return take(tenon_generator_run(
        handle,
        [](void *user, const tenon_token *token) {
          static_cast<Generator *>(user)->add(*token);
          return 0;
        },
        this));
  }
  void add(const tenon_token &token) {
    EXPECT_EQ(token.text_size, std::string(token.text).size());
    texts[{token.input, token.sequence}] += token.text;
    tokens[{token.input, token.sequence}].push_back(token.token);
    last = token;
  }
  /// Does all steps by step().
  void runSteps() {
    for (goesOn = 1; goesOn;) {
      ASSERT_EQ(step(), "");
      for (size_t i = 0; i < tenon_generator_token_count(handle); ++i) {
        tenon_token token = {};
        token.size = sizeof(token);
        ASSERT_EQ(take(tenon_generator_token(handle, i, &token)), "");
        add(token);
      }
    }
  }
  std::string more(const Json &request, std::vector<int32_t> ids = {}) {
    std::string text = request.dump();
    return take(tenon_generator_continue(
        handle, request.is_null() ? nullptr : text.data(), text.size(),
        ids.empty() ? nullptr : ids.data(), ids.size()));
  }
  std::string result() {
    tenon_response *response = nullptr;
    std::string failed = take(tenon_generator_result(handle, &response));
    std::string json = response ? tenon_response_json(response) : failed;
    tenon_response_free(response);
    return json;
  }
  std::vector<int32_t> sequence(size_t input, size_t index) {
    tenon_sequence made = {};
    made.size = sizeof(made);
    EXPECT_EQ(take(tenon_generator_sequence(handle, input, index, &made)), "");
    score = made.score;
    ending = made.ending;
    return {made.tokens, made.tokens + made.token_count};
  }

  tenon_generator *handle = nullptr;
  std::string error;
  uint32_t goesOn = 0, ending = 0;
  float score = 0;
  tenon_token last = {};
  std::map<std::pair<uint64_t, uint64_t>, std::string> texts;
  std::map<std::pair<uint64_t, uint64_t>, std::vector<int32_t>> tokens;
};

class CApiGeneratorTest : public testing::Test {
protected:
  CApiGeneratorTest() {
    EXPECT_TRUE(makeTokenModel(TENON_GOLDENS "/decoders/gpt2-text")
                    .write(folder / "m.tenon")
                    .isOk());
    tenon_instance_options options = {sizeof(options), 2, 0, 0};
    EXPECT_EQ(take(tenon_instance_create(&options, &instance)), "");
    EXPECT_EQ(take(tenon_model_open(instance, (folder / "m.tenon").c_str(),
                                    nullptr, &model)),
              "");
    session = newSession();
  }
  ~CApiGeneratorTest() {
    tenon_session_release(session);
    tenon_model_release(model);
    tenon_instance_release(instance);
  }

  tenon_session *newSession(uint32_t threads = 0) {
    tenon_session_options options = {};
    options.size = sizeof(options);
    options.threads = threads;
    tenon_session *made = nullptr;
    EXPECT_EQ(take(tenon_session_create(model, &options, &made)), "");
    return made;
  }

  static std::string task(tenon_session *session, const Json &request) {
    std::string text = request.dump();
    tenon_response *response = nullptr;
    std::string failed =
        take(tenon_session_run_task(session, text.data(), text.size(), nullptr,
                                    0, nullptr, nullptr, &response));
    std::string json = response ? tenon_response_json(response) : failed;
    tenon_response_free(response);
    return json;
  }

  /// What a session that has seen nothing answers.
  std::string answer(const Json &request) {
    tenon_session *fresh = newSession(1);
    std::string json = task(fresh, request);
    tenon_session_release(fresh);
    return json;
  }

  static Json request(const Json &inputs, Json parameters) {
    if (!parameters.contains("max_new_tokens"))
      parameters["max_new_tokens"] = 12;
    return {{"inputs", inputs}, {"parameters", parameters}};
  }

  TestFolder folder;
  tenon_instance *instance = nullptr;
  tenon_model *model = nullptr;
  tenon_session *session = nullptr;
};

} // namespace tenon

#endif // TENON_TEST_RUNTIME_CAPIGENERATORFIXTURE_H
